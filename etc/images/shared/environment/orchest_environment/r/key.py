"""The name of an environment of R: a digest of what is asked for, from where, and for which R."""

import hashlib
import json
import platform

from orchest_environment.hiding import LOGIN
from orchest_environment.r import lock, repositories

# Grows when environments are made in another way, so that older ones are not taken for new ones.
FORMAT = 1


def tag(asked):
    """Which R and which machine. R has the version of its image."""
    return f"r-{asked.r['image']}-{platform.machine()}"


def of(asked):
    """Two folders share an environment if they ask for the same from the same repositories."""
    return digest(FORMAT, tag(asked), asked.kind, content(asked), LOGIN.sub(r"\1", repositories.default()))


def of_upgraded(name, archive):
    """The name of an environment that was made anew: it takes the place of none that another folder uses."""
    found = hashlib.sha256()
    with open(archive, "rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return digest(name, found.hexdigest())


def content(asked):
    if asked.kind == "renv":
        return lock.read(asked.path, asked.file)
    if asked.kind == "description":
        return sorted(" ".join(text.split()) for _, text in asked.asks)
    # A script can do anything: another byte is another environment.
    return hashlib.sha256(asked.path.read_bytes()).hexdigest()


def digest(*parts):
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

"""An environment of conda: linked, with variables, and described."""

import asyncio
import hashlib
import json
import os
import re
import threading
import time

from orchest_environment import installed, key, places, said
from orchest_environment.conda import archives, why
from orchest_environment.failure import Failure

# Grows when environments are made in another way, so that older ones are not taken for new ones.
FORMAT = 1
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def key_of(records, variables):
    """The name of the environment without what pip adds."""
    named = sorted((one.name.normalized, str(one.version), str(one.build), archives.identity(one)) for one in records)
    text = json.dumps(["conda", FORMAT, named, sorted(variables.items())], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def site_of(python):
    """Where packages of Python are. An environment without Python has none there."""
    return f"lib/python{'.'.join((python or '').split('.')[:2])}/site-packages"


def _known(base):
    return places.conda() / "known" / f"{base}.json"


def known(base):
    """The packages of Python that the environment has, if it was linked before."""
    try:
        return json.loads(_known(base).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def linked(new, base, records, wanted, tool, python):
    """Fetches and links. Returns the packages of Python that it has, by their normal names."""
    seen = archives.fetched(records, tool, site_of(python))
    for record, one in zip(records, seen, strict=True):
        if one["script"]:
            said.log(
                f"`{record.name.normalized}` has a script that conda runs once the package is linked. It is not run "
                "here: the installer runs no code of a package."
            )
    progress = Progress(len(records))
    try:
        asyncio.run(_link(records, new, progress))
    except Exception as error:
        raise why.failure(error) from error
    archives.forget()
    (new / "CACHEDIR.TAG").unlink(missing_ok=True)
    with_addresses(new, records)
    add_variables(new, wanted.variables)
    site = closed(new, site_of(python))
    found = {one.normal: {"name": one.name, "version": one.version} for one in installed.of(site)}
    path = _known(base)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".new").write_text(json.dumps(found), encoding="utf-8")
    os.replace(path.with_suffix(".new"), path)
    return found


class Progress:
    """rattler calls these from threads of its own."""

    def __init__(self, of):
        self.done, self.of, self.lock = 0, of, threading.Lock()

    def on_link_complete(self, _index):
        with self.lock:
            self.done += 1
            said.progress(packages=self.done, of=self.of)


async def _link(records, new, progress):
    from rattler import install

    await install(
        [archives.local(record) for record in records],
        target_prefix=new,
        alternative_target_prefix=places.ENVIRONMENT,
        package_cache=archives.cache(),
        execute_link_scripts=False,
        show_progress=False,
        reporter=progress,
    )


def with_addresses(new, records):
    """Writes the channel's address into each record of the prefix, in place of that of this container's file."""
    addresses = {record.file_name: str(record.url) for record in records}
    for path in (new / "conda-meta").glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        found["url"] = addresses.get(found.get("fn"), found.get("url"))
        path.write_text(json.dumps(found), encoding="utf-8")


def add_variables(new, variables):
    """Where conda keeps the variables of an environment."""
    wrong = [name for name in variables if not NAME.match(name)]
    if wrong:
        raise Failure("file", f"`{wrong[0]}` is no name of a variable.")
    if variables:
        (new / "conda-meta/state").write_text(json.dumps({"version": 1, "env_vars": variables}), encoding="utf-8")


def closed(new, inside):
    """A folder of the prefix, which no link leads out of."""
    path = new / inside
    path.mkdir(parents=True, exist_ok=True)
    if os.path.realpath(path) != os.path.join(os.path.realpath(new), inside):
        raise Failure("file", f"A package has made `{inside}` a link; nothing is installed there.")
    return path


def manifest(new, packages, python, tag, requested):
    """What is in the environment: packages of conda from their records, and those that pip adds."""
    described = []
    for path in sorted((new / "conda-meta").glob("*.json")):
        one = json.loads(path.read_text(encoding="utf-8"))
        sizes = [entry.get("size_in_bytes") or 0 for entry in (one.get("paths_data") or {}).get("paths") or []]
        described.append({"name": one["name"], "version": one["version"], "size": sum(sizes), "files": None})
    added = {one.name: one for one in packages}
    for one in installed.of(new / site_of(python)):
        package = added.get(one.normal) or added.get(one.name)
        if package is not None:
            digest = key.of_files(package)
            described.append({"name": one.name, "version": one.version, "size": one.size(), "files": digest})
    return {
        "python": python,
        "tag": tag,
        "requested": requested,
        "created": int(time.time()),
        "packages": sorted(described, key=lambda one: one["name"].lower()),
    }

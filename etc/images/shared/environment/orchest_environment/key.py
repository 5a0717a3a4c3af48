"""The name of an environment: a digest of all that decides about its contents."""

import hashlib
import json
import platform

from orchest_environment import pylock

# Grows when environments are made in another way, so that older ones are not taken for new ones.
FORMAT = 1


def tag(request):
    """Which Python and which machine: environments and bytecode of one tag fit each other."""
    if request.python:
        version, target = request.python, request.platform or "unknown"
        machine = target.split("-")[0]
        return f"cpython-{''.join(version.split('.')[:2])}-{machine}"
    return f"{request.base.tag}-{platform.machine()}"


def of(packages, tag):
    """Hashes are in it: an index that has other files by the same names never meets another folder's environment."""
    named = sorted((package.name, package.version or "", identity(package)) for package in packages)
    text = json.dumps([FORMAT, tag, named], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def identity(package):
    """What a package's files are: their hashes, or their addresses where an index gives no hashes."""
    if package.files and all(file.strong for file in package.files):
        return package.sums
    return sorted(pylock.without_login(file.url) if file.url else file.path for file in package.files)


def of_files(package):
    """A digest that names a package's files, or None if they are known by their address alone."""
    if not package.files or not all(file.strong for file in package.files):
        return None
    return hashlib.sha256("\n".join(package.sums).encode()).hexdigest()[:32]

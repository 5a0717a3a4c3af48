"""poetry.lock (1.x and 2.x): the versions hold, and pyproject.toml says which packages are needed.

An older lock does not say for each package where it is needed; uv finds it out from the requirements.
"""

from orchest_environment import names
from orchest_environment.request import inside
from orchest_environment.sources import pins, pyproject
from orchest_environment.wanted import toml


def read(request):
    lock = toml(inside(request.files, request.locked_by), request.locked_by)
    wanted = pyproject.read(request)
    upgraded = {names.normal(name) for name in request.upgrade}
    for package in lock.get("package") or []:
        name, version = package.get("name"), package.get("version")
        if not name or not version or names.normal(name) in upgraded:
            continue
        source = package.get("source") or {}
        if source.get("type") in ("git", "directory"):
            continue
        if source.get("type") == "legacy" and source.get("url"):
            wanted.lines.append(f"--extra-index-url {source['url']}")
        if source.get("type") in ("url", "file"):
            continue
        marker = marker_of(package)
        wanted.constraints.append(pins.pin(name, version, marker))
        pins.note(wanted.hashes, name, pins.hashes_of(package.get("files") or files_of_old(lock, name)))
    wanted.lines = list(dict.fromkeys(wanted.lines))
    return wanted


def marker_of(package):
    marker = package.get("markers")
    if isinstance(marker, dict):
        # By group. One that is needed without a marker is needed everywhere.
        found = list(marker.values())
        marker = None if len(found) < len(package.get("groups") or found) else " or ".join(f"({one})" for one in found)
    return pins.both(marker, pins.for_python(package.get("python-versions")))


def files_of_old(lock, name):
    """Before Poetry 1.3, the files of all packages were in a table of their own."""
    return ((lock.get("metadata") or {}).get("files") or {}).get(name)

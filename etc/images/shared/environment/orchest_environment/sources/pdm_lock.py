"""pdm.lock: the versions hold, and pyproject.toml says which packages are needed."""

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
        # A package with extras has an entry of its own beside the one without them.
        if {"git", "path", "url"} & set(package) or package.get("extras"):
            continue
        marker = pins.both(package.get("marker"), pins.for_python(package.get("requires_python")))
        wanted.constraints.append(pins.pin(name, version, marker))
        pins.note(wanted.hashes, name, pins.hashes_of(package.get("files")))
    return wanted

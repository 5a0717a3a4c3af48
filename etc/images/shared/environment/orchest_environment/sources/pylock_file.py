"""pylock.toml (or pylock.NAME.toml): a whole set, pinned, from the files that it names."""

from orchest_environment import names
from orchest_environment.request import inside
from orchest_environment.sources import pins, pyproject
from orchest_environment.wanted import Wanted, toml


def read(request):
    lock = toml(inside(request.files, request.locked_by), request.locked_by)
    upgraded = {names.normal(name) for name in request.upgrade}
    wanted = Wanted(whole=not upgraded)
    for package in lock.get("packages") or []:
        name, version = package.get("name"), package.get("version")
        if not name or names.normal(name) in upgraded:
            continue
        marker = pins.both(package.get("marker"), pins.for_python(package.get("requires-python")))
        tail = f" ; {marker}" if marker else ""
        archive = package.get("archive") or {}
        if "vcs" in package:
            of = package["vcs"]
            wanted.builds.append(name)
            wanted.lines.append(f"{name} @ git+{of.get('url') or of.get('path')}@{of.get('commit-id')}{tail}")
        elif "directory" in package:
            of = package["directory"]
            wanted.builds.append(name)
            wanted.lines.append(("-e " if of.get("editable") else "") + f"./{of.get('path')}{tail}")
        elif archive:
            wanted.lines.append(f"{name} @ {archive.get('url') or archive.get('path')}{tail}")
            pins.note(wanted.hashes, name, sums([archive]))
        elif version:
            wanted.lines.append(pins.pin(name, version, marker))
            pins.note(wanted.hashes, name, sums([*package.get("wheels", []), package.get("sdist") or {}]))
            index = package.get("index")
            if index and not index.startswith("https://pypi.org/"):
                wanted.lines.append(f"--extra-index-url {index}")
    wanted.lines = list(dict.fromkeys(wanted.lines))
    if upgraded:
        wanted.constraints, wanted.lines = [line for line in wanted.lines if "==" in line], []
        wanted.inputs = pyproject.read(request).inputs
    else:
        wanted.requested = sorted({found for line in wanted.lines if (found := names.of_requirement(line))})
    return wanted


def sums(files):
    return {
        f"{kind}:{value.lower()}"
        for file in files
        for kind, value in (file.get("hashes") or {}).items()
        if kind == "sha256"
    }

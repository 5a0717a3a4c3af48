"""What was installed by hand: lists the packages of a folder's layers and libraries of R, and removes some.

`orchest_layer.py` makes layers; `Rprofile.site` makes the library, in which R keeps what a person installs.
A kernel can write anything there, so nothing is imported from a layer, and nothing outside of it is removed.
"""

import json
import os
import re
from pathlib import Path

from orchest_environment import installed, names, places
from orchest_environment.r import library

# 3.13, 3.13t without the lock of threads, and 3.11.9 beside the image's own 3.11.
VERSION = re.compile(r"^(\d+\.\d+)(?:\.\d+)?(t?)$")


def main(arguments):
    remove = arguments[1:] if arguments[:1] == ["--remove"] else []
    remove_of_r = arguments[1:] if arguments[:1] == ["--remove-r"] else []
    # An environment of conda has its packages of Python further down.
    folders = [Path(places.ENVIRONMENT), *Path(places.ENVIRONMENT).glob("lib/python3*/site-packages")]
    environment = {one.normal: one.version for folder in folders for one in installed.of(folder)}
    result = {"layers": [], "libraries": [], "removed": [], "failed": []}
    for python, root in layers():
        if remove:
            taken_away(root, site_of(root, python), {names.normal(name) for name in remove}, result)
        packages = [described(one, environment) for one in installed.of(site_of(root, python))]
        result["layers"].append({"python": python, "folder": str(root), "packages": packages})
    for root in library.by_hand(home()):
        library.taken_away(root, set(remove_of_r), result)
        result["libraries"].append({"folder": str(root), "packages": library.described(root)})
    print(json.dumps(result))
    return 1 if result["failed"] else 0


def layers():
    """Each layer, with the version of its Python."""
    override = os.environ.get("ORCHEST_LAYER")
    if override:
        found = [path.name.removeprefix("python") for path in Path(override).glob("lib/python*")]
        return [(version, Path(override)) for version in found if VERSION.match(version)]
    folder = home() / "environment"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [(path.name, path) for path in found if VERSION.match(path.name) and path.is_dir()]


def home():
    return Path(os.environ.get("HOME") or "/home/orchest")


def site_of(root, python):
    minor, threads = VERSION.match(python).groups()
    return root / "lib" / f"python{minor}{threads}" / "site-packages"


def described(one, environment):
    version = environment.get(one.normal)
    return {
        "name": one.name,
        "version": one.version,
        "size": one.size(),
        # Whether a person asked for it; otherwise another package needs it.
        "requested": (one.info / "REQUESTED").is_file(),
        "environment": version if version != one.version else None,
    }


def taken_away(root, site, wanted, result):
    for one in installed.of(site):
        if one.normal not in wanted:
            continue
        try:
            remove(root, site, one)
            result["removed"].append(one.name)
        except OSError as error:
            result["failed"].append({"name": one.name, "text": f"{error.filename}: {error.strerror}"})


def remove(root, site, one):
    """Removes the files of a package, their bytecode, and folders that are empty then."""
    folders = set()
    # The record is the last: if anything fails before, the package is still listed.
    record = f"{one.info.name}/RECORD"
    for path in sorted(one.files(), key=lambda path: path == record):
        file = site / path
        for found in [file, *bytecode(file)]:
            if is_inside(root, found):
                found.unlink(missing_ok=True)
                folders.add(found.parent)
    for found in one.info.glob("*"):
        if found.is_file() or found.is_symlink():
            found.unlink(missing_ok=True)
    folders.add(one.info)
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        clear(folder, site)


def bytecode(file):
    if file.suffix != ".py":
        return []
    return list(file.parent.glob(f"__pycache__/{glob_safe(file.stem)}.*.pyc"))


def glob_safe(name):
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def is_inside(root, file):
    """The folder of a file, with all links followed, is in the layer. The file itself may be a link: it alone goes."""
    return Path(os.path.realpath(file.parent)).is_relative_to(os.path.realpath(root))


def clear(folder, site):
    """Removes a folder and those above it as long as they are empty."""
    while folder != site and folder.is_relative_to(site) and ".." not in folder.parts:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent

"""The packages of R that a person installed by hand, in the kernels' home."""

import os
import re
import shutil
from pathlib import Path

from orchest_environment import places
from orchest_environment.r import packages

# R's own name of a person's library: `R/x86_64-pc-linux-gnu-library/4.2`.
FOLDERS = "R/*-library/*"
NEEDS = re.compile(r"[A-Za-z][A-Za-z0-9.]*")


def by_hand(home):
    """Each library. What a link leads to elsewhere is none."""
    found = sorted(Path(home).glob(FOLDERS))
    return [
        path for path in found if path.is_dir() and os.path.realpath(path).startswith(os.path.realpath(home) + "/R/")
    ]


def of(root):
    # R finds a package by its folder.
    return [one for one in packages.of(root) if one.folder.name == one.name and not one.folder.is_symlink()]


def described(root):
    environment = {one.name: one.version for one in packages.of(places.ENVIRONMENT)}
    found = of(root)
    needed = {name for one in found for name in needs(one)}
    return [
        {
            "name": one.name,
            "version": one.version,
            "size": size_of(one),
            # R does not write down what a person asked for.
            "requested": one.name not in needed,
            "environment": None if environment.get(one.name) == one.version else environment.get(one.name),
        }
        for one in found
    ]


def size_of(one):
    try:
        return one.size()
    except OSError:
        return 0


def needs(one):
    """The packages that a package needs; a field goes on in lines that begin with a space."""
    text = packages.text_of(one.folder / "DESCRIPTION").replace("\n ", " ").replace("\n\t", " ")
    parts = [part for key in ("Depends", "Imports", "LinkingTo") for part in packages.field(text, key).split(",")]
    return {found.group() for part in parts if (found := NEEDS.match(part.strip()))}


def taken_away(root, wanted, result):
    """Removes packages. Nothing is followed out of their folders."""
    for one in of(root):
        if one.name not in wanted:
            continue
        try:
            shutil.rmtree(one.folder)
            result["removed"].append(one.name)
        except OSError as error:
            result["failed"].append({"name": one.name, "text": f"{error.filename}: {error.strerror}"})

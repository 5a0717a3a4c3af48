"""Makes an environment of R in the store, from what the builder left. No R and no code of a package runs here."""

import json
import os
import shutil
import time

from orchest_environment import files, install, locks, manifest, places, said
from orchest_environment.failure import Failure
from orchest_environment.r import key, packages
from orchest_environment.r.unpack import unpack


def make(asked):
    for part in (places.environments(), places.locks()):
        part.mkdir(parents=True, exist_ok=True)
    install.sweep()
    asked.files = files.copied(asked.files, install.scratch() / "files")
    name, archive = key.of(asked), places.REQUEST / "library.tar"
    if asked.upgrade and asked.wheels:
        name = key.of_upgraded(name, archive)
    if not asked.wheels and (asked.upgrade or not install.is_whole(name)):
        raise Failure("needs_build", "Packages of R are installed by R, in the builder.")
    said.say("resolved", packages=len(asked.asks), key=name, present=install.is_whole(name))
    with locks.held(name, on_wait=lambda: said.say("log", text="Another launch installs the same packages.")):
        if not install.is_whole(name):
            filled(name, archive, asked)
    done(name)


def filled(name, archive, asked):
    new = places.environments() / f"{install.NEW}{name}"
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir()
        unpack(archive, new)
        # A package of that name would be taken for the manifest.
        if (new / manifest.NAME).exists() or (new / manifest.NAME).is_symlink():
            raise Failure("internal", f"The builder left a file called `{manifest.NAME}`.")
        manifest.write(new, described(new, asked))
        os.replace(new, install.folder(name))
    finally:
        shutil.rmtree(new, ignore_errors=True)


def described(folder, asked):
    said_by_builder = report()
    here = [{"name": one.name, "version": one.version, "size": one.size()} for one in packages.of(folder)]
    return {
        "python": None,
        "r": said_by_builder["r"],
        "tag": key.tag(asked),
        "requested": [name for name, _ in asked.asks],
        "created": int(time.time()),
        # Those that the kernels' image has, and that were asked for, take no room here.
        "packages": here + [one | {"size": 0} for one in said_by_builder["image"]],
    }


def report():
    """What the builder says of R, and of the packages that its image has already."""
    try:
        found = json.loads((places.REQUEST / "r.json").read_text(encoding="utf-8"))
        image = [{"name": str(one["name"]), "version": str(one["version"])} for one in found["image"]]
        return {"r": str(found["r"]), "image": image}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure("internal", f"The report of the builder cannot be read: {error!r}") from error


def done(name):
    found = manifest.read(install.folder(name))
    if found is None:
        raise Failure("internal", f"The environment {name} is damaged: it has no manifest.")
    said.say(
        "done",
        key=name,
        r=found["r"],
        packages=found["packages"],
        requested=found["requested"],
        size=sum(one["size"] for one in found["packages"]),
        support_key=None,
    )

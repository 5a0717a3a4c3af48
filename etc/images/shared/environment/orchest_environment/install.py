"""The installer: makes the environment of a request in the store, or finds it there. No code of a package runs here."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from orchest_environment import (
    bytecode,
    disk,
    downloads,
    files,
    indexes,
    key,
    locks,
    manifest,
    places,
    pylock,
    pythons,
    request,
    said,
    scripts,
    sources,
    why,
)
from orchest_environment.failure import Failure
from orchest_environment.resolve import Uv, resolve

NEW = ".new-"


def main(_arguments):
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return said.reported(lambda: install(request.read()))


def install(asked):
    if asked.kind in request.KINDS_OF_R:
        return install_r(asked)
    for part in (places.cache(), places.environments(), places.bytecode(), places.locks()):
        part.mkdir(parents=True, exist_ok=True)
    clear_cache()
    # Whoever cleans up must not remove a file of the cache that is about to be linked.
    with locks.held("installing", shared=True):
        name, support, requested = prepared(asked)
    keys = [one for one in (support, name) if one and not bytecode.is_complete(folder(one))]
    missing = {one: bytecode.link_known(folder(one)) for one in keys}
    done(name, support, requested, asked.base)
    complete = [
        bytecode.compile_all(folder(one), packages, asked.first, asked.base)
        for one, packages in missing.items()
        if packages
    ]
    if all(complete):
        said.say("compiled")


def install_r(asked):
    # Imported here, because it uses this file.
    from orchest_environment.r import install as of_r

    of_r.make(asked)


def prepared(asked):
    """Resolves, and makes what is not there. Returns the keys of the environment and of its support."""
    sweep()
    asked.files = files.copied(asked.files, scratch() / "files")
    asked.base = pythons.taken(asked.wants, pythons.of_the_store(), newest="*" in asked.upgrade)
    if asked.base.name:
        said.say("python", version=asked.base.version, name=asked.base.name)
    uv = Uv(indexes.of_the_store(folder=asked.files), asked.files, asked)
    said.say("resolving")
    wanted = sources.read(asked)
    found = resolve(wanted, uv)
    refuse_sources(found)
    tag = key.tag(asked)
    name = key.of(found.packages, tag)
    support = key.of(found.support, tag) if found.support else None
    present = is_whole(name) and (support is None or is_whole(support))
    said.say(
        "resolved",
        packages=len(found.packages),
        key=name,
        present=present,
        support="apart" if support else None,
    )
    if support:
        made(support, found.support, tag, uv, ["ipykernel"])
    made(name, found.packages, tag, uv, wanted.requested)
    return name, support, wanted.requested


def scratch():
    """A folder of this container, which ends with it."""
    return Path(tempfile.mkdtemp(prefix="install-", dir=places.scratch()))


def folder(name):
    return places.environments() / name


def is_whole(name):
    return (folder(name) / manifest.NAME).exists()


def done(name, support, requested, base=None, r=None):
    found = manifest.read(folder(name))
    if found is None:
        raise Failure("internal", f"The environment {name} is damaged: it has no manifest.")
    packages = [{field: one[field] for field in ("name", "version", "size")} for one in found["packages"]]
    said.say(
        "done",
        key=name,
        # Folders with the same packages share an environment, also with two patches of a Python.
        **({"r": r} if r else {"python": base.version if base else found["python"]}),
        base=base.name if base else None,
        packages=packages,
        requested=requested,
        size=sum(one["size"] for one in packages),
        support_key=support,
    )


def refuse_sources(found):
    """`--no-build` leaves none over; if a later uv does, it is not installed."""
    names = [one.name for one in found.packages + found.support if one.must_be_built or one.source]
    if names:
        raise why.needs_build(sorted(names))


def sweep():
    """Removes what installers left that were killed."""
    for path in places.environments().glob(f"{NEW}*"):
        try:
            with locks.held(path.name.removeprefix(NEW), wait=False):
                shutil.rmtree(path, ignore_errors=True)
        except locks.Busy:
            continue


def clear_cache():
    """Removes what uv had in work when it was killed, unless another installer is at work now."""
    try:
        with locks.held("installing", wait=False):
            for path in places.cache().glob(".tmp*"):
                shutil.rmtree(path, ignore_errors=True)
    except locks.Busy:
        pass


def made(name, packages, tag, uv, requested):
    """Makes an environment, unless it is there: whoever wants the same set at the same time waits."""
    wait = lambda: said.say("log", text="Another launch installs the same packages: waiting for it.")  # noqa: E731
    with locks.held(name, on_wait=wait):
        if is_whole(name):
            return
        new = places.environments() / f"{NEW}{name}"
        shutil.rmtree(new, ignore_errors=True)
        try:
            fill(new, packages, uv)
            scripts.freed(new)
            version = uv.request.python or uv.request.base.version
            manifest.write(new, manifest.made(new, packages, tag, version, requested))
            os.replace(new, folder(name))
        finally:
            shutil.rmtree(new, ignore_errors=True)


def known():
    """Digests of the packages that some environment has: the cache has them, too."""
    found = set()
    for path in places.environments().glob(f"*/{manifest.NAME}"):
        for one in (manifest.read(path.parent) or {"packages": []})["packages"]:
            found.add(one.get("files"))
    return found - {None}


def fill(new, packages, uv):
    have = known()
    here = {one.name for one in packages if key.of_files(one) in have}
    disk.check(packages, here)
    total = sum(one.size for one in packages if one.name not in here)
    began = downloads.received()
    new.mkdir()

    def tick():
        count = sum(1 for entry in os.scandir(new) if entry.name.endswith(".dist-info"))
        got = downloads.so_far(began, total)
        ready = len(here) + int((len(packages) - len(here)) * (got / total) * 0.99) if total else 0
        said.progress(packages=max(count, ready), of=len(packages), bytes=got, of_bytes=total)

    lock = uv.scratch / "pylock.install.toml"
    pylock.write(packages, lock)
    words = ["pip", "install", "--no-config", "--no-deps", "--verify-hashes", "--no-compile-bytecode"]
    words += ["--link-mode", "hardlink", "--target", str(new), "--preview-features", "pylock"]
    if packages:
        tick()
        uv.run([*words, "-r", str(lock)], on_tick=tick)
    total_here = total
    # uv's own, which everybody could write to.
    (new / ".lock").unlink(missing_ok=True)
    said.say("installing", packages=len(packages), of=len(packages), bytes=total_here, of_bytes=total)

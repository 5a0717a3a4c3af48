"""Removes what no folder uses: environments, Pythons, files of the cache, and bytecode.

`--dry-run` only says how much that is. The request is `{"keep": ["KEY", …]}`, with the names of Pythons among the keys.
An environment or a Python that is being made stays, and so does one that is named.
"""

import json
import os
import shutil
from pathlib import Path

from orchest_environment import indexes, locks, manifest, places, pythons, said, sizes, tool
from orchest_environment.failure import Failure
from orchest_environment.install import sweep

OLD = ".old-"


def main(arguments):
    return said.reported(lambda: clean(keep(), "--dry-run" in arguments))


def keep():
    try:
        found = json.loads((places.REQUEST / "request.json").read_text(encoding="utf-8"))["keep"]
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise ValueError("`keep` is no list of keys")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure("internal", f"The request cannot be read: {error!r}") from error
    return set(found)


def clean(kept, dry):
    before = sizes.all_of(places.STORE)
    unused = [path for path in environments() if path.name not in kept]
    spare = [path for path in pythons.folders(places.pythons()) if path.name not in kept]
    if dry:
        said.say(
            "cleaned",
            dry_run=True,
            environments=[path.name for path in unused],
            pythons=[path.name for path in spare],
            frees=would_free([*unused, *spare]),
            busy=[],
        )
        return
    if places.environments().is_dir():
        sweep()
        for path in places.environments().glob(f"{OLD}*"):
            shutil.rmtree(path, ignore_errors=True)
    removed, busy = [], []
    for path in unused:
        (removed if remove(path) else busy).append(path.name)
    gone = remove_pythons(spare, busy)
    for path in unused_programs(kept):
        shutil.rmtree(path, ignore_errors=True)
    # An installer that runs has links that are not made yet.
    try:
        with locks.held("bytecode", wait=False):
            for folder in unused_bytecode():
                shutil.rmtree(folder, ignore_errors=True)
    except locks.Busy:
        busy.append("bytecode")
    prune(busy)
    # Where nothing is removed, files of locks may be new.
    frees = max(0, before - sizes.all_of(places.STORE))
    said.say("cleaned", dry_run=False, environments=removed, pythons=gone, frees=frees, busy=busy)


def environments():
    return sorted(path for path in places.environments().glob("[0-9a-f]*") if manifest.read(path) is not None)


def unused_programs(kept):
    """Copies of programs that no image is started with. They are few and small."""
    return [path for path in places.programs().glob("[0-9a-f]*") if path.name not in kept]


def remove(path):
    """Removes an environment, unless an installer has it. It is gone at once: nothing ever sees a half of it."""
    try:
        with locks.held(path.name, wait=False):
            old = path.with_name(f"{OLD}{path.name}")
            os.replace(path, old)
            shutil.rmtree(old, ignore_errors=True)
            locks.forget(path.name)
    except locks.Busy:
        return False
    return True


def remove_pythons(spare, busy):
    """Removes Pythons, unless an installer runs: it may have taken one of them. Returns their names."""
    if not places.pythons().is_dir():
        return []
    try:
        with locks.held("installing", wait=False), locks.held("pythons", wait=False):
            for path in spare:
                (path / pythons.NOTE).unlink(missing_ok=True)
            pythons.sweep(places.pythons())
    except locks.Busy:
        busy.extend(path.name for path in spare)
        return []
    return [path.name for path in spare]


def unused_bytecode():
    """Folders of bytecode that no environment has a link to."""
    return [folder for folder in places.bytecode().glob("*/*") if not sizes.is_used(folder)]


def unused_archives():
    """uv 0.13.9 has the files of each wheel in a folder of `archive-v0`, and links them from there."""
    return [folder for folder in places.cache().glob("archive-v*/*") if not sizes.is_used(folder)]


def unused_conda():
    """Packages of conda that no environment has. One may have no file that is linked: its record names it."""
    used = set()
    for path in places.environments().glob("*/conda-meta/*.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8")).get("extracted_package_dir")
        except (OSError, ValueError, AttributeError):
            continue
        used.add(str(found))
    packages = [path for path in (places.conda() / "packages").glob("*") if path.is_dir()]
    return [path for path in packages if str(path) not in used]


def prune_conda():
    for folder in unused_conda():
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)


def prune(busy):
    """Removes files of wheels that no environment has, and then lets uv tidy its cache."""
    if not places.cache().is_dir():
        return
    try:
        with locks.held("installing", wait=False):
            prune_conda()
            for folder in unused_archives():
                shutil.rmtree(folder, ignore_errors=True)
            forget_archives()
            tool.run(["cache", "prune", "-q"], indexes.of_the_store(), places.STORE)
    except locks.Busy:
        busy.append("cache")
    except tool.Broken as broken:
        said.log(broken.text)
        busy.append("cache")


def forget_archives():
    """Removes what leads to files that are gone, because uv trusts it: a link, and files of its name beside it."""
    for link in list(places.cache().glob("wheels-v*/**/*")):
        if link.is_symlink() and not link.exists():
            for path in (link, f"{link}.rev", f"{link}.http"):
                Path(path).unlink(missing_ok=True)


def would_free(unused):
    """The bytes of folders that would go, and of files whose every link is in them."""
    gone = {}
    folders = sum(count(path, gone) for path in unused)
    # The cache and bytecode go as whole folders, if nothing else has a link to one of their files.
    packages = (places.conda() / "packages").glob("*")
    for path in [*places.cache().glob("archive-v*/*"), *places.bytecode().glob("*/*"), *packages]:
        of_this = {}
        of_folders = count(path, of_this)
        if all(gone.get(inode, (0, 0, 0))[1] + seen >= links for inode, (links, seen, _) in of_this.items()):
            folders += of_folders
            for inode, (links, seen, size) in of_this.items():
                gone[inode] = (links, gone.get(inode, (0, 0, 0))[1] + seen, size)
    return folders + sum(size for links, seen, size in gone.values() if seen >= links)


def count(root, found):
    """Adds a folder's files to `found` (inode: links, links seen, bytes). Returns the bytes of its folders."""
    folders = 0
    for entry, status in sizes.entries(root):
        if entry.is_dir(follow_symlinks=False):
            folders += status.st_blocks * 512
        else:
            links, seen, size = found.get(status.st_ino, (status.st_nlink, 0, status.st_blocks * 512))
            found[status.st_ino] = (links, seen + 1, size)
    return folders

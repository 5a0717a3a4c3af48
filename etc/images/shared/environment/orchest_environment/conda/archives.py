"""Fetches packages of conda, and looks at each before it is linked.

rattler writes to the paths that a package names. The store has the environments of all folders, so a package must name
no path outside of its own environment, and none that leads there by a link of another package.
"""

import asyncio
import hashlib
import json
import os
import re
import shutil
from pathlib import PurePosixPath

from orchest_environment import disk, downloads, places, said
from orchest_environment.conda import why
from orchest_environment.failure import Failure

AT_ONCE = 8
PLAIN = re.compile(r"^[A-Za-z0-9_.+!~-]+$")
COMMAND = re.compile(r"^\s*([A-Za-z0-9_.+-]+)\s*=\s*[A-Za-z0-9_.]+\s*:\s*[A-Za-z0-9_.]+\s*$")


def identity(record):
    """What a package's file is: its hash, or its address where its channel gives no hash."""
    if record.sha256:
        return f"sha256:{record.sha256.hex()}"
    return f"md5:{record.md5.hex()}" if record.md5 else str(record.url)


def digest(record):
    """Names a file of a channel. Another channel's file by the same name has another one."""
    return hashlib.sha256(f"{record.url}\n{identity(record)}".encode()).hexdigest()[:32]


def place(record):
    """Where the file is while it is unpacked. The path stays the same, because rattler's cache knows it by that."""
    return places.scratch() / "conda-archives" / digest(record) / record.file_name


def seen_of(record):
    return places.conda() / "seen" / f"{digest(record)}.json"


def local(record):
    """The record of the file, where it is on this machine."""
    from rattler import RepoDataRecord

    return RepoDataRecord(record, record.file_name, f"file://{place(record)}", record.channel)


def cache():
    from rattler import PackageCache

    # By address as well as by name, so that one channel's package is never taken for another's.
    return PackageCache.new_layered([str(places.conda() / "packages")], cache_origin=True)


def fetched(records, tool, site):
    """Fetches what the cache does not have. Returns what was seen in each package."""
    for record in records:
        names = (record.name.normalized, str(record.version), str(record.build), record.file_name)
        of_python = record.python_site_packages_path
        if not all(PLAIN.match(name) for name in names) or (of_python is not None and of_python != site):
            raise refused(record)
    try:
        missing = asyncio.run(_missing(records))
        fetch(missing, tool)
    except Exception as error:
        raise why.failure(error) from error
    found = [json.loads(seen_of(record).read_text(encoding="utf-8")) for record in records]
    no_way_out(records, found, site)
    return found


async def _missing(records):
    index = await cache().index()
    return [one for one in records if not (index.contains_record(local(one)) and seen_of(one).is_file())]


def fetch(records, tool):
    if not records:
        return
    disk.check([Sized(record) for record in records], set())
    asyncio.run(_fetch(records, tool))


class Sized:
    def __init__(self, record):
        self.name, self.size = record.name.normalized, record.size or 0


async def _fetch(records, tool):
    total, began, done = sum(record.size or 0 for record in records), downloads.received(), 0
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(record):
        nonlocal done
        async with limit:
            await _one(record, tool)
            done += 1

    async def show():
        while True:
            got = downloads.so_far(began, total)
            said.progress(packages=done, of=len(records), bytes=got, of_bytes=total)
            await asyncio.sleep(0.2)

    shown = asyncio.create_task(show())
    try:
        await asyncio.gather(*(one(record) for record in records))
    finally:
        shown.cancel()


async def _one(record, tool):
    from rattler.package_streaming import PackageArchive, download_to_path

    path = place(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    said.log(f"{record.file_name}")
    await download_to_path(tool.client, str(record.url), path)
    verify(record, path)
    try:
        archive = await PackageArchive.from_path(path)
        files = await archive.read_files(["info/paths.json", "info/files", "info/link.json"])
    except Exception as error:
        if "invalid package-relative" in str(error):
            raise refused(record) from error
        text = f"`{record.file_name}` is no package that can be read: {error}."
        raise Failure("file", text, record.name.normalized) from error
    seen = looked_at(record, files)
    into = seen_of(record)
    into.parent.mkdir(parents=True, exist_ok=True)
    new = into.with_name(f".new-{into.name}-{os.getpid()}")
    new.write_text(json.dumps(seen), encoding="utf-8")
    os.replace(new, into)


def verify(record, path):
    """rattler unpacks what has this hash, and nothing else."""
    kind, wanted = ("sha256", record.sha256) if record.sha256 else ("md5", record.md5)
    if not wanted:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, kind)
    if found.digest() != wanted:
        raise Failure(
            "file",
            f"`{record.file_name}` is not the file that its channel or lock file names: its {kind} is "
            f"{found.hexdigest()} and not {wanted.hex()}.",
            record.name.normalized,
        )


def looked_at(record, files):
    """The paths of its files, and whether it has a script. A path that leads out is refused."""
    try:
        if files["info/paths.json"] is not None:
            listed = json.loads(files["info/paths.json"])["paths"]
            entries = [(one["_path"], one.get("path_type") != "directory") for one in listed]
        else:
            text = (files["info/files"] or b"").decode()
            entries = [(line.strip(), True) for line in text.splitlines() if line.strip()]
        points = ((json.loads(files["info/link.json"] or b"{}") or {}).get("noarch") or {}).get("entry_points") or []
        if not all(COMMAND.match(point) for point in points):
            raise refused(record)
        paths = [(inside(path), is_file) for path, is_file in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(record) from error
    if None in [path for path, _ in paths]:
        raise refused(record)
    script = f".{record.name.normalized}-post-link.sh"
    return {
        "files": [path for path, is_file in paths if is_file],
        "script": any(PurePosixPath(path).name == script for path, _ in paths),
    }


def inside(path):
    """The path, if it stays in its folder and is none of conda's own records."""
    parts = path.split("/")
    if "\0" in path or path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return None
    if parts[0] == "conda-meta" and (len(parts) == 1 or path.endswith(".json") or parts[1] in ("history", "state")):
        return None
    return path


def no_way_out(records, found, site):
    """No package has a link or file where another one has a folder: what is written below it would go elsewhere."""
    listed = [
        [linked(path, record, site) for path in seen["files"]] for record, seen in zip(records, found, strict=True)
    ]
    folders = {"conda-meta", "bin", site, *above(site)}
    for paths in listed:
        folders.update(*map(above, paths))
    for record, paths in zip(records, listed, strict=True):
        if not folders.isdisjoint(paths):
            raise refused(record)


def above(path):
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def linked(path, record, site):
    """Where a file goes: a package for all machines does not know the version of Python."""
    if record.noarch.python:
        for folder, into in (("site-packages", site), ("python-scripts", "bin")):
            if path == folder or path.startswith(f"{folder}/"):
                return into + path[len(folder) :]
    return path


def refused(record):
    return Failure(
        "file",
        f"The package `{record.file_name}` has paths that lead out of an environment; it is not installed.",
        record.name.normalized,
    )


def forget():
    shutil.rmtree(places.scratch() / "conda-archives", ignore_errors=True)

"""Unpacks the builder's archive. The builder ran a stranger's code, so nothing of the archive is taken on trust."""

import os
import shutil
import tarfile

from orchest_environment.failure import Failure


def unpack(archive, folder):
    """Folders, plain files, and links that stay inside. Links come last, so that no path leads through one."""
    links = []
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                path = folder / checked(member.name)
                if member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                elif member.isfile():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    write(opened.extractfile(member), path, 0o755 if member.mode & 0o100 else 0o644)
                elif member.issym():
                    links.append((path, target(member)))
                else:
                    raise refused(member.name)
    except (tarfile.TarError, EOFError, ValueError, NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise Failure("internal", f"The archive of the builder cannot be unpacked: {error}.") from error
    for path, leads_to in links:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists() or not path.parent.resolve().is_relative_to(folder.resolve()):
            raise refused(path.name)
        path.symlink_to(leads_to)


def write(source, path, mode):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


def checked(name):
    if name.startswith("/") or "\0" in name or ".." in name.split("/"):
        raise refused(name)
    return name


def target(member):
    """A way up may only be at the beginning: after a name, it could lead through another link."""
    parts = [part for part in member.linkname.split("/") if part not in ("", ".")]
    ups = next((place for place, part in enumerate(parts) if part != ".."), len(parts))
    depth = len([part for part in member.name.split("/") if part not in ("", ".")]) - 1
    if member.linkname.startswith("/") or ".." in parts[ups:] or ups > depth:
        raise refused(member.name)
    return member.linkname


def refused(name):
    return Failure("internal", f"The archive of the builder has something that is no part of a library: `{name}`.")

"""Saves a file as a whole or not at all.

Stock: the old contents are copied to the file's name with `.~` in front, even through a link. The file is then written
in place, and the copy is moved back if that fails.
Here: the same, by descriptors. The name of the copy cannot be predicted.
Why: by a link with the copy's name, a kernel could write its own text to any file of the server.
Written for jupyter_server 2.21.1 (`services/contents/fileio.py`).
"""

import os
import re
import secrets
import shutil

from orchest_server.files.folder import PLAIN, is_plain, look, names_in, opened

# How much is copied at once, in bytes.
PIECE = 1 << 20
# A name may have 255 bytes.
MOST_OF_THE_NAME = 200
# Copies of files that are being saved now.
under_way = set()


def copy_contents(source, target):
    """As much as the source has at the start: it may grow for ever. Some file systems tell no size."""
    left, at = os.fstat(source).st_size or float("inf"), 0
    while left > 0:
        piece = os.pread(source, min(left, PIECE), at)
        if not piece:
            break
        write_all(target, piece)
        at, left = at + len(piece), left - len(piece)


def write_all(target, data):
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def take_over(source, target):
    """Mode, times and extended attributes, where the system lets them be set."""
    try:
        shutil.copystat(source, target)
    except OSError:
        pass


def prefix_of(name):
    """The `.~` at the start keeps Dropbox from taking it, as stock."""
    return ".~" + os.fsdecode(os.fsencode(name)[:MOST_OF_THE_NAME])


def set_aside(folder, name, descriptor):
    """Copies what the file has to a new file beside it, and answers with its name."""
    beside = f"{prefix_of(name)}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN
    copy = os.open(beside, flags, 0o600, dir_fd=folder)
    under_way.add(beside)
    try:
        copy_contents(descriptor, copy)
        take_over(descriptor, copy)
    except BaseException:
        remove_copy(folder, beside)
        raise
    finally:
        os.close(copy)
    return beside


def remove_copy(folder, beside):
    under_way.discard(beside)
    try:
        os.unlink(beside, dir_fd=folder)
    except OSError:  # a kernel was faster, and the file is saved
        pass


def save(folder, path, source, like=None):
    """Saves bytes, or what another descriptor has, at a path of a folder. `like` gives mode and times."""
    with folder.place(path) as place:
        if place.info is None:
            save_new(place, source, like)
        else:
            save_again(place, source, like)


def fill(descriptor, source, like):
    if isinstance(source, int):
        copy_contents(source, descriptor)
    else:
        write_all(descriptor, source)
    os.fsync(descriptor)
    if like is not None:
        take_over(like, descriptor)


def save_new(place, source, like):
    descriptor = opened(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        fill(descriptor, source, like)
    except BaseException:
        os.unlink(place.name, dir_fd=place.folder)
        raise
    finally:
        os.close(descriptor)


def save_again(place, source, like):
    descriptor = opened(place, os.O_RDWR)
    try:
        try:
            beside = set_aside(place.folder, place.name, descriptor)
        except PermissionError:
            # The file may be written, and nothing can be made beside it. As stock, it is then written without a copy.
            beside = None
        try:
            os.ftruncate(descriptor, 0)
            fill(descriptor, source, like)
        except BaseException:
            if beside is not None:
                os.rename(beside, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
                under_way.discard(beside)
            raise
        if beside is not None:
            remove_copy(place.folder, beside)
    finally:
        os.close(descriptor)


def replace(folder, path, data):
    """Puts a new file into the place of what is there, whatever that is."""
    with folder.place(path, follow=False) as place:
        beside = f"{prefix_of(place.name)}.{secrets.token_hex(8)}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN, 0o666, dir_fd=place.folder)
        try:
            fill(descriptor, data, None)
            os.rename(beside, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
        except BaseException:
            os.unlink(beside, dir_fd=place.folder)
            raise
        finally:
            os.close(descriptor)


def append(folder, path, data):
    """A further part of an upload."""
    with folder.place(path) as place:
        descriptor = opened(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def restore(folder, path):
    """Puts back what a save that never ended has set aside. The file is kept as NAME.invalid, as stock.

    Answers whether there was such a copy.
    """
    with folder.place(path) as place:
        pattern = re.compile(re.escape(prefix_of(place.name)) + r"(\.[0-9a-f]{16})?")
        beside = None
        for name in names_in(place.folder, "."):
            if pattern.fullmatch(name) and name not in under_way and is_plain(look(place.folder, name)):
                beside = name
        if beside is None:
            return False
        to = {"src_dir_fd": place.folder, "dst_dir_fd": place.folder}
        os.rename(place.name, place.name + ".invalid", **to)
        os.rename(beside, place.name, **to)
        return True

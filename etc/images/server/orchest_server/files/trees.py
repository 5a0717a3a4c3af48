"""Moves, copies, measures and removes files and whole folders.

Stock: `shutil` and `du`, by paths.
Here: by descriptors. A copy ends even if links in the folder form a circle.
Written for jupyter_server 2.21.1 (`services/contents/filemanager.py`).
"""

import errno
import os

from orchest_server.files import saving
from orchest_server.files.folder import (
    TO_LIST,
    NotPlain,
    Outside,
    Place,
    is_folder,
    is_link,
    is_plain,
    look,
    opened,
)

# What an entry of a folder counts for beside its contents, in bytes.
ENTRY = 4096


class TooLarge(Exception):
    """More would be copied than a copy may have."""


def remove(folder, path):
    """Removes what is at a path, with all that is in it; of a link the link itself."""
    with folder.place(path, follow=False) as place:
        if place.info is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        remove_at(place)


def remove_at(place):
    if not is_folder(place.info):
        os.unlink(place.name, dir_fd=place.folder)
        return
    within = os.open(place.name, TO_LIST, dir_fd=place.folder)
    try:
        for name in os.listdir(within):
            entry = Place(within, name, look(within, name))
            if entry.info is not None:
                remove_at(entry)
    finally:
        os.close(within)
    os.rmdir(place.name, dir_fd=place.folder)


def move(folder, old, new):
    """Gives an entry another place, where nothing is."""
    with folder.place(old, follow=False) as source, folder.place(new, follow=False) as target:
        if source.info is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), old)
        # The same file by another name: letters that a file system takes for equal.
        if target.info is not None and not os.path.samestat(source.info, target.info):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
        try:
            os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # To a drive that is mounted in the folder, or from it.
            moving = Copy(folder)
            moving.entry(source, target)
            if moving.errors:
                raise moving.errors[0] from None
            remove_at(source)


def size_of(folder, path):
    """How much a folder takes on the disk, links not followed, in bytes."""
    with folder.place(path) as place:
        return size_at(place, set())


def size_at(place, seen):
    if place.info is None or (place.info.st_dev, place.info.st_ino) in seen:
        return 0
    seen.add((place.info.st_dev, place.info.st_ino))
    size = place.info.st_blocks * 512
    if is_folder(place.info):
        within = os.open(place.name, TO_LIST, dir_fd=place.folder)
        try:
            size += sum(size_at(Place(within, name, look(within, name)), seen) for name in os.listdir(within))
        finally:
            os.close(within)
    return size


def copy(folder, source, target, most):
    """Copies a folder, as stock with what its links lead to, and no more than `most` bytes.

    Goes on where something cannot be copied, and then raises the first error.
    """
    with folder.place(source) as old, folder.place(target) as new:
        copying = Copy(folder, most)
        copying.entry(old, new, source)
    if copying.errors:
        raise copying.errors[0]


class Copy:
    """Copies by descriptors. Without a path, links are copied as links."""

    def __init__(self, folder, most=None):
        self.folder, self.left, self.errors = folder, most, []
        # The folders that are being copied, and the copy: to come to one of them again would have no end.
        self.above = []

    def entry(self, source, target, path=None):
        if self.left is not None:
            self.left -= ENTRY + (source.info.st_size if is_plain(source.info) else 0)
            if self.left < 0:
                raise TooLarge
        if is_link(source.info):
            if path is None:
                os.symlink(os.readlink(source.name, dir_fd=source.folder), target.name, dir_fd=target.folder)
                return
            with self.folder.place(path) as led_to:
                if led_to.info is None:
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
                self.entry(led_to, target, path)
        elif is_folder(source.info):
            self.contents_of(source, target, path)
        else:
            self.file(source, target)

    def file(self, source, target):
        old = opened(source, os.O_RDONLY)
        try:
            new = opened(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                saving.copy_contents(old, new)
                saving.take_over(old, new)
            finally:
                os.close(new)
        finally:
            os.close(old)

    def contents_of(self, source, target, path):
        old = os.open(source.name, TO_LIST, dir_fd=source.folder)
        try:
            info = os.fstat(old)
            if any(os.path.samestat(info, above) for above in self.above):
                raise OSError(errno.ELOOP, "what is copied would be in itself", path)
            # Before the copy is there: it may be in here.
            names = os.listdir(old)
            os.mkdir(target.name, dir_fd=target.folder)
            new = os.open(target.name, TO_LIST, dir_fd=target.folder)
            try:
                self.above.append(info)
                if len(self.above) == 1:
                    self.above.append(os.fstat(new))
                for name in names:
                    self.child(Place(old, name, look(old, name)), Place(new, name, None), path)
                self.above.remove(info)
                saving.take_over(old, new)
            finally:
                os.close(new)
        finally:
            os.close(old)

    def child(self, source, target, path):
        if source.info is None:
            return
        try:
            self.entry(source, target, None if path is None else f"{path}/{source.name}")
        except (OSError, NotPlain, Outside) as error:
            self.errors.append(error)

"""Opens only files inside one folder, even if another process changes the folder at the same time.

Stock: a path is checked and then opened by its name. The system follows each link on the way.
Here: a path is walked part by part, by descriptors, and the system follows no link. This code follows a link to a place
in the folder; a link that leads out is an error. Only plain files are opened, and opening never waits.
Why: a kernel can replace a file with a link or a pipe at any time, even between the check and the opening.
The system call `openat2` would do the same in one step, but the launch's list of system calls refuses it.
"""

import errno
import os
import re
import stat
import threading
import time
from contextlib import contextmanager
from typing import NamedTuple

# How many links one path may go through, as in Linux.
MOST_LINKS = 40
ON_THE_WAY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
TO_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
PLAIN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
# How long another program may take to give up its lease of a file (s).
PATIENCE = 2


class Outside(Exception):
    """The path leads out of the folder."""


class NotPlain(Exception):
    """Something else than a plain file is there: a folder, a pipe, a socket or a device."""


class Place(NamedTuple):
    """An entry of an open folder."""

    folder: int
    name: str
    # The file at this place, or None. It is not a link if links were followed.
    info: os.stat_result | None


def parts_of(path):
    return [part for part in path.split("/") if part not in ("", ".")]


def look(folder, name):
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def names_in(folder, name):
    listed = os.open(name, TO_LIST, dir_fd=folder)
    try:
        return os.listdir(listed)
    finally:
        os.close(listed)


def is_plain(info):
    return info is not None and stat.S_ISREG(info.st_mode)


def is_folder(info):
    return info is not None and stat.S_ISDIR(info.st_mode)


def is_link(info):
    return info is not None and stat.S_ISLNK(info.st_mode)


def opened(place, flags, mode=0o666):
    """A descriptor of the plain file at this place."""
    if place.info is not None and not is_plain(place.info):
        raise NotPlain
    # In the main thread all requests would wait.
    main = threading.current_thread() is threading.main_thread()
    until = time.monotonic() + (0 if main else PATIENCE)
    while True:
        try:
            descriptor = os.open(place.name, flags | PLAIN, mode, dir_fd=place.folder)
            break
        except BlockingIOError:
            # Another program has a lease. Linux has asked it to give the file back.
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        except OSError as error:
            if error.errno == errno.ENXIO:  # a pipe that nobody reads, or a socket
                raise NotPlain from None
            raise
    # Another process may have put something else there since the look.
    if is_plain(os.fstat(descriptor)):
        return descriptor
    os.close(descriptor)
    raise NotPlain


def other_paths_of(root):
    """Where else the same folder is mounted: a launch has it at its own path on the person's machine, too."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mounts = [line.split(" ") for line in file]
    except OSError:
        return []

    def plain(path):
        return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), path)

    sources = {plain(mount[4]): (mount[2], mount[3]) for mount in mounts}
    return [path for path, source in sources.items() if path != root and source == sources.get(root)]


class Folder:
    """One folder. Its methods take paths that are relative to it."""

    def __init__(self, root):
        self.root = root
        # What an absolute link in it may begin with.
        self.names = [parts_of(path) for path in (root, *other_paths_of(root))]

    def inside(self, target):
        """The parts of an absolute link's target, from the folder on; None where it is not in the folder."""
        parts = parts_of(target)
        return next((parts[len(name) :] for name in self.names if parts[: len(name)] == name), None)

    def walk(self, names):
        """The folder that these names lead to, none of which is a link."""
        folder = os.open(self.root, ON_THE_WAY)
        for name in names:
            folder = step(folder, name)
        return folder

    @contextmanager
    def place(self, path, follow=True):
        """Where a path leads. Without `follow`, a link at its end is not followed."""
        ahead, here, links = parts_of(path)[::-1], [], 0
        folder = self.walk(here)
        try:
            while ahead:
                part = ahead.pop()
                if part == "..":
                    if not here:
                        raise Outside
                    here.pop()
                    folder = instead(folder, self.walk(here))
                    continue
                info = look(folder, part)
                if is_link(info) and (ahead or follow):
                    links += 1
                    if links > MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                    target = os.readlink(part, dir_fd=folder)
                    then = parts_of(target)
                    if target.startswith("/"):
                        then = self.inside(target)
                        if then is None:
                            raise Outside
                        here = []
                        folder = instead(folder, self.walk(here))
                    ahead.extend(reversed(then))
                    continue
                if not ahead:
                    yield Place(folder, part, info)
                    return
                if info is None:
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
                folder = instead(folder, os.open(part, ON_THE_WAY, dir_fd=folder))
                here.append(part)
            yield Place(folder, ".", os.fstat(folder))
        finally:
            os.close(folder)

    def look(self, path, follow=True):
        """What a path leads to; None where nothing is."""
        try:
            with self.place(path, follow) as place:
                return place.info
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, path):
        """A descriptor to read the plain file at this path."""
        with self.place(path) as place:
            return opened(place, os.O_RDONLY)

    def read(self, path):
        with os.fdopen(self.open(path), "rb") as file:
            return file.read()

    def list(self, path):
        with self.place(path) as place:
            return names_in(place.folder, place.name)

    def may_write(self, path):
        with self.place(path) as place:
            return place.info is not None and os.access(place.name, os.W_OK, dir_fd=place.folder)

    def make_folder(self, path):
        with self.place(path) as place:
            os.mkdir(place.name, dir_fd=place.folder)

    def make_folders(self, path):
        """This folder, and those on the way to it that are not there."""
        parts = parts_of(path)
        for number in range(1, len(parts) + 1):
            above = "/".join(parts[:number])
            if self.look(above) is None:
                try:
                    self.make_folder(above)
                except FileExistsError:
                    pass


def instead(old, new):
    os.close(old)
    return new


def step(folder, name):
    try:
        return os.open(name, ON_THE_WAY, dir_fd=folder)
    finally:
        os.close(folder)

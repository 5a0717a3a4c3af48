"""Looks at folders of the machine that it runs on, and tells what it finds in lines of JSON.

Its argument is a request, as in `lines.rs`. It only reads. An input that ends means that nobody reads its lines any
more. The numbers in capitals are those of `scan.rs` and of what reads a folder's files.
"""

import base64
import ctypes
import errno
import json
import os
import re
import resource
import select
import stat
import struct
import sys
import time

# As in `scan.rs`: levels, entries of one folder and of all, and folders with the code of libraries.
DEPTH = 6
ENTRIES = (2_000, 20_000)
SKIPPED = {b"node_modules", b"__pycache__", b"venv", b"site-packages", b"renv", b"target"}
# The longest file that the program reads.
LARGEST = 4 << 20
# The longest notebook whose outputs are left out, and the longest other file of a package.
NOTEBOOK = 16 << 20
SMALL = 1 << 20
# The most bytes of one look.
ALL = 128 << 20
# The most bytes of one line, before they are base64.
PART = 512 << 10
# The longest walk, and the pauses between looks where changes are not told, seconds.
PATIENCE = 10
PAUSE = 5
# How long changes are collected, and the least time between two looks.
SETTLE = 0.2
SPACING = 1
# The most watched folders in one.
FOLDERS = 400
# Links in one path, as for Linux.
HOPS = 40
# The memory of this program.
MEMORY = 448 << 20

SCRIPTS = {b"py", b"r", b"sh", b"jl"}
# The folders whose files count as if they were in the folder itself.
PLACES = {b"binder", b".binder", b".devcontainer"}
NAMES = set(
    b"""Dockerfile devcontainer.json .devcontainer.json environment.yml environment.yaml conda-lock.yml
    requirements.txt Pipfile Pipfile.lock renv.lock DESCRIPTION install.R pixi.toml pixi.lock .condarc pyproject.toml
    setup.py setup.cfg uv.lock poetry.lock pdm.lock pylock.toml postBuild runtime.txt .python-version apt.txt .env
    .dockerignore""".split()
)
LIST = re.compile(rb".*(requirements|constraints).*\.(txt|in)|Dockerfile\..*|.*\.(Dockerfile|dockerignore)", re.DOTALL)
# Files that make a folder a package, whose builder gets all but these.
PACKAGE = {b"pyproject.toml", b"setup.py", b"setup.cfg"}
LEFT_OUT = set(b"ipynb csv parquet zip gz png jpg jpeg pdf h5 npy pickle".split())
# Lock files name nothing of the folder, and are long.
LOCK = re.compile(rb".*\.lock|conda-lock\.yml", re.DOTALL)
TOKEN = re.compile(rb"\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'=<>,;@#\[\](){}]+)")
TOKENS = 20_000
# File systems that tell each change on this machine. Others, such as NFS, do not tell those from elsewhere.
TELLING = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "bcachefs"}

IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE = 0x2, 0x4, 0x8
IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x40, 0x80, 0x100, 0x200
IN_DELETE_SELF, IN_MOVE_SELF, IN_OVERFLOW, IN_ISDIR = 0x400, 0x800, 0x4000, 0x40000000
IN_ONLYDIR, IN_DONT_FOLLOW = 0x01000000, 0x02000000
LEAVES = IN_DELETE | IN_MOVED_FROM
EVENTS = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | LEAVES | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF

libc = ctypes.CDLL(None, use_errno=True)


def say(kind, /, **values):
    line = memoryview(json.dumps({kind: values}).encode() + b"\n")
    while line:
        line = line[os.write(1, line) :]


def text(name):
    return base64.b64encode(name).decode()


def made(path):
    """When a file was made, nanoseconds, or nothing: `os.stat` does not tell it."""
    found = ctypes.create_string_buffer(256)
    AT_FDCWD, STATX_BTIME = -100, 0x800
    try:
        failed = libc.statx(AT_FDCWD, path, 0, STATX_BTIME, found)
    except AttributeError:
        return ""
    if failed or not struct.unpack_from("I", found, 0)[0] & STATX_BTIME:
        return ""
    seconds, nanoseconds = struct.unpack_from("qI", found, 0x50)
    return str(seconds * 10**9 + nanoseconds)


def mounts(path, mountinfo):
    """The lines of the mounts that a path may be in."""
    mountinfo.seek(0)
    found = []
    for line in mountinfo.read().splitlines():
        point = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8) & 255]), line.split(b" ")[4])
        if (path + b"/").startswith(point.rstrip(b"/") + b"/"):
            found.append((len(point), line.decode(errors="replace")))
    # The innermost is the last one; of two at one place, the later one hides the other.
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def about(path, mountinfo, seen_at):
    found = os.stat(path)
    return {
        "uid": found.st_uid,
        "gid": found.st_gid,
        "mode": found.st_mode & 0o7777,
        "mark": f"{found.st_dev:x}:{found.st_ino}:{made(path)}",
        "mounts": mounts(seen_at, mountinfo),
        "seen_at": text(seen_at),
    }


# Folders by their paths, and those in a folder, for a picker.


def faulty(path):
    """The canonical path of a folder, or what is wrong with it."""
    try:
        real = os.path.realpath(path, strict=True)
        if not os.path.isdir(real):
            return real, "File", ""
        try:
            real.decode()
        except UnicodeDecodeError:
            return real, "NotUtf8", ""
    except FileNotFoundError:
        return path, "Missing", ""
    except PermissionError:
        return path, "Forbidden", ""
    except (OSError, ValueError) as error:
        return path, "Lost", getattr(error, "strerror", None) or str(error)
    try:
        with os.scandir(real) as entries:
            next(entries, None)
    except OSError as error:
        return real, "Unreadable", error.strerror
    return real, None, ""


def enter(root):
    """From here on, links of the machine lead where they lead there."""
    if root != b"/":
        os.chroot(root)
        os.chdir("/")
    return root.rstrip(b"/")


def find(root, paths):
    with open("/proc/self/mountinfo", "rb") as mountinfo:
        above = enter(root)
        for at, path in enumerate(paths):
            real, fault, why = faulty(path)
            if fault is None and real == b"/":
                fault = "Root"
            if fault:
                say("Fault", at=at, kind=fault, why=why)
            else:
                found = about(real, mountinfo, above + real)
                say("Found", at=at, path=text(real), truncated=False, **found)


def has_notebooks(path, left):
    try:
        with os.scandir(path) as entries:
            for looked_at, entry in enumerate(entries):
                if looked_at == ENTRIES[0] or not left():
                    return False
                if entry.name.lower().endswith(b".ipynb"):
                    return True
    except OSError:
        pass
    return False


def list_folders(root, path):
    enter(root)
    real, fault, why = faulty(path)
    if fault:
        return say("Fault", at=0, kind=fault, why=why)
    until, count, folders, truncated = time.monotonic() + PAUSE, 0, [], False

    def left():
        nonlocal count
        count += 1
        return count < ENTRIES[1] and time.monotonic() < until

    with os.scandir(real) as entries:
        for entry in entries:
            if not left() or len(folders) == ENTRIES[0]:
                truncated = True
                break
            try:
                # No engine mounts a folder with another name.
                if entry.is_dir() and entry.name.decode():
                    folders.append(entry.name)
            except (OSError, UnicodeDecodeError):
                pass
    for name in sorted(folders, key=lambda name: (name.startswith(b"."), name.lower(), name)):
        say("Folder", name=name.decode(), notebooks=has_notebooks(os.path.join(real, name), left))
    say("Listed", path=text(real), truncated=truncated)


# What is copied of a folder.


def extension(name):
    return os.path.splitext(name)[1][1:].lower()


def is_notebook(name):
    return extension(name) == b"ipynb"


def without_outputs(data):
    """What the program reads of a notebook. One that is no notebook stays as it is."""

    def refuse(name):
        raise ValueError(name)

    try:
        notebook = json.loads(data.decode(), parse_constant=refuse)
    except (ValueError, RecursionError, MemoryError):
        return data
    if not isinstance(notebook, dict):
        return data
    if isinstance(metadata := notebook.get("metadata"), dict):
        notebook["metadata"] = {key: metadata[key] for key in ("kernelspec", "language_info") if key in metadata}
    if isinstance(cells := notebook.get("cells"), list):
        code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
        notebook["cells"] = [{key: cell[key] for key in ("cell_type", "source") if key in cell} for cell in code]
    kept = ("metadata", "cells", "nbformat", "nbformat_minor")
    try:
        return json.dumps({key: notebook[key] for key in kept if key in notebook}).encode()
    except (ValueError, RecursionError, MemoryError):
        return data


def read(path, most):
    """A plain file and its times, or nothing. Of one that is longer than `most`, only those."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return None, None
        parts, size = [], 0
        while found.st_size <= most and size <= most and (part := os.read(file, 1 << 20)):
            parts.append(part)
            size += len(part)
        return (b"".join(parts) if max(size, found.st_size) <= most else None), found
    except OSError:
        return None, None
    finally:
        os.close(file)


class Folder:
    def __init__(self, number, request, mountinfo, watches):
        self.number, self.mountinfo, self.watches = number, mountinfo, watches
        self.at, self.path, self.own = os.fsencode(request["at"]), os.fsencode(request["path"]), request["own"]
        with open(request["known"]) as known:
            entries = json.load(known)
        # What is in the copy, by paths: as it is told from there, or as this program has sent it.
        self.sent = {base64.b64decode(path): tuple(known) for path, known in entries.items()}
        self.named, self.tokens, self.is_package, self.told = set(), {}, False, None
        self.due, self.looked_at, self.is_silent = 0, 0, False

    # What there is.

    def wanted(self, inside, name):
        """The most bytes that are copied of a file. Nothing: it is not copied."""
        depth, place = inside.count(b"/"), inside.split(b"/", 1)[0]
        if is_notebook(name):
            return NOTEBOOK
        if name in NAMES or name in self.named or LIST.fullmatch(name) or extension(name) in SCRIPTS:
            return LARGEST
        if not depth and (extension(name) == b"orchest" or name == b"pipeline.json"):
            return LARGEST
        if (depth and place in PLACES) or (self.is_package and extension(name) not in LEFT_OUT):
            return SMALL
        return None

    def names_others(self, inside, name):
        ours = name in NAMES or LIST.fullmatch(name) or name in self.named or extension(name) == b"orchest"
        other = extension(name) in SCRIPTS | LEFT_OUT and name not in PACKAGE
        return (ours or inside == b"pipeline.json") and not other and not LOCK.fullmatch(name)

    def walk(self):
        """The folders, links and plain files, by paths inside."""
        folders, links, files = set(), {}, {}
        until, left, truncated = time.monotonic() + PATIENCE, ENTRIES[1], False
        devices = set()
        self.watched = 0
        waiting = [(b"", 0)]
        while waiting:
            inside, depth = waiting.pop()
            path = os.path.join(self.at, inside)
            self.watch(path, inside)
            try:
                entries = os.scandir(path)
                devices.add(os.stat(path).st_dev)
            except OSError:
                if not inside:
                    raise
                continue
            with entries:
                for looked_at, entry in enumerate(entries):
                    if looked_at >= ENTRIES[0] or not left or time.monotonic() > until:
                        truncated = True
                        break
                    left -= 1
                    name = entry.name
                    child = os.path.join(inside, name)
                    try:
                        is_dir, is_link = entry.is_dir(follow_symlinks=False), entry.is_symlink()
                        found = None if is_dir else entry.stat(follow_symlinks=False)
                        target = os.readlink(entry.path) if is_link else None
                    except OSError:
                        continue
                    is_hidden = name.startswith(b".")
                    if is_dir:
                        is_place = not depth and name in PLACES
                        if is_hidden and not is_place and inside.split(b"/", 1)[0] not in PLACES:
                            continue
                        folders.add(child)
                        if is_place or not (is_hidden or name in SKIPPED):
                            if depth < DEPTH:
                                waiting.append((child, depth + 1))
                            else:
                                truncated = True
                    elif is_link:
                        if not is_hidden or name in NAMES:
                            links[child] = (target, found)
                    elif stat.S_ISREG(found.st_mode) and (not is_hidden or name in NAMES or inside in PLACES):
                        files[child] = found
        # A submount may be of another kind.
        self.is_silent = self.is_silent or len(devices) > 1 or self.watched > FOLDERS
        self.is_package = any(name in files for name in PACKAGE)
        return folders, links, files, truncated

    def lead(self, inside, folders, links, files):
        """Adds what a link leads to, as `links.rs` resolves it."""
        ahead, here, hops = inside.split(b"/")[::-1], [], 0
        while ahead:
            part = ahead.pop()
            if len(ahead) > 4096:
                return None
            if part in (b"", b"."):
                continue
            if part == b"..":
                if not here:
                    return None
                here.pop()
                continue
            path = b"/".join([*here, part])
            try:
                found = os.lstat(os.path.join(self.at, path))
                target = os.readlink(os.path.join(self.at, path)) if stat.S_ISLNK(found.st_mode) else None
            except OSError:
                return None
            if target is None:
                here.append(part)
                continue
            links.setdefault(path, (target, found))
            hops += 1
            if hops > HOPS:
                return None
            if target.startswith(b"/"):
                target = self.within(target)
                if target is None:
                    return None
                here = []
            ahead.extend(target.split(b"/")[::-1])
        path = b"/".join(here)
        try:
            found = os.lstat(os.path.join(self.at, path))
        except OSError:
            return None
        if stat.S_ISREG(found.st_mode):
            files.setdefault(path, found)
            return path
        if stat.S_ISDIR(found.st_mode) and path:
            folders.add(path)
        return None

    def within(self, target):
        """An absolute target, from the folder on. Nothing if it is not in the folder."""
        target = b"/" + b"/".join(part for part in target.split(b"/") if part not in (b"", b"."))
        if not self.own or not (target + b"/").startswith(self.path + b"/"):
            return None
        return target[len(self.path) + 1 :]

    def relative(self, inside, target):
        """The target of a link in the copy. One that is absolute there leads from the link to the same place."""
        within = self.within(target) if target.startswith(b"/") else None
        return target if within is None else b"../" * inside.count(b"/") + (within or b".")

    def choose(self, folders, links, files):
        """The plain files that are copied, and the most bytes of each."""
        chosen, read_once, until = {}, set(), time.monotonic() + PATIENCE
        for path in list(links):
            name = os.path.basename(path)
            if time.monotonic() > until:
                break
            if (target := self.lead(path, folders, links, files)) and (most := self.wanted(path, name)):
                chosen[target] = most
                if self.names_others(path, name):
                    self.read_names(target, files[target], read_once)
        while True:
            known = len(self.named)
            for path in files:
                name = os.path.basename(path)
                if most := self.wanted(path, name):
                    chosen[path] = max(most, chosen.get(path, 0))
                    if self.names_others(path, name):
                        self.read_names(path, files[path], read_once)
            if len(self.named) == known or len(self.named) > TOKENS or time.monotonic() > until:
                return chosen

    def read_names(self, path, found, read_once):
        """Adds the names of files that a file may ask for: the last parts of all that looks like a path in it."""
        mark = (found.st_mtime_ns, found.st_ctime_ns, found.st_size)
        if path in read_once or found.st_size > SMALL:
            return
        read_once.add(path)
        if self.tokens.get(path, (None,))[0] != mark:
            data, _ = read(os.path.join(self.at, path), SMALL)
            names = ((one or two or three) for one, two, three in TOKEN.findall(data or b""))
            self.tokens[path] = (mark, {os.path.basename(name) for name in names if len(name) < 1000})
        self.named |= self.tokens[path][1]

    # What is told.

    def is_sent(self, path, sign):
        known = self.sent.get(path)
        if known is None or known[0] != sign[0] or len(known) == len(sign):
            return known == sign
        # A copy from before has no more than a time, as exact as its file system is, and a size or a target.
        return known[1] // 100 == sign[1] // 100 and (known[2] == sign[2] or is_notebook(path))

    def look(self):
        """Tells what is other than in the copy. Whether the folder is there."""
        if os.path.isdir(self.at) and os.stat(self.at).st_nlink == 0:
            say("Fault", at=self.number, kind="Missing", why="")
            return False
        try:
            folders, links, files, truncated = self.walk()
            found = about(self.at, self.mountinfo, self.at)
        except OSError as error:
            is_gone = error.errno in (errno.ENOENT, errno.ESTALE, errno.ENOTDIR)
            say("Fault", at=self.number, kind="Missing" if is_gone else "Unreadable", why=error.strerror)
            return False
        self.named = set()
        chosen = self.choose(folders, links, files)
        for path in [*chosen, *links, *folders]:
            while path := os.path.dirname(path):
                folders.add(path)
        left, there, changes = ALL, folders | set(links) | set(chosen), 0
        # What is inside of a folder that is gone goes with it.
        for path in [path for path in self.sent if path not in there]:
            del self.sent[path]
            if os.path.dirname(path) not in self.sent or os.path.dirname(path) in there:
                say("Gone", at=self.number, path=text(path))
            changes += 1
        for path in sorted(folders):
            if not self.is_sent(path, sign := ("Dir",)):
                say("Dir", at=self.number, path=text(path))
                changes += 1
            self.sent[path] = sign
        for path, (target, about_it) in sorted(links.items()):
            target = self.relative(path, target)
            sign = ("Link", about_it.st_mtime_ns, text(target), about_it.st_ino)
            if not self.is_sent(path, sign):
                say("Link", at=self.number, path=text(path), to=sign[2], modified=sign[1])
                changes += 1
            self.sent[path] = sign
        for path, most in sorted(chosen.items()):
            if not self.is_sent(path, self.sign(files[path])):
                changes += 1
                left -= self.send(path, most, left)
            else:
                self.sent[path] = self.sign(files[path])
        if changes or self.told != (found, truncated):
            self.told = (found, truncated)
            say("Found", at=self.number, path=text(self.path), truncated=truncated, **found)
        return True

    def sign(self, found):
        size = min(found.st_size, LARGEST + 1)
        return ("File", found.st_mtime_ns, size, found.st_ctime_ns, found.st_ino, found.st_dev)

    def send(self, path, most, left):
        data, found = read(os.path.join(self.at, path), min(most, max(left, 0)))
        if found is None:
            # It is gone, or may not be read even by the system's own user: as it was before.
            return 0
        if data is not None and is_notebook(path):
            data = without_outputs(data)
        size = LARGEST + 1 if found.st_size > LARGEST else found.st_size
        if data is not None and len(data) <= LARGEST:
            size = len(data)
        else:
            # Its size alone says that it is too long. What is beyond the bytes of a look is empty.
            data, size = b"", size if left > 0 else 0
        for at in range(0, len(data) or 1, PART):
            part = data[at : at + PART]
            is_last = at + PART >= len(data)
            values = {"modified": found.st_mtime_ns, "size": size, "data": text(part), "last": is_last}
            say("File", at=self.number, path=text(path), **values)
        self.sent[path] = self.sign(found)
        return size + 1

    # When to look.

    def watch(self, path, inside):
        self.watched += 1
        if self.watched <= FOLDERS and self.watches and not self.watches.add(path, EVENTS, (self, inside)):
            self.is_silent = True

    def hears(self, inside, mask, name, now):
        """Whether it is still where it was. An event may be a reason to look."""
        if not inside and mask & IN_MOVE_SELF:
            return False
        is_about_folders = name == b"" or mask & IN_ISDIR or (not inside and mask & LEAVES)
        is_seen = not name.startswith(b".") or name in NAMES or inside.split(b"/", 1)[0] in PLACES
        if is_about_folders or (is_seen and self.wanted(os.path.join(inside, name), name)):
            self.is_due(now + SETTLE)
        return True

    def is_due(self, at):
        self.due = min(self.due, at) if self.due else at

    def look_if_due(self, now):
        if not self.due or now < max(self.due, self.looked_at):
            return True
        self.due = 0
        is_there = self.look()
        after = time.monotonic()
        self.looked_at = after + max(SPACING, 4 * (after - now))
        return is_there

    def is_there(self):
        """A folder that was removed is still mounted: it is in no folder any more, or nothing in it can be listed."""
        try:
            with os.scandir(self.at) as entries:
                next(entries, None)
            return os.stat(self.at).st_nlink > 0
        except OSError:
            return False


class Watches:
    """What the system tells of folders."""

    def __init__(self):
        self.file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.watched = {}

    def add(self, path, events, what):
        number = libc.inotify_add_watch(self.file, path, events | IN_ONLYDIR | IN_DONT_FOLLOW) if self.file >= 0 else -1
        if number >= 0:
            # A folder can be in two that are looked at.
            self.watched.setdefault(number, set()).add(what)
        return number >= 0

    def events(self):
        try:
            data = os.read(self.file, 1 << 16)
        except OSError:
            return
        at = 0
        while at < len(data):
            number, mask, _, size = struct.unpack_from("iIII", data, at)
            name = data[at + 16 : at + 16 + size].rstrip(b"\0")
            at += 16 + size
            everyone = set().union(*self.watched.values()) if mask & IN_OVERFLOW else self.watched.get(number, ())
            for what in list(everyone):
                yield what, mask, name


class Awaited:
    """A folder that is not there yet."""

    def __init__(self, number, path, watches):
        self.number, self.path, self.watches = number, path, watches

    def is_back(self):
        above = self.path
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        if self.watches:
            self.watches.add(above, IN_CREATE | IN_MOVED_TO | IN_ATTRIB, (self, b""))
        return os.path.realpath(self.path) == self.path and os.path.isdir(self.path)


def look(request):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    mountinfo = open("/proc/self/mountinfo", "rb")  # noqa: SIM115
    life = request["life"]
    watches = Watches() if life else None
    folders = [Folder(number, one, mountinfo, watches) for number, one in enumerate(request["folders"])]
    awaited = [Awaited(number, os.fsencode(path), watches) for number, path in enumerate(request["awaited"])]
    for folder in folders:
        kinds = mounts(folder.at, mountinfo)
        kind = kinds[-1].split(" - ", 1)[-1].split(" ", 1)[0] if kinds else ""
        folder.is_silent = kind not in TELLING
        if not folder.look():
            return
    begin = beat = time.monotonic()
    watching = select.poll()
    watching.register(0, select.POLLIN)
    if watches and watches.file >= 0:
        watching.register(watches.file, select.POLLIN)
    may_be_back = True
    while life:
        now = time.monotonic()
        if now - begin > life:
            return
        if now - beat >= PAUSE:
            beat = now
            say("Beat")
            for folder in folders:
                if folder.is_silent or not folder.is_there():
                    folder.is_due(now)
            may_be_back = True
        for folder in folders:
            if not folder.look_if_due(now):
                return
        if may_be_back and (back := [one for one in awaited if one.is_back()]):
            return say("Back", at=back[0].number)
        may_be_back = False
        dues = [max(folder.due, folder.looked_at) for folder in folders if folder.due]
        for file, _ in watching.poll(max(0, min([beat + PAUSE, *dues]) - time.monotonic()) * 1000 + 1):
            if file == 0:
                # Nothing is ever said to this program.
                if not os.read(0, 4096):
                    return
                continue
            for (what, inside), mask, name in watches.events():
                if isinstance(what, Awaited):
                    may_be_back = True
                elif not what.hears(inside, mask, name, time.monotonic()):
                    return say("Fault", at=what.number, kind="Missing", why="")


def main():
    request = json.loads(sys.argv[1])
    match request["do"]:
        case "find":
            find(os.fsencode(request["root"]), [os.fsencode(path) for path in request["paths"]])
        case "list":
            list_folders(os.fsencode(request["root"]), os.fsencode(request["paths"][0]))
        case "look":
            look(request)


main()

"""Tries each way to give a file in the folder `here` the setuid or setgid bit, and prints the ways that succeeded.

The first argument is a prefix of the file names, so that several programs can run in one folder.
"""

import ctypes
import io
import mmap
import os
import platform
import shutil
import stat
import subprocess
import sys
import tarfile

NAME = sys.argv[1]
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {
        "open": 2,
        "creat": 85,
        "chmod": 90,
        "fchmod": 91,
        "mknod": 133,
        "openat": 257,
        "mknodat": 259,
        "fchmodat": 268,
    },
    "aarch64": {"mknodat": 33, "fchmod": 52, "fchmodat": 53, "openat": 56},
}.get(platform.machine(), {})
NUMBERS |= {"openat2": 437, "fchmodat2": 452, "io_uring_setup": 425}


def call(number, *args):
    converted = [arg if isinstance(arg, (bytes, ctypes.Array)) else ctypes.c_long(arg) for arg in args]
    return libc.syscall(ctypes.c_long(number), *converted)


def fresh(what):
    """A plain file with this name."""
    path = f"{NAME}-{what}"
    with open(path, "w"):
        pass
    os.chmod(path, 0o755)
    return path


def by_call(name, mode):
    if name not in NUMBERS:
        return
    number, new = NUMBERS[name], f"{NAME}-{name}-{mode:o}".encode()
    there = fresh(f"{name}-{mode:o}-there").encode()
    if name == "chmod":
        call(number, there, mode)
    elif name == "fchmod":
        call(number, os.open(there, os.O_RDONLY), mode)
    elif name == "fchmodat":
        call(number, AT_FDCWD, there, mode)
    elif name == "fchmodat2":
        call(number, AT_FDCWD, there, mode, 0)
        call(number, os.open(there, os.O_RDONLY), b"", mode, 0x1000)
    elif name == "open":
        call(number, new, os.O_CREAT | os.O_WRONLY, mode)
    elif name == "openat":
        call(number, AT_FDCWD, new, os.O_CREAT | os.O_WRONLY, mode)
        unnamed = call(number, AT_FDCWD, b".", os.O_TMPFILE | os.O_RDWR, mode)
        if unnamed >= 0:
            libc.linkat(AT_FDCWD, f"/proc/self/fd/{unnamed}".encode(), AT_FDCWD, new + b"-unnamed", 0x400)
    elif name == "creat":
        call(number, new, mode)
    elif name == "mknod":
        call(number, new, stat.S_IFREG | mode, 0)
    elif name == "mknodat":
        call(number, AT_FDCWD, new, stat.S_IFREG | mode, 0)
    elif name == "openat2":
        how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, mode, 0)
        call(number, AT_FDCWD, new, how, 24)
    elif name == "io_uring_setup" and call(number, 4, (ctypes.c_uint8 * 120)()) >= 0:
        print("io_uring is open, which opens files past any filter")


def by_other_words(mode):
    """Calls from this 64-bit program as a 32-bit program does, and as an x32 program does."""
    if platform.machine() != "x86_64":
        return
    there = fresh(f"x32-{mode:o}").encode()
    call(0x40000000 + NUMBERS["chmod"], there, mode)
    call(0x40000000 + NUMBERS["creat"], f"{NAME}-x32-creat-{mode:o}".encode(), mode)
    there = fresh(f"i386-{mode:o}").encode()
    below_4_gb = 0x40
    code = mmap.mmap(
        -1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | below_4_gb, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    )
    # push rbx; eax, ebx, ecx from the three arguments; int 0x80; pop rbx; ret
    words = bytes.fromhex("53 89f8 89f3 89d1 cd80 5b c3")
    code[: len(words)] = words
    at = ctypes.addressof(ctypes.c_char.from_buffer(code))
    ask = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint)(at)
    for number, path in ((15, there), (8, f"{NAME}-i386-creat-{mode:o}".encode())):
        code[64 : 65 + len(path)] = path + b"\0"
        ask(number, at + 64, mode)


def quietly(*command):
    if shutil.which(command[0]):
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def by_programs():
    for mode in ("4755", "2755", "6755"):
        quietly("install", "-m", mode, "/bin/true", f"{NAME}-install-{mode}")
        quietly("chmod", mode, fresh(f"chmod-{mode}"))
        quietly("cp", "-p", f"given-{mode}", f"{NAME}-cp-{mode}")
        quietly("cp", "-a", f"given-{mode}", f"{NAME}-cp-a-{mode}")
        archive = f"{NAME}-{mode}.tar"
        with tarfile.open(archive, "w") as tar:
            member = tarfile.TarInfo(f"{NAME}-tar-{mode}")
            member.mode = int(mode, 8)
            tar.addfile(member, io.BytesIO(b""))
        quietly("tar", "-xpf", archive)
        os.path.exists(f"{NAME}-tar-{mode}") and os.remove(f"{NAME}-tar-{mode}")
        with tarfile.open(archive) as tar:
            tar.extractall(".")
        try:
            shutil.copy2(f"given-{mode}", f"{NAME}-copy2-{mode}")
        except OSError:
            pass
        for make in (
            lambda mode=mode: os.chmod(fresh(f"os-{mode}"), int(mode, 8)),
            lambda mode=mode: os.open(f"{NAME}-os-open-{mode}", os.O_CREAT, int(mode, 8)),
            lambda mode=mode: os.mknod(f"{NAME}-os-mknod-{mode}", stat.S_IFREG | int(mode, 8)),
        ):
            try:
                make()
            except OSError:
                pass


os.umask(0)
for bits in (0o4755, 0o2755, 0o6755):
    for name in NUMBERS:
        by_call(name, bits)
    by_other_words(bits)
by_programs()
made = [path for path in os.listdir(".") if path.startswith(f"{NAME}-")]
bad = [path for path in made if os.lstat(path).st_mode & 0o6000 and not os.path.isdir(path)]
print(len(made) > 20, bad)

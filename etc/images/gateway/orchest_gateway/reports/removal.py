"""Removes the folder of a kernel's sockets, with everything that the kernel has left in it."""

import os
import secrets
import stat

# The most entries that are removed: a kernel may leave any number, and the volume is removed with the launch anyway.
MOST = 100_000
FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK


def remove(folder):
    """Nested folders are moved up before they are emptied, because a path through a thousand of them is too long,
    and so is a recursion. Entries that cannot be removed stay."""
    try:
        at = os.open(folder, FLAGS)
    except OSError:
        return
    try:
        seen = 0
        while seen < MOST and (names := os.listdir(at)):
            before = seen
            for name in names:
                seen += _remove_one(at, name)
            if seen == before:
                break
    except OSError:
        pass
    finally:
        os.close(at)
    try:
        os.rmdir(folder)
    except OSError:
        pass


def _remove_one(at, name):
    """Removes one entry of a folder; how many entries are gone or were moved."""
    try:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=at).st_mode):
            os.unlink(name, dir_fd=at)
            return 1
        inside = os.open(name, FLAGS, dir_fd=at)
    except OSError:
        return 0
    done = 0
    try:
        for child in os.listdir(inside)[:MOST]:
            try:
                if stat.S_ISDIR(os.lstat(child, dir_fd=inside).st_mode):
                    os.rename(child, secrets.token_hex(8), src_dir_fd=inside, dst_dir_fd=at)
                else:
                    os.unlink(child, dir_fd=inside)
                done += 1
            except OSError:
                continue
        os.rmdir(name, dir_fd=at)
        done += 1
    except OSError:
        pass
    finally:
        os.close(inside)
    return done

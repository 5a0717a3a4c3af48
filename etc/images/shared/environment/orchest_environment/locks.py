"""Locks in the store. Linux frees the lock of a container that ended, so none has to be repaired."""

import fcntl
import os
from contextlib import contextmanager

from orchest_environment import places


class Busy(Exception):
    """Another container has the lock."""


def _opened(name, how):
    places.locks().mkdir(parents=True, exist_ok=True)
    path = places.locks() / name
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, how)
            # The one who had the lock may have removed the file: then it locks nobody out.
            if os.path.exists(path) and os.fstat(file).st_ino == os.stat(path).st_ino:
                return file
        except BlockingIOError:
            os.close(file)
            raise Busy(name) from None
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(file)
            raise
        os.close(file)


@contextmanager
def held(name, wait=True, shared=False, on_wait=None):
    """Holds a lock. Without `wait`, raises Busy if another container has it; `on_wait` is called before a wait."""
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        file = _opened(name, how | fcntl.LOCK_NB)
    except Busy:
        if not wait:
            raise
        if on_wait:
            on_wait()
        file = _opened(name, how)
    try:
        yield
    finally:
        os.close(file)


def forget(name):
    """Removes the file of a lock that the caller holds."""
    (places.locks() / name).unlink(missing_ok=True)

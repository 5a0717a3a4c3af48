"""Takes a secret out of this process's environment."""

import ctypes
import os


def take(name):
    """The value of a variable, which is then in no environment: not in the one that processes started here inherit, and
    not in the one that this process began with.

    That one stays in memory as it was, and `/proc/self/environ` shows it to whoever may have this process read a file
    of its own user's. Removing the variable does not change it, so its bytes are overwritten.
    """
    value = os.environ.get(name)
    if value is None:
        return ""
    library = ctypes.CDLL(None)
    library.getenv.restype = ctypes.c_void_p
    at = library.getenv(name.encode())
    if at:
        ctypes.memset(at, ord("*"), len(os.fsencode(value)))
    del os.environ[name]
    return value

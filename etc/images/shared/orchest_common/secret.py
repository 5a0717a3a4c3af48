"""Takes a secret out of this process's environment."""

import ctypes
import os


def take(name):
    """Returns the value of a variable and removes it from both environments of this process: the one that child
    processes inherit, and the one that this process began with.

    The second one stays in memory, and `/proc/self/environ` shows it to a client that can make this process read files.
    Removing the variable does not change it, so its bytes are overwritten.
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

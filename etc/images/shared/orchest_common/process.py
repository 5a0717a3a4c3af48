"""Keeps other processes of the same user out of this one."""

import ctypes

PR_SET_DUMPABLE = 4


def close():
    """No other process can read this one's memory or environment, or trace it.

    The interpreter's mode (0111) has the same effect, unless the engine keeps files with other modes.
    """
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

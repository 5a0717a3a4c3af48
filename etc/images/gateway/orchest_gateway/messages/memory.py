"""Gives memory back to the system after large messages."""

import asyncio


class Returned:
    """Returns memory to the system, some seconds after the last large message.

    The C library does not do that by itself: it keeps memory that is freed between blocks in use.
    """

    AFTER, PAUSE = 8 * 1024 * 1024, 2
    passed, waiting = 0, False

    @classmethod
    def note(cls, size):
        cls.passed += size
        if cls.passed > cls.AFTER and not cls.waiting:
            cls.waiting = True
            asyncio.get_running_loop().call_later(cls.PAUSE, cls.give, cls.passed)

    @classmethod
    def give(cls, before):
        if cls.passed != before:
            asyncio.get_running_loop().call_later(cls.PAUSE, cls.give, cls.passed)
            return
        cls.passed, cls.waiting = 0, False
        # Imported only here: it would take some milliseconds of a start.
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)

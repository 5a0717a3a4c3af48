"""Work that would block the event loop."""

import asyncio


def in_thread(function, *args):
    return asyncio.get_running_loop().run_in_executor(None, function, *args)

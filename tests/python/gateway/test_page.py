import asyncio
from concurrent.futures import Future

import pytest
from enterprise_gateway.services.kernels import handlers
from tornado import web

from orchest_gateway.messages.page import Channels


class Kernel:
    """A kernel that answers when it is told to, and has been restarted once."""

    def __init__(self):
        self.restarted = asyncio.Event()
        self.restarted.set()
        self.asked = []


class Kernels(dict):
    def get_kernel(self, kernel_id):
        return self[kernel_id]


class Page(Channels):
    """A page's connection without its request."""

    kernel_id, session_key, leaving, kernel_info_channel, ws_connection = "k1", "k1:s", False, None, None

    def __init__(self, kernel):
        self.kernels = Kernels(k1=kernel)
        self._close_future = Future()
        self.ask_anew()

    @property
    def kernel_manager(self):
        return self.kernels


async def stock_pre_get(self):
    """What stock does there: takes the session, and waits until the kernel has answered."""
    self._open_sessions[self.session_key] = self
    self.kernels["k1"].asked.append(self)
    await asyncio.wrap_future(self._kernel_info_future)


@pytest.fixture
def kernel(monkeypatch):
    monkeypatch.setattr(handlers.ZMQChannelsHandler, "pre_get", stock_pre_get)
    monkeypatch.setattr(handlers.ZMQChannelsHandler, "_open_sessions", {})
    return Kernel()


async def until(condition):
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    pytest.fail("it does not come true")


def test_a_page_that_waits_for_a_kernels_answer_waits_for_the_next_kernel_after_each_restart(kernel):
    async def restarts():
        page = Page(kernel)
        opening = asyncio.ensure_future(page.pre_get())
        for count in (1, 2, 3):
            await until(lambda: len(kernel.asked) == count)  # noqa: B023
            kernel.restarted.clear()
            page.leave()
            for _ in range(20):
                await asyncio.sleep(0)
            assert (len(kernel.asked), opening.done()) == (count, False), "the next kernel is not there yet"
            kernel.restarted.set()
        await until(lambda: len(kernel.asked) == 4)
        page._kernel_info_future.set_result({})
        await opening
        assert not page.leaving, "its messages go to the kernel"

    asyncio.run(restarts())


def test_a_page_whose_place_was_taken_during_a_restart_does_not_open(kernel):
    async def replaced():
        page = Page(kernel)
        opening = asyncio.ensure_future(page.pre_get())
        await until(lambda: kernel.asked)
        page.leave()
        Page._open_sessions["k1:s"] = None
        with pytest.raises(web.HTTPError, match="409"):
            await opening

    asyncio.run(replaced())

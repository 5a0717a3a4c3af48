"""A page's connection to its kernel."""

import asyncio
from types import SimpleNamespace

import pytest

from orchest_server.connection.connection import Connection


@pytest.fixture
def page():
    """A connection without a gateway, and the requests to its page."""
    asked = []
    handler = SimpleNamespace(set_nodelay=lambda value: asked.append(value), close=lambda: asked.append("close"))

    async def settle():
        pass

    class Kernels(dict):
        pass

    kernels = Kernels()
    kernels.settle, kernels.gateway = settle, "g"
    fields = {"kernel_id": "k", "disconnected": False, "websocket_handler": handler, "asked": asked, "ws": None}
    connection = SimpleNamespace(**fields, multi_kernel_manager=kernels, replace_older=lambda: None)
    return connection


def test_short_messages_are_sent_at_once(page):
    asyncio.run(Connection.connect(page))
    assert page.asked[0] is True


def test_nothing_is_read_from_a_page_that_left(page):
    page.disconnected = True
    asyncio.run(Connection.connect(page))
    assert page.asked == []

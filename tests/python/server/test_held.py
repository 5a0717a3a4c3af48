"""Messages that a page sends while the gateway is away."""

import asyncio
import json

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from tornado.websocket import WebSocketClosedError

from fakes import Log
from orchest_common.websocket import V1
from orchest_server.connection.held import Held


class Stock:
    def _connection_done(self, fut):
        self.ws = fut


class Connection(Held, Stock):
    kernel_id = "k"

    def __init__(self, protocol=None):
        self.ws, self.held, self.held_size, self.protocol, self.log, self.said = None, [], 0, protocol, Log(), []

    def say(self, kind, content, parent=None, channel="iopub"):
        self.said.append((channel, kind, content, parent))


class Gateway:
    """The websocket to the gateway."""

    def __init__(self, slow=False, closed=False):
        self.got, self.closed = [], closed
        stream = type("Stream", (), {"writing": lambda _: slow})()
        self.protocol = type("Protocol", (), {"stream": stream})

    def write_message(self, message, binary):
        if self.closed:
            raise WebSocketClosedError
        self.got.append((message, binary))
        return self.taken() if self.protocol.stream.writing() else None

    async def taken(self):
        pass


def test_messages_of_a_page_are_kept_and_sent_in_order_once_the_gateway_is_back():
    page, gateway = Connection(), Gateway()
    for message in ("one", b"two"):
        page.handle_incoming_message(message)
    assert page.held == ["one", b"two"] and page.held_size == 6
    page._connection_done(gateway)
    assert gateway.got == [("one", False), (b"two", True)]
    assert (page.held, page.held_size) == ([], 0)


def test_a_message_that_fails_to_be_sent_is_kept():
    page = Connection()
    page.ws = Gateway(closed=True)
    page.handle_incoming_message("one")
    assert page.held == ["one"]


def test_a_page_waits_for_a_slow_gateway_and_an_untaken_message_is_kept():
    page = Connection()
    page.ws = Gateway(slow=True)

    async def run():
        async def fails():
            raise WebSocketClosedError

        await page.handle_incoming_message("one")
        await page.taken("two", fails())

    asyncio.run(run())
    assert page.ws.got == [("one", False)] and page.held == ["two"]


HEADER = {"msg_id": "1", "msg_type": "execute_request"}


def as_v1(channel, header):
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "buffers": []}
    return serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode())


@pytest.mark.parametrize(
    ("protocol", "message"), [(None, json.dumps({"channel": "shell", "header": HEADER})), (V1, as_v1("shell", HEADER))]
)
def test_a_message_beyond_the_limit_is_refused_in_its_cell(protocol, message):
    page = Connection(protocol)
    page.HELD_MAX = 10
    page.handle_incoming_message(message)
    assert page.held == []
    [(*_, error, parent), (channel, kind, reply, _), (_, _, status, _)] = page.said
    assert error["evalue"].startswith("The kernel's gateway is away, and too much is waiting") and parent == HEADER
    assert (channel, kind, reply["status"]) == ("shell", "execute_reply", "error")
    assert status == {"execution_state": "idle"}
    assert "a message was refused" in page.log


@pytest.mark.parametrize("message", ["nonsense", "[]", b"", json.dumps({"channel": "stdin", "header": HEADER})])
def test_a_message_without_a_reply_is_refused_without_an_answer(message):
    page = Connection()
    page.HELD_MAX = -1
    page.handle_incoming_message(message)
    assert (page.said, page.held) == ([], [])

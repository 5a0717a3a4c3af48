import asyncio

import zmq
from jupyter_client.session import DELIM
from tornado.ioloop import IOLoop

from orchest_gateway.messages.channel import Channel
from orchest_gateway.messages.packing import pack


def status(state):
    return [b"topic", DELIM, b"", pack({"msg_id": "1", "msg_type": "status"}), b"{}", b"{}", pack({"state": state})]


class Kernel:
    """A publishing socket, and channels that have subscribed to it."""

    def __init__(self, context):
        self.context = context
        self.socket = context.socket(zmq.XPUB)
        # Each subscription is reported, and one that does not come is an error.
        self.socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self.socket.rcvtimeo = 5000
        self.address = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"

    def subscribed(self, take):
        socket = self.context.socket(zmq.SUB)
        socket.connect(self.address)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        assert self.socket.recv() == b"\x01"
        channel = Channel(socket, IOLoop.current(), "k", "iopub")
        channel.on_recv(take)
        return channel

    def tell(self, state):
        self.socket.send_multipart(status(state))


async def until(true):
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


def test_no_status_is_lost_when_a_page_takes_over_from_the_watcher():
    context = zmq.Context()

    async def take_over():
        recorded, seen = [], []
        kernel = Kernel(context)
        watcher = kernel.subscribed(recorded.append)
        page = kernel.subscribed(seen.append)
        # On a busy machine, the watcher reads later than the page.
        watcher.stop_on_recv()
        kernel.tell("busy")
        kernel.tell("idle")
        await until(lambda: len(seen) == 2)
        watcher.on_recv(recorded.append)
        page.relieve(watcher)
        await until(lambda: recorded[-1:] == [status("idle")])
        await asyncio.sleep(0.1)
        assert recorded == [status("idle")], "the watcher has nothing to add"
        kernel.tell("busy")
        await until(lambda: recorded[-1] == status("busy"))

    try:
        asyncio.run(take_over())
    finally:
        context.destroy(linger=0)

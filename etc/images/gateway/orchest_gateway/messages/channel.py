"""The channels of one kernel: ZeroMQ sockets that the gateway opens.

Stock: a socket keeps a thousand messages and silently drops the next ones. The event loop takes one message in each
turn. A kernel sends all its output twice, because the record of its activity has a channel of its own.
Here: sockets have no limit; instead, the messages that wait for a page are limited (`waiting.py`). The event loop takes
several messages at a time. The record of activity uses the messages on a page's channel.
Written for pyzmq 24.0.1 and jupyter_client 6.1.12.
"""

import asyncio
import contextlib

import zmq
from jupyter_client.session import DELIM
from zmq.eventloop.zmqstream import ZMQStream

from orchest_gateway.messages.checking import told_and_dropped

# How many messages, and about how many bytes, are read from one kernel before other work has its turn.
BATCH, BATCH_BYTES = 100, 4 * 1024 * 1024
# How long a channel still records activity after the watcher has subscribed again (s); a subscription takes some
# milliseconds.
OVERLAP = 1


class Channel(ZMQStream):
    """One channel of a kernel."""

    def __init__(self, socket, loop, kernel_id, name):
        super().__init__(socket, loop)
        self.kernel_id, self.channel = kernel_id, name
        # Whether a message that the kernel published has arrived here.
        self.heard = False
        # The stream for which this channel records activity, and the channels that record for this one.
        self.watcher, self.deputies = None, set()
        # What each message is also given to, and the last status that was read before this channel records.
        self.note, self.status = self.keep_status if name == "iopub" else None, None

    def keep_status(self, parts):
        if b"status" in parts[parts.index(DELIM) + 2]:
            self.status = parts

    def relieve(self, watcher):
        """Records the kernel's activity from now on instead of `watcher`, which unsubscribes."""
        if watcher is None or watcher.closed() or self.watcher is watcher:
            return
        self.watcher, self.note = watcher, watcher._recv_callback
        watcher.deputies.add(self)
        watcher.socket.setsockopt(zmq.UNSUBSCRIBE, b"")
        # A socket that was asked whether there is a message holds one, which it would give after newer ones.
        with contextlib.suppress(zmq.Again):
            watcher.socket.recv_multipart(zmq.NOBLOCK)
        # The watcher loses what it has not read, and this channel may have read it already.
        if self.status is not None:
            self._run_callback(self.note, self.status)
            self.status = None

    def close(self, linger=None):
        """Closes the channel. The last one that records activity goes on until the watcher has subscribed again."""
        watcher, self.watcher = self.watcher, None
        if watcher is not None:
            watcher.deputies.discard(self)
            if not watcher.deputies and not watcher.closed():
                watcher.socket.setsockopt(zmq.SUBSCRIBE, b"")
                self.on_recv(lambda parts: None)
                asyncio.get_running_loop().call_later(OVERLAP, super().close)
                return
        super().close(linger)

    def _run_callback(self, callback, *args, **kwargs):
        try:
            callback(*args, **kwargs)
        except Exception as error:  # a kernel may send anything
            told_and_dropped(self, error)

    def _handle_recv(self):
        taken = 0
        for _ in range(BATCH):
            if taken > BATCH_BYTES or self._flushed or self.socket is None or self._recv_callback is None:
                return
            try:
                parts = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            taken += sum(map(len, parts))
            if self.note is not None:
                self._run_callback(self.note, parts)
            self._run_callback(self._recv_callback, parts)


class Connects:
    """The part of KernelManager that opens channels."""

    def _create_connected_socket(self, channel, identity=None):
        kind = zmq.SUB if channel == "iopub" else zmq.REQ if channel == "hb" else zmq.DEALER
        socket = self.context.socket(kind)
        socket.linger = 1000
        # A kernel that broke ZeroMQ's rules takes no message, and a send to it would wait forever.
        socket.sndtimeo = 0
        # Both limits count messages of any size, and silently drop what is beyond them.
        socket.rcvhwm = socket.sndhwm = 0
        if identity:
            socket.identity = identity
        socket.connect(self._make_url(channel))
        return socket

    def open_channel(self, name, identity):
        socket = self._create_connected_socket(name, identity=identity)
        if name == "iopub":
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        return Channel(socket, self.loop, self.kernel_id, name)

    def connect_iopub(self, identity=None):
        return self.open_channel("iopub", identity)

    def connect_shell(self, identity=None):
        return self.open_channel("shell", identity)

    def connect_stdin(self, identity=None):
        return self.open_channel("stdin", identity)

    def connect_control(self, identity=None):
        return self.open_channel("control", identity)

"""A page's connection to its kernel at a gateway that is not the launch's own.

Stock: a page whose gateway is away loses what it sends. After a few attempts the server stops connecting. A kernel that
is gone leaves its page waiting.
Here: the page waits as long as it takes, and is told why. One whose kernel is gone is told that it is dead.
Why: such a gateway is far, and others restart it. Older ones speak only the protocol without a name.
Written for jupyter_server 2.21.1 (`gateway/connections.py`) and Enterprise Gateway 2.6 to 3.3.
"""

import asyncio
import socket

from tornado import web
from tornado.escape import json_decode
from tornado.websocket import WebSocketClosedError
from traitlets import Unicode

from orchest_server.connection.connection import Connection
from orchest_server.elsewhere import missing, words
from orchest_server.launch import PLACE

# A gateway with its usual settings ends the connection at a longer message (bytes).
LONG = 10 * 1024 * 1024
# How long it may take to do so, once it has the message (s).
REFUSES = 10
# How long a cell waits before its page is told why (s).
SILENT = 3
# How long after an attempt to connect the next one begins (s).
PAUSE, PAUSE_MAX = 0.5, 5.0
# A connection that nobody answers on any more is noticed after this many seconds without a byte, and so many probes.
KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class Classic(Connection):
    """The connection between a page and its kernel elsewhere."""

    # No protocol with a name: a page that offers one connects again without it.
    kernel_ws_protocol = Unicode("", allow_none=True, config=True)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Why messages of the page are refused, if waiting cannot help.
        self.over = None
        # The last message that runs a cell, and a long one that the gateway may refuse.
        self.cell = self.long = None
        self.away_since = self.told = None

    async def connect(self):
        self.ws = None
        if self.disconnected:
            return
        if self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol"):
            # A browser gives up a connection without the protocol that its page offers. A way to the gateway that is
            # given up while it opens would take what is meant for the next one of this page.
            self.websocket_handler.close()
            return
        self.websocket_handler.set_nodelay(True)
        self.replace_older()
        self.give_up_long()
        kernels, pause = self.multi_kernel_manager, PAUSE
        while not self.disconnected:
            if self.kernel_id not in kernels:
                self.websocket_handler.close()
                return
            kernel = kernels.get_kernel(self.kernel_id)
            try:
                await kernel.refresh()
            except web.HTTPError as failure:
                self.wait_for(failure)
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSE_MAX)
                continue
            break
        if self.disconnected:
            return
        if kernel.gone:
            self.end(words.gone(PLACE))
            return
        await self.last_way_left()
        if not self.disconnected:
            self.open_way()

    async def until_closed(self):
        try:
            await self.ws_future
            self.over = self.away_since = self.told = None
            keep_alive(self.ws.protocol.stream.socket)
        except Exception as error:
            if not self.disconnected:
                self.wait_for(words.failure(PLACE, error, of_kernel=True))
        await self._read_messages()

    def wait_for(self, failure):
        """The gateway is away, or refuses this server. The next attempt may be different."""
        self.log.info("Kernel %s: %s", self.kernel_id, failure)
        now = asyncio.get_running_loop().time()
        self.away_since = self.away_since or now
        if getattr(failure, "lasting", False):
            self.refuse_all(str(failure))
            return
        self.over = None
        if self.held and not self.told and now - self.away_since >= SILENT:
            self.tell_waiting(f"{failure} This cell waits for it.\n")

    def tell_waiting(self, text):
        for message in self.held:
            header = header_of(message)
            if header:
                self.told = True
                self.say("stream", {"name": "stderr", "text": text}, header)
                return

    def refuse_all(self, text):
        self.over = text
        held, self.held, self.held_size = self.held, [], 0
        for message in held:
            self.refuse(message, text)
        return held

    def end(self, text):
        """Tells the page that its kernel is dead, and why: in the cells that wait, or else in the last one."""
        if not self.refuse_all(text) and self.cell is not None:
            self.refuse(self.cell, text)
        self.cell = None
        self.tell("dead")

    def handle_incoming_message(self, message):
        if isinstance(message, str) and '"execute_request"' in message:
            self.cell = message
        if len(message) <= LONG:
            return super().handle_incoming_message(message)
        self.long = message
        sent = super().handle_incoming_message(message)
        if sent is None:
            self.forget_soon(message)
        return sent

    def hold(self, message):
        if message is self.long:
            self.long = None
        if self.over:
            self.refuse(message, self.over)
        else:
            super().hold(message)

    async def taken(self, message, sent):
        try:
            await sent
        except WebSocketClosedError:
            # The next connection answers a long one: sent again, it would end that, too.
            if message is not self.long:
                self.hold(message)
            return
        if message is self.long:
            self.forget_soon(message)

    def forget_soon(self, message):
        def forget():
            if self.long is message:
                self.long = None

        asyncio.get_running_loop().call_later(REFUSES, forget)

    def give_up_long(self):
        message, self.long = self.long, None
        if message is not None:
            size = len(message) // (1024 * 1024)
            text = f"The gateway {PLACE.name} ended the connection at a message of {size} MiB from this page: it does "
            self.refuse(message, text + "not take such long ones. Send less at once, or let the kernel read a file.")

    async def to_page(self, frames):
        kernel = self.multi_kernel_manager._kernels.get(self.kernel_id)
        if PLACE.path is None and kernel is not None and not kernel.remarked:
            found = missing.after_error(frames)
            if found:
                kernel.remarked = True
                at, parent = found
                said = self.message_of("stream", {"name": "stderr", "text": missing.remark(PLACE)}, parent)
                frames = missing.inserted(frames, at, said)
        await super().to_page(frames)


def header_of(message):
    """The header of a message that runs a cell."""
    try:
        header = json_decode(message)["header"] if isinstance(message, str) else {}
        return header if header.get("msg_type") == "execute_request" else None
    except (ValueError, TypeError, KeyError, AttributeError):  # a page may send anything
        return None


def keep_alive(connected):
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

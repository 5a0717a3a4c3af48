"""A page's connection to its kernel, through the gateway.

Stock: only one protocol is supported. JupyterLab's first offer is refused, so it connects twice. Messages that a page
sends while the gateway is away are lost.
Here: the server and the gateway support each protocol that a page offers. Messages sent while the gateway is away are
kept until it is back (`held.py`).
Written for jupyter_server 2.21.1 (`gateway/connections.py`).
"""

import asyncio

from jupyter_server.gateway.connections import GatewayWebSocketConnection
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyter_server.utils import url_path_join
from tornado import httpclient, httputil
from tornado.escape import json_decode, json_encode, url_escape
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError
from traitlets import Unicode

from orchest_common.websocket import V1
from orchest_server.connection.held import Held
from orchest_server.connection.relay import Way


class Connection(Held, GatewayWebSocketConnection):
    """The connection between a page and its kernel, through the gateway."""

    # Any protocol that the page offers.
    kernel_ws_protocol = Unicode(None, allow_none=True, config=True)
    # The open connection, by kernel and session: two of one session would replace each other at the gateway. And ways
    # that are not over yet.
    OPEN, LEAVING = {}, {}
    # How long a page waits for the end of its last way (s).
    LEAVES = 3

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gateway = self.way = None
        self.held, self.held_size = [], 0

    @property
    def protocol(self):
        return self.websocket_handler.selected_subprotocol

    async def connect(self):
        self.ws = None
        if self.disconnected:
            return
        # A cell has several short messages. By default TCP holds the second back until the page confirms the first,
        # which browsers do after 40 ms.
        self.websocket_handler.set_nodelay(True)
        self.replace_older()
        kernels = self.multi_kernel_manager
        while not self.disconnected:
            try:
                await kernels.settle()
                break
            except Exception as error:  # the gateway is away, or still starts
                self.log.info("Kernel %s: its gateway does not answer: %s", self.kernel_id, error)
                await asyncio.sleep(0.3)
        if self.disconnected:
            return
        if self.kernel_id not in kernels:
            self.websocket_handler.close()
            return
        if self.gateway not in (None, kernels.gateway):
            self.tell("restarting")
            # JupyterLab connects again by itself, and two connections of one session would replace each other.
            for _ in range(20):
                await asyncio.sleep(0.1)
                if self.disconnected:
                    return
        self.gateway = kernels.gateway
        await self.last_way_left()
        if not self.disconnected:
            self.open_way()

    async def last_way_left(self):
        last = self.LEAVING.pop((self.kernel_id, self.session_id), None)
        if last is not None:
            await asyncio.wait([asyncio.ensure_future(last.ended.wait())], timeout=self.LEAVES)

    def open_way(self):
        gateway = GatewayClient.instance()
        url = url_path_join(gateway.ws_url or "", gateway.kernels_endpoint, url_escape(self.kernel_id), "channels")
        if self.session_id:
            url += f"?session_id={url_escape(self.session_id)}"
        request = httpclient.HTTPRequest(url, **gateway.load_connection_args())
        request.headers = httputil.HTTPHeaders(request.headers)
        request = httpclient._RequestProxy(request, httpclient.HTTPRequest._DEFAULTS)
        self.way = Way(request, self, [self.protocol] if self.protocol else None)
        self.ws_future = self.way.connect_future
        self.ws_future.add_done_callback(self._connection_done)
        asyncio.ensure_future(self.until_closed())

    async def until_closed(self):
        try:
            await self.ws_future
        except Exception as error:
            self.log.warning("Kernel %s: no way to it: %s", self.kernel_id, error)
        await self._read_messages()

    def replace_older(self):
        """Closes the page's last connection. A page that connects again has given it up, open or not."""
        key = (self.kernel_id, self.session_id)
        older = self.OPEN.get(key)
        self.OPEN[key] = self
        if older not in (None, self):
            self.log.info("Kernel %s: its page connected anew", self.kernel_id)
            if older.protocol == self.protocol:
                for message in older.held:
                    self.hold(message)
            older.held = []
            older.disconnect()
            older.websocket_handler.close()

    def disconnect(self):
        key = (self.kernel_id, self.session_id)
        if self.way is None or self.way.ended.is_set():
            super().disconnect()
        else:
            self.disconnected = True
            self.LEAVING[key] = self.way
            self.way.leave()
        if self.OPEN.get(key) is self:
            del self.OPEN[key]

    async def to_page(self, frames):
        page = self.websocket_handler.ws_connection
        if page is None or page.is_closing():
            return
        stream = page.stream
        try:
            written = stream.write(frames)
            if stream.writing():
                await written
        except StreamClosedError:
            pass

    def cut(self):
        """Cuts the page off, because the gateway ended in the middle of a message. The page connects again."""
        page = self.websocket_handler.ws_connection
        if page is not None:
            page._abort()

    def tell(self, state):
        self.say("status", {"execution_state": state})

    def message_of(self, kind, content, parent=None, channel="iopub"):
        message = self.session.msg(kind, content, parent=parent)
        if self.protocol == V1:
            return serialize_msg_to_ws_v1(message, channel, self.session.pack)
        return json_encode({**json_decode(self.session.pack(message)), "channel": channel, "buffers": []})

    def say(self, kind, content, parent=None, channel="iopub"):
        frame = self.message_of(kind, content, parent, channel)
        try:
            self.websocket_handler.write_message(frame, binary=isinstance(frame, bytes))
        except WebSocketClosedError:
            pass


def on_message(self, message):
    """Passes a message on. Tornado awaits the result before it reads the next message, so a page has to wait for a slow
    gateway."""
    if self.connection is not None:
        return self.connection.handle_incoming_message(message)


def patch():
    KernelWebsocketHandler.on_message = on_message

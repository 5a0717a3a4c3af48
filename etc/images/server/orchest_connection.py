"""A page's way to its kernel, by the gateway.

What it does otherwise than jupyter_server's `GatewayWebSocketConnection`, and why:

* page and gateway speak the same protocol, whichever the page offers, and frames are relayed as they are, binary ones
  too: stock, all is decoded as text, and JupyterLab connects twice, as its first offer is refused;
* what the gateway sends goes on as it comes, without waiting for the end of a long frame, and no faster than the page
  takes it: stock, messages of more than 10 MiB end the way, and what a slow page does not take is kept without end;
* what a page sends while the way is cut is kept until it is open again; what is too much is refused in the cell.
"""

import asyncio
import sys

from jupyter_server.gateway.connections import GatewayWebSocketConnection
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyter_server.utils import url_path_join
from tornado import httpclient, httputil
from tornado.escape import json_decode, json_encode, url_escape
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketProtocol13
from traitlets import Unicode

V1 = "v1.kernel.websocket.jupyter.org"
# The longest message of a page, bytes; as the gateway's.
MAX_MESSAGE = 512 * 1024 * 1024
# How much is read at a time, and how much of it before others have their turn, bytes.
CHUNK = 256 * 1024
# Frames up to this size are passed on whole, bytes.
WHOLE = 64 * 1024
CONTROL, FIN, MASK, RESERVED = 0x8, 0x80, 0x80, 0x70


class Frames:
    """Frames of a websocket (RFC 6455, section 5.2) as they come: those for the page, and those for this side.

    One that is long is passed on in fragments, so that others (pings) can come between them.
    """

    def __init__(self):
        self.held = b""
        # How much of a long frame is still to come, and whether a message ends with it.
        self.rest, self.last = 0, True

    @property
    def amid(self):
        """Whether a message has been passed on in part."""
        return self.rest > 0 or not self.last

    def feed(self, data):
        """What of this is for the page, and the opcodes and payloads of pings, pongs and closings."""
        if self.held:
            data = self.held + data
        passed, own, start = [], [], 0
        if self.rest:
            part = data[: self.rest]
            self.rest -= len(part)
            passed += [head(0, len(part), self.last and not self.rest), part]
            start = len(part)
        at = start
        while at < len(data):
            found = self.header(data, at)
            if found is None:
                break
            opcode, last, payload, end = found
            if end <= len(data):
                if opcode & CONTROL:
                    passed.append(data[start:at])
                    own.append((opcode, data[payload:end]))
                    start = end
                else:
                    self.last = last
                at = end
            elif opcode & CONTROL or end - at <= WHOLE or payload == len(data):
                break
            else:
                part = data[payload:]
                passed += [data[start:at], head(opcode, len(part), False), part]
                self.rest, self.last = end - len(data), last
                start = at = len(data)
        passed.append(data[start:at])
        self.held = data[at:]
        return b"".join(passed), own

    @staticmethod
    def header(data, at):
        """The opcode of the frame that begins here, whether it is a message's last, and where its payload begins and
        ends; nothing where its header has not come yet."""
        if len(data) < at + 2:
            return None
        first, length = data[at], data[at + 1]
        if first & RESERVED or length & MASK:
            raise ValueError("the gateway sent a frame that is none")
        payload = at + 2
        if length > 125:
            payload += 2 if length == 126 else 8
            if len(data) < payload:
                return None
            length = int.from_bytes(data[at + 2 : payload], "big")
        return first & 0xF, bool(first & FIN), payload, payload + length


def head(opcode, length, last):
    first = opcode | (FIN if last else 0)
    if length < 126:
        return bytes([first, length])
    if length < 1 << 16:
        return bytes([first, 126]) + length.to_bytes(2, "big")
    return bytes([first, 127]) + length.to_bytes(8, "big")


class Relay(WebSocketProtocol13):
    """The way's end here: passes on what comes."""

    async def _receive_frame_loop(self):
        frames, work = Frames(), 0
        try:
            self.stream.read_chunk_size = CHUNK
            while not self.client_terminated:
                data = await self.stream.read_bytes(CHUNK, partial=True)
                passed, own = frames.feed(data)
                if passed:
                    await self.handler.to_page(passed)
                for opcode, payload in own:
                    self._handle_message(opcode, payload)
                work += len(data)
                if work >= CHUNK:
                    work = 0
                    await asyncio.sleep(0)
        except StreamClosedError:
            self._abort()
        except Exception:
            self.handler.log_exception(*sys.exc_info())
            self._abort()
        finally:
            if frames.amid:
                self.handler.cut()
            self.handler.on_ws_connection_close(self.close_code, self.close_reason)


class Way(WebSocketClientConnection):
    """The server's own websocket to the gateway."""

    def __init__(self, request, connection, subprotocols):
        self.to_page, self.cut = connection.to_page, connection.cut
        super().__init__(request, subprotocols=subprotocols)

    def get_websocket_protocol(self):
        return Relay(self, mask_outgoing=True, params=self.params)


class Connection(GatewayWebSocketConnection):
    """A page's way to its kernel, by the gateway."""

    # Any that the page offers.
    kernel_ws_protocol = Unicode(None, allow_none=True, config=True)
    # By kernel and session, the one that is open: two of one session would take each other's place at the gateway.
    OPEN = {}
    # More than this is not kept, bytes.
    HELD_MAX = 64 * 1024 * 1024

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gateway = None
        self.held, self.held_size = [], 0

    @property
    def protocol(self):
        return self.websocket_handler.selected_subprotocol

    async def connect(self):
        self.ws = None
        if self.disconnected:
            return
        self.replace_older()
        kernels = self.multi_kernel_manager
        while not self.disconnected:
            try:
                await kernels.settle()
                break
            except Exception as error:  # the gateway is away, or is just coming
                self.log.info("Kernel %s: its gateway does not answer: %s", self.kernel_id, error)
                await asyncio.sleep(0.3)
        if self.disconnected:
            return
        if self.kernel_id not in kernels:
            self.websocket_handler.close()
            return
        if self.gateway not in (None, kernels.gateway):
            self.tell("restarting")
            # JupyterLab connects anew by itself; two ways under one name would take each other's place.
            for _ in range(20):
                await asyncio.sleep(0.1)
                if self.disconnected:
                    return
        self.gateway = kernels.gateway
        self.open_way()

    def open_way(self):
        gateway = GatewayClient.instance()
        url = url_path_join(gateway.ws_url or "", gateway.kernels_endpoint, url_escape(self.kernel_id), "channels")
        if self.session_id:
            url += f"?session_id={url_escape(self.session_id)}"
        request = httpclient.HTTPRequest(url, **gateway.load_connection_args())
        request.headers = httputil.HTTPHeaders(request.headers)
        request = httpclient._RequestProxy(request, httpclient.HTTPRequest._DEFAULTS)
        self.ws_future = Way(request, self, [self.protocol] if self.protocol else None).connect_future
        self.ws_future.add_done_callback(self._connection_done)
        asyncio.ensure_future(self.until_closed())

    async def until_closed(self):
        try:
            await self.ws_future
        except Exception as error:
            self.log.warning("Kernel %s: no way to it: %s", self.kernel_id, error)
        await self._read_messages()

    def replace_older(self):
        """A page that connects anew has given its last way up, also where that has not been seen to close yet."""
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
        super().disconnect()
        key = (self.kernel_id, self.session_id)
        if self.OPEN.get(key) is self:
            del self.OPEN[key]

    # From the gateway to the page.

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
        """The gateway ended in the middle of a message: nothing can follow half of one. A page connects anew."""
        page = self.websocket_handler.ws_connection
        if page is not None:
            page._abort()

    def tell(self, state):
        self.say("status", {"execution_state": state})

    def say(self, kind, content, parent=None, channel="iopub"):
        message = self.session.msg(kind, content, parent=parent)
        if self.protocol == V1:
            frame = serialize_msg_to_ws_v1(message, channel, self.session.pack)
        else:
            frame = json_encode({**json_decode(self.session.pack(message)), "channel": channel, "buffers": []})
        try:
            self.websocket_handler.write_message(frame, binary=isinstance(frame, bytes))
        except WebSocketClosedError:
            pass

    # From the page to the gateway.

    def _connection_done(self, fut):
        super()._connection_done(fut)
        if self.ws is not None:
            held, self.held, self.held_size = self.held, [], 0
            for message in held:
                self.handle_incoming_message(message)

    def handle_incoming_message(self, message):
        """Stock, what comes between the loss of the way and the next try to open it is dropped."""
        try:
            if self.ws is None:
                raise WebSocketClosedError
            sent = self.ws.write_message(message, binary=isinstance(message, bytes))
            return self.taken(message, sent) if self.ws.protocol.stream.writing() else None
        except WebSocketClosedError:
            self.hold(message)

    async def taken(self, message, sent):
        try:
            await sent
        except WebSocketClosedError:
            self.hold(message)

    def hold(self, message):
        if self.held_size + len(message) > self.HELD_MAX:
            self.refuse(message, "The kernel's gateway is away, and too much is waiting for it. Run this again later.")
            return
        self.held.append(message)
        self.held_size += len(message)

    def refuse(self, message, text):
        """Answers a message in the place of the kernel, so that its cell ends and says why."""
        self.log.error("Kernel %s: a message was refused: %s", self.kernel_id, text)
        try:
            if self.protocol == V1:
                channel, parts = deserialize_msg_from_ws_v1(message)
                header = json_decode(parts[0])
            else:
                whole = deserialize_binary_message(message) if isinstance(message, bytes) else json_decode(message)
                channel, header = whole["channel"], whole["header"]
            kind = header["msg_type"]
        except Exception:  # whatever a page may send
            return
        error = {"ename": "NotSent", "evalue": text, "traceback": [text]}
        if channel == "shell" and kind.endswith("_request"):
            self.say("error", error, header)
            self.say(kind.replace("_request", "_reply"), {"status": "error", "execution_count": 0, **error}, header, "shell")
            self.say("status", {"execution_state": "idle"}, header)


def on_message(self, message):
    """What this gives is waited for before the next is read: a page sends no faster than the gateway takes it."""
    if self.connection is not None:
        return self.connection.handle_incoming_message(message)


KernelWebsocketHandler.on_message = on_message

"""The server's own websocket to the gateway.

Stock: messages are decoded as text. One of more than 10 MiB ends the connection, and messages for a slow page are kept
without a limit.
Here: frames are passed on as they come, without waiting for the end of a long one, and no faster than the page reads
them.
Written for tornado 6.6.1 (`websocket.py`) and jupyter_server 2.21.1 (`gateway/connections.py`).
"""

import asyncio
import sys

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketProtocol13

from orchest_server.connection.frames import Frames

# How many bytes are read at a time, and before other work has its turn.
CHUNK = 256 * 1024


class Relay(WebSocketProtocol13):
    """The server's end of the websocket: passes on what comes from the gateway."""

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
        # Set once the gateway knows that it is over, or it was never there.
        self.ended = asyncio.Event()
        super().__init__(request, subprotocols=subprotocols)
        self.connect_future.add_done_callback(self.tried)

    def tried(self, connected):
        if connected.cancelled() or connected.exception() is not None:
            self.ended.set()

    def on_ws_connection_close(self, *args):
        self.ended.set()
        super().on_ws_connection_close(*args)

    def leave(self):
        """Ends it, also while it still opens: a gateway that is not told would take it for the page's."""
        if self.connect_future.done():
            self.close()
        else:
            self.connect_future.add_done_callback(lambda _: self.ended.is_set() or self.close())

    def get_websocket_protocol(self):
        return Relay(self, mask_outgoing=True, params=self.params)

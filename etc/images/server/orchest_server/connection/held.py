"""Messages that a page sends while the gateway is away.

Stock: messages between the loss of the connection and the next try to open it are dropped.
Here: they are kept until the connection is open again. A message beyond the limit is refused in its cell.
Written for jupyter_server 2.21.1 (`gateway/connections.py`).
"""

from jupyter_server.services.kernels.connection.base import deserialize_binary_message, deserialize_msg_from_ws_v1
from tornado.escape import json_decode
from tornado.websocket import WebSocketClosedError

from orchest_common.websocket import V1


class Held:
    """The part of Connection that passes on what the page sends."""

    # How many bytes are kept at most.
    HELD_MAX = 64 * 1024 * 1024

    def _connection_done(self, fut):
        super()._connection_done(fut)
        if self.ws is not None:
            held, self.held, self.held_size = self.held, [], 0
            for message in held:
                self.handle_incoming_message(message)

    def handle_incoming_message(self, message):
        """Passes a message on to the gateway, or keeps it while the gateway is away."""
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
        except Exception:  # a page may send anything
            return
        error = {"ename": "NotSent", "evalue": text, "traceback": [text]}
        if channel == "shell" and kind.endswith("_request"):
            self.say("error", error, header)
            self.say(
                kind.replace("_request", "_reply"), {"status": "error", "execution_count": 0, **error}, header, "shell"
            )
            self.say("status", {"execution_state": "idle"}, header)

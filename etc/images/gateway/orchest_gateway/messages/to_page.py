"""From a kernel to a page.

Stock: each message is parsed, checked and written again, and messages for a slow page are kept without a limit.
Here: the bytes of a message are passed on. If too much output is waiting for a page, more is left out, and the cell
says so.
Written for jupyter_server 1.24.0 (`services/kernels/handlers.py`).
"""

import hmac
import json

from jupyter_client.session import DELIM
from tornado.iostream import StreamClosedError

from orchest_common.websocket import MAX_MESSAGE, V1
from orchest_gateway.messages.checking import KEPT, check, told_and_dropped
from orchest_gateway.messages.frames import binary_json, framed
from orchest_gateway.messages.memory import Returned
from orchest_gateway.messages.packing import pack
from orchest_gateway.messages.waiting import MAX_WAITING, LeftOut, too_much


class ToPage:
    """The part of Channels that handles what the kernel sends."""

    def _on_zmq_reply(self, channel, parts):
        if self.ws_connection is None or self.ws_connection.is_closing() or channel.closed():
            return
        try:
            parts, kind = self.checked(parts, channel.channel)
            if parts:
                self.pass_on(channel.channel, parts, kind)
        except StreamClosedError:
            pass
        except Exception as error:  # a kernel may send anything
            told_and_dropped(channel, error)

    def checked(self, parts, channel):
        """The parts of a message after its signature, and its type. The parts are None if the message is left out."""
        start = parts.index(DELIM)
        signature, message = parts[start + 1], parts[start + 2 :]
        if len(message) < 4:
            raise ValueError(f"it has {len(message)} parts, and not four")
        if self.session.auth is not None and not hmac.compare_digest(signature, self.session.sign(message[:4])):
            raise ValueError("its signature is wrong")
        for place in range(4):
            if not message[place].isascii():
                message[place] = message[place].decode("utf-8", "replace").encode()
        kind = check(message)
        size = sum(map(len, message))
        Returned.note(size)
        left_out = size > MAX_MESSAGE
        if left_out:
            text = f"A message of {size / 1024**2:.0f} MiB was left out: no page can take more than 512 MiB."
            self.say(message[1], text)
            if channel != "iopub":
                # The page waits for an answer.
                error = {"status": "error", "ename": "TooLarge", "evalue": text, "traceback": [text]}
                header = pack(self.session.msg_header(kind))
                self.pass_on(channel, [header, message[1], b"{}", pack(error)], kind)
        elif self.waiting() > MAX_WAITING and too_much(self.waiting(), channel, kind, size):
            self.left_out.add(parts)
            left_out = True
        return (None if left_out else message), kind

    def waiting(self):
        """How many bytes wait for the page."""
        return len(self.ws_connection.stream._write_buffer or b"")

    def pass_on(self, channel, message, kind):
        if self.left_out.count and (kind in KEPT or self.waiting() < MAX_WAITING // 2):
            left_out, self.left_out = self.left_out, LeftOut()
            self.say(left_out.parent, str(left_out))
        if self.selected_subprotocol == V1:
            self.to_page(framed(channel, message), True)
            return
        header, parent, metadata, content, *buffers = message
        told = json.loads(header)
        whole = b'{"header": %b, "msg_id": %b, "msg_type": %b, "parent_header": %b, "metadata": %b, "content": %b, ' % (
            header,
            pack(told["msg_id"]),
            pack(told["msg_type"]),
            parent,
            metadata,
            content,
        ) + b'"buffers": [], "channel": %b}' % pack(channel)
        self.to_page(binary_json([whole, *buffers]) if buffers else whole, bool(buffers))

    def to_page(self, frame, binary):
        # `write_message` would make a task for each frame, and no caller would wait for it.
        self.ws_connection._write_frame(True, 2 if binary else 1, frame)

    def say(self, parent, text):
        """Shows a text in the cell whose request has this header."""
        self.log.warning("Kernel %s: %s", self.kernel_id, text)
        header = self.session.msg_header("stream")
        content = {"name": "stderr", "text": text + "\n"}
        self.pass_on("iopub", [pack(header), parent, b"{}", pack(content)], "stream")

    def _send_status_message(self, status):
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        iopub = self.channels.get("iopub")
        if iopub and not iopub.closed():
            # The kernel's last messages come first.
            iopub.flush()
        header = self.session.msg_header("status")
        self.pass_on("iopub", [pack(header), b"{}", b"{}", pack({"execution_state": status})], "status")

"""The messages between kernels and pages: websockets on one side, ZeroMQ on the other.

What it does otherwise than Enterprise Gateway's (which is jupyter_server 1.24's `ZMQChannelsHandler`), and why:

* whatever a kernel or a page sends, one message that cannot be read is told and dropped, and the channel goes on:
  stock, an exception in a callback leaves a ZeroMQ stream unwatched, and what comes later waits for ever;
* a message is passed on as the bytes that it is, in either protocol: stock, it is parsed and written anew;
* no queue of ZeroMQ's has an end: stock, a kernel's messages beyond the thousandth that waits are lost without a word;
* what waits for a page that does not take it, or has left, has an end instead, and the cell says what was left out;
* several messages of a kernel are taken at a time, not one for each turn of the event loop.
"""

import asyncio
import hmac
import json

import jupyter_client.session
import zmq
from enterprise_gateway.services.kernels import handlers
from jupyter_client.jsonutil import date_default
from jupyter_client.session import DELIM
from tornado import web
from tornado.iostream import StreamClosedError
from traitlets.log import get_logger
from zmq.eventloop.zmqstream import ZMQStream

V1 = "v1.kernel.websocket.jupyter.org"
CHANNELS = ("shell", "iopub", "stdin", "control")
# The longest message, bytes. No browser makes a text of one that is longer.
MAX_MESSAGE = 512 * 1024 * 1024
# Of the web application. The rate of output is not limited, as it is in Enterprise Gateway; what waits is.
SETTINGS = {"websocket_max_message_size": MAX_MESSAGE, "limit_rate": False}
# How much may wait for one page, bytes; what a kernel prints beyond that is left out.
MAX_WAITING = 256 * 1024 * 1024
# How many messages, and about how many bytes, are taken from a kernel before others have their turn.
BATCH, BATCH_BYTES = 100, 4 * 1024 * 1024
# How long one that listened goes on when another begins (s): a subscription takes some milliseconds to arrive.
OVERLAP = 1
# Up to here, a part is parsed to see whether it can be read: a kernel would answer anything else with silence. Of a
# longer one only the ends are looked at, as parsing it takes longer than all else.
PARSED = 16 * 1024
# What is never left out: a page that misses it waits for ever.
KEPT = ("status", "execute_input", "comm_open", "comm_close", "error", "clear_output")


def pack(value):
    """JSON in ASCII: half of a surrogate pair, which UTF-8 cannot hold, comes through as it is."""
    return json.dumps(value, default=date_default).encode()


def unpack(part):
    """JSON of a kernel: half of a surrogate pair is a replacement character."""
    return json.loads(bytes(part).decode("utf-8", "replace"))


def prepare(config):
    """How messages are read and written everywhere in here."""
    # Dates pass through as the text they are; turned into objects, they would only be turned back.
    jupyter_client.session.extract_dates = lambda message: message
    config.Session.packer, config.Session.unpacker = "orchest_channels.pack", "orchest_channels.unpack"
    # Signatures are not collected: who can send a kernel's message again can as well listen to the kernel.
    config.Session.digest_history_size = 0
    places = handlers.default_handlers
    places[:] = [(path, Channels if kind is handlers.ZMQChannelsHandler else kind) for path, kind in places]


class Channel(ZMQStream):
    """One channel of a kernel."""

    def __init__(self, socket, loop, kernel_id, name):
        super().__init__(socket, loop)
        self.kernel_id, self.channel = kernel_id, name
        # Whether it is known that what the kernel publishes arrives.
        self.heard = False
        # What it takes notes for, the notes, and who takes them in its place.
        self.watcher, self.note, self.deputies = None, None, set()

    def relieve(self, watcher):
        """Takes the notes of the kernel's activity from now on, from what it hears anyway.

        Stock, the kernel sends all that it publishes once more, for these notes alone.
        """
        if watcher is None or watcher.closed() or self.watcher is watcher:
            return
        self.watcher, self.note = watcher, watcher._recv_callback
        watcher.deputies.add(self)
        watcher.socket.setsockopt(zmq.UNSUBSCRIBE, b"")

    def close(self, linger=None):
        """The last one that takes notes hears on until the watcher surely does."""
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
        except Exception as error:  # whatever a kernel may send
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


class Returned:
    """Gives the system back what large messages took, some seconds after the last of them.

    Stock, the C library keeps it: what is freed between blocks in use is not returned by itself.
    """

    AFTER, PAUSE = 8 * 1024 * 1024, 2
    passed, waiting = 0, False

    @classmethod
    def note(cls, size):
        cls.passed += size
        if cls.passed > cls.AFTER and not cls.waiting:
            cls.waiting = True
            asyncio.get_running_loop().call_later(cls.PAUSE, cls.give, cls.passed)

    @classmethod
    def give(cls, before):
        if cls.passed != before:
            asyncio.get_running_loop().call_later(cls.PAUSE, cls.give, cls.passed)
            return
        cls.passed, cls.waiting = 0, False
        # Not before it is wanted: it takes some milliseconds of a start.
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def told_and_dropped(channel, error):
    get_logger().error("Kernel %s, %s: a message was dropped: %s", channel.kernel_id, channel.channel, reason(error))


def reason(error):
    text = str(error) or "it cannot be read"
    return f"{type(error).__name__}: {text if len(text) < 300 else text[:300] + '…'}"


class Connects:
    """A kernel manager's part: opens channels."""

    def _create_connected_socket(self, channel, identity=None):
        kind = zmq.SUB if channel == "iopub" else zmq.REQ if channel == "hb" else zmq.DEALER
        socket = self.context.socket(kind)
        socket.linger = 1000
        # Both only count messages, of whatever size, and drop what is beyond them without a word.
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


class Buffers:
    """The kernels' part: keeps what kernels say while no page listens, up to a size."""

    def start_buffering(self, kernel_id, session_key, channels):
        if not channels:
            return
        super().start_buffering(kernel_id, session_key, channels)
        kept = self._kernel_buffers[kernel_id]
        kept["left out"] = LeftOut()
        size = 0

        def keep(channel, parts):
            nonlocal size
            size += sum(map(len, parts))
            if size > MAX_WAITING and channel.channel == "iopub" and kind_of(parts) not in KEPT:
                kept["left out"].add(parts)
            else:
                kept["buffer"].append((channel.channel, parts))

        for channel in channels.values():
            channel.on_recv_stream(keep)


class LeftOut:
    """What was not passed on, to be told in the cell that it belongs to."""

    def __init__(self):
        self.count, self.bytes, self.parent = 0, 0, b"{}"

    def add(self, parts):
        self.count += 1
        self.bytes += sum(map(len, parts))
        self.parent = parts[parts.index(DELIM) + 3]

    def __str__(self):
        size = MAX_WAITING // 1024 ** 2
        return (
            f"{self.count} messages of output ({self.bytes / 1024 ** 2:.0f} MiB) were left out: more than {size} MiB "
            "waited for this page. Everything was computed; write large results to a file."
        )


def kind_of(parts):
    """The type of a kernel's message."""
    return unpack(parts[parts.index(DELIM) + 2]).get("msg_type")


class Channels(handlers.ZMQChannelsHandler):
    """A page's websocket to the channels of one kernel."""

    def initialize(self):
        super().initialize()
        self.left_out = LeftOut()
        # Whether what comes is no longer for the kernel that it is tied to.
        self.leaving = False
        # The protocol of what still comes then: a connection that is closed does not tell it.
        self.spoken = None

    # Its way to being open.

    async def _register_session(self):
        """Closes the connection that this one replaces, if it is open yet.

        A page connects, leaves and connects again within milliseconds. Stock, the second connection waits
        for the first to be closed, which never happens while the first is itself waiting for the kernel.
        """
        self.session_key = f"{self.kernel_id}:{self.session.session}"
        stale = self._open_sessions.get(self.session_key)
        self._open_sessions[self.session_key] = self
        if stale is not None and stale.ws_connection is not None:
            self.log.info("Kernel %s: a connection is replaced", self.kernel_id)
            await stale.close()

    async def pre_get(self):
        """The one that was replaced while it waited does not open: two under one name would share the answers.

        A page connects again as soon as it hears that its kernel died. Stock, it is then tied to the ports of the dead
        one, and waits a minute for nothing.
        """
        kernel = self.kernel_manager.get_kernel(self.kernel_id) if self.kernel_id in self.kernel_manager else None
        if kernel and kernel.restarted:
            await kernel.restarted.wait()
        await super().pre_get()
        if self._open_sessions.get(self.session_key) is not self:
            raise web.HTTPError(409, "Another connection took the place of this one.")

    def open(self, kernel_id):
        """A page that comes back to a kernel that was restarted is told when it is idle: what it hears of that by
        itself answers questions of its own, which it leaves out of account."""
        kept = self.kernel_manager._kernel_buffers.get(kernel_id)
        if kept and kept["session_key"] == self.session_key:
            self.left_out = kept["left out"]
        connected = super().open(kernel_id)
        kernel = self.kernel_manager.get_kernel(kernel_id) if kernel_id in self.kernel_manager else None

        async def tell():
            for _ in range(50):
                await asyncio.sleep(0.1)
                if kernel.execution_state == "idle":
                    break
            else:
                # It has something to do, and the page hears when that is done.
                return
            if self.ws_connection is not None:
                self._send_status_message("idle")

        if connected is not None and kernel and kernel.restarted:
            connected.add_done_callback(lambda _: asyncio.ensure_future(tell()))
        return connected

    def nudge(self):
        """Stock, a page that comes back loses the first message that a kernel published while it was away."""
        iopub = self.channels["iopub"]
        if iopub.heard:
            connected = asyncio.get_running_loop().create_future()
            connected.set_result(None)
        else:
            connected = super().nudge()
            connected.add_done_callback(lambda _: self.hears(iopub))
        connected.add_done_callback(lambda _: self.deliver_kept())
        return connected

    def hears(self, iopub):
        iopub.heard = True
        if self.kernel_id in self.kernel_manager and not iopub.closed():
            iopub.relieve(self.kernel_manager.get_kernel(self.kernel_id)._activity_stream)

    # From the kernel to the page.

    def _on_zmq_reply(self, channel, parts):
        if self.ws_connection is None or self.ws_connection.is_closing() or channel.closed():
            return
        try:
            parts, kind = self.checked(parts, channel.channel)
            if parts:
                self.pass_on(channel.channel, parts, kind)
        except StreamClosedError:
            pass
        except Exception as error:  # whatever a kernel may send
            told_and_dropped(channel, error)

    def checked(self, parts, channel):
        """The parts of a message without what ZeroMQ has before them, and its type; no parts where it is left out."""
        start = parts.index(DELIM)
        signature, message = parts[start + 1], parts[start + 2:]
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
            text = f"A message of {size / 1024 ** 2:.0f} MiB was left out: no page can take more than 512 MiB."
            self.say(message[1], text)
            if channel != "iopub":
                # Whoever asked waits for an answer.
                error = {"status": "error", "ename": "TooLarge", "evalue": text, "traceback": [text]}
                header = pack(self.session.msg_header(kind))
                self.pass_on(channel, [header, message[1], b"{}", pack(error)], kind)
        elif channel == "iopub" and kind not in KEPT and self.waiting() > MAX_WAITING:
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
            header, pack(told["msg_id"]), pack(told["msg_type"]), parent, metadata, content
        ) + b'"buffers": [], "channel": %b}' % pack(channel)
        self.to_page(binary_json([whole, *buffers]) if buffers else whole, bool(buffers))

    def to_page(self, frame, binary):
        # `write_message` makes a task for each, to be waited for by nobody.
        self.ws_connection._write_frame(True, 2 if binary else 1, frame)

    def say(self, parent, text):
        """Says it in the cell of this parent's."""
        self.log.warning("Kernel %s: %s", self.kernel_id, text)
        header = self.session.msg_header("stream")
        content = {"name": "stderr", "text": text + "\n"}
        self.pass_on("iopub", [pack(header), parent, b"{}", pack(content)], "stream")

    def _send_status_message(self, status):
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        iopub = self.channels.get("iopub")
        if iopub and not iopub.closed():
            # What the kernel said last comes before it.
            iopub.flush()
        header = self.session.msg_header("status")
        self.pass_on("iopub", [pack(header), b"{}", b"{}", pack({"execution_state": status})], "status")

    # From the page to the kernel.

    def leave(self):
        """The kernel is about to be another one: the page connects anew, and what it sends until then is kept for that."""
        self.leaving = True
        if self.ws_connection is not None:
            self.spoken = self.selected_subprotocol
        self.close()

    def on_close(self):
        if self.leaving:
            # They lead to the old kernel, and must not be what the page finds that connects anew.
            for channel in self.channels.values():
                channel.close()
            self.channels = {}
        super().on_close()

    def on_message(self, frame):
        try:
            spoken = self.spoken if self.leaving else self.selected_subprotocol
            name, parts = unframed(frame) if spoken == V1 else of_json(frame)
            if name not in CHANNELS:
                raise ValueError(f"there is no channel {name!r}")
            check(parts)
            if self.leaving or not self.channels:
                self.keep(name, parts)
            else:
                self.deliver_kept()
                self.session.send_raw(self.channels[name], parts)
        except Exception as error:  # whatever a page may send
            self.log.error("Kernel %s, from a page: a message was dropped: %s", self.kernel_id, reason(error))

    def keep(self, name, parts):
        if self.kernel_id in self.kernel_manager:
            self.kernel_manager.get_kernel(self.kernel_id).kept.add(self.session_key, name, parts)

    def deliver_kept(self):
        """Sends what this page sent while its kernel was on its way."""
        if self.leaving or not self.channels or self.kernel_id not in self.kernel_manager:
            return
        for name, parts in self.kernel_manager.get_kernel(self.kernel_id).kept.take(self.session_key):
            self.session.send_raw(self.channels[name], parts)


class Kept:
    """What pages sent to a kernel that was on its way, by session."""

    def __init__(self):
        self.size, self.messages = 0, {}

    def add(self, session, name, parts):
        size = sum(map(len, parts))
        if self.size + size > MAX_WAITING:
            raise ValueError(f"the kernel restarts, and more than {MAX_WAITING // 1024 ** 2} MiB wait for it")
        self.size += size
        self.messages.setdefault(session, []).append((name, parts))

    def take(self, session):
        messages = self.messages.pop(session, ())
        self.size -= sum(sum(map(len, parts)) for _, parts in messages)
        return messages


def check(parts):
    """The type of a message; fails where a part of it is no JSON object."""
    for part in parts[1:4]:
        if len(part) > PARSED:
            if part[:1] != b"{" or part[-1:] != b"}":
                raise ValueError("a part of it is no JSON object")
        elif not isinstance(json.loads(part), dict):
            raise ValueError("a part of it is no JSON object")
    header = json.loads(parts[0])
    if not isinstance(header, dict) or not isinstance(header.get("msg_type"), str) or "msg_id" not in header:
        raise ValueError("its header has no type or no id")
    return header["msg_type"]


def of_json(frame):
    """The channel and parts of a message in the protocol without a name."""
    message, buffers = deserialize_binary(frame) if isinstance(frame, bytes) else (json.loads(frame), [])
    if not isinstance(message, dict):
        raise ValueError("it is no JSON object")
    parts = [pack(message.get(name) or {}) for name in ("header", "parent_header", "metadata", "content")]
    return message.get("channel") or "shell", parts + buffers


def deserialize_binary(frame):
    count = int.from_bytes(frame[:4], "big")
    offsets = [int.from_bytes(frame[4 * n:4 * n + 4], "big") for n in range(1, min(count, len(frame) // 4) + 1)]
    message, *buffers = cut(frame, [*offsets, len(frame)], count + 1, 4 * (count + 1))
    return json.loads(message), buffers


def binary_json(parts):
    """A binary frame of the protocol without a name: how many parts it has, where each begins, then the parts."""
    offset = 4 * (len(parts) + 1)
    numbers = [len(parts)]
    for part in parts:
        numbers.append(offset)
        offset += len(part)
    return b"".join([*(number.to_bytes(4, "big") for number in numbers), *parts])


def framed(channel, parts):
    """A frame of `v1.kernel.websocket.jupyter.org`: how many offsets it has, the offsets, then the parts."""
    parts = [channel.encode(), *parts]
    offset = 8 * (len(parts) + 2)
    offsets = [len(parts) + 1, offset]
    for part in parts:
        offset += len(part)
        offsets.append(offset)
    return b"".join([*(number.to_bytes(8, "little") for number in offsets), *parts])


def unframed(frame):
    """The channel and parts in such a frame."""
    if not isinstance(frame, bytes):
        raise ValueError("it is text, and all is binary")
    count = int.from_bytes(frame[:8], "little")
    offsets = [int.from_bytes(frame[8 * n:8 * n + 8], "little") for n in range(1, min(count, len(frame) // 8) + 1)]
    channel, *parts = cut(frame, offsets, count, 8 * (count + 1))
    if len(parts) < 4:
        raise ValueError(f"it has {len(parts)} parts, and not four")
    return channel.decode(), parts


def cut(frame, offsets, count, start):
    """The parts of a frame between these offsets, which are checked first."""
    ends = [start, *offsets, len(frame)]
    if len(offsets) != count or any(one > next for one, next in zip(ends, ends[1:])):
        raise ValueError(f"its offsets do not fit a frame of {len(frame)} bytes")
    return [frame[one:next] for one, next in zip(offsets, offsets[1:])]

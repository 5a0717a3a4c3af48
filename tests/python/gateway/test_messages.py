import datetime
import json

import pytest
from jupyter_client.session import DELIM

from fakes import Log
from orchest_gateway.messages import checking, waiting
from orchest_gateway.messages.checking import PARSED, check, kind_of, reason
from orchest_gateway.messages.packing import pack, unpack
from orchest_gateway.messages.waiting import MAX_WAITING, SHORT, Buffers, Kept, LeftOut, too_much

HEADER = b'{"msg_id": "1", "msg_type": "stream"}'


def of_kernel(kind, content=b"{}", parent=b"{}"):
    return [b"topic", DELIM, b"signature", pack({"msg_id": "1", "msg_type": kind}), parent, b"{}", content]


def test_half_a_surrogate_pair_is_passed_on():
    assert unpack(pack({"text": "\ud83d"})) == {"text": "\ud83d"}


def test_invalid_utf8_is_read_as_replacement_characters():
    assert unpack(b'{"text": "\xff"}') == {"text": "\ufffd"}


def test_a_date_is_written_as_text():
    assert pack({"date": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)}) == b'{"date": "2026-01-02T00:00:00Z"}'


def test_a_message_of_four_objects_is_accepted():
    assert check([HEADER, b"{}", b"{}", b'{"text": ""}']) == "stream"


@pytest.mark.parametrize("part", [b"", b"[]", b"1", b"null", b'"{}"', b"{", b"nonsense", b"\xff"])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_part_must_be_an_object(part, place):
    parts = [HEADER, b"{}", b"{}", b"{}"]
    parts[place] = part
    with pytest.raises(ValueError):
        check(parts)


@pytest.mark.parametrize(
    "header", [b"[]", b"{}", b'{"msg_id": "1"}', b'{"msg_type": "a"}', b'{"msg_id": "1", "msg_type": 1}']
)
def test_a_header_without_type_or_id_is_refused(header):
    with pytest.raises(ValueError, match="its header has no type or no id"):
        check([header, b"{}", b"{}", b"{}"])


def test_only_the_ends_of_a_long_part_are_checked():
    assert check([HEADER, b"{}", b"{}", b"{" + b"x" * PARSED + b"}"]) == "stream"
    with pytest.raises(ValueError, match="no JSON object"):
        check([HEADER, b"{}", b"{}", b"[" + b"x" * PARSED + b"]"])


def test_buffers_may_be_anything():
    assert check([HEADER, b"{}", b"{}", b"{}", b"\x00", b""]) == "stream"


def test_the_type_of_a_kernels_message_is_in_its_header():
    assert kind_of(of_kernel("status")) == "status"
    assert kind_of([b"topic", DELIM, b"", b"{}"]) is None


def test_a_reason_is_short_and_never_empty():
    assert reason(ValueError()) == "ValueError: it cannot be read"
    assert reason(ValueError("x" * 299)).endswith("x" * 299)
    assert reason(ValueError("x" * 300)) == "ValueError: " + "x" * 300 + "…"


def test_a_dropped_message_is_logged_with_its_kernel_and_channel(monkeypatch):
    class Channel:
        kernel_id, channel = "k1", "iopub"

    log = Log()
    monkeypatch.setattr(checking, "get_logger", lambda: log)
    checking.told_and_dropped(Channel, ValueError("its signature is wrong"))
    assert log.lines == ["ERROR: Kernel k1, iopub: a message was dropped: ValueError: its signature is wrong"]


def test_dropped_messages_are_counted_for_their_cell():
    left_out = LeftOut()
    for size in (3, 5):
        left_out.add(of_kernel("stream", b" " * size * 1024**2, b'{"msg_id": "cell"}'))
    assert (left_out.count, left_out.parent) == (2, b'{"msg_id": "cell"}')
    assert str(left_out).startswith("2 messages of output (8 MiB) were left out: more than 256 MiB waited")


def test_messages_to_a_restarting_kernel_are_given_once_and_to_their_page():
    kept = Kept()
    kept.add("one", "shell", [b"a", b"bc"])
    kept.add("other", "shell", [b"d"])
    kept.add("one", "control", [b"e"])
    assert kept.size == 5
    assert kept.take("one") == [("shell", [b"a", b"bc"]), ("control", [b"e"])]
    assert (list(kept.take("one")), kept.size) == ([], 1)


def test_too_many_messages_to_a_restarting_kernel_are_refused(monkeypatch):
    monkeypatch.setattr(waiting, "MAX_WAITING", 1024**2)
    kept = Kept()
    kept.add("one", "shell", [bytes(1024**2)])
    with pytest.raises(ValueError, match="the kernel restarts, and more than 1 MiB wait for it"):
        kept.add("other", "shell", [b"x"])
    kept.take("one")
    kept.add("other", "shell", [b"x"])


class Stock:
    def __init__(self):
        self._kernel_buffers = {}

    def start_buffering(self, kernel_id, session_key, channels):
        self._kernel_buffers[kernel_id] = {"buffer": [], "channels": channels, "session_key": session_key}


class Kernels(Buffers, Stock):
    pass


class Channel:
    def __init__(self, name):
        self.channel = name

    def on_recv_stream(self, callback):
        self.say = lambda parts: callback(self, parts)


def test_output_beyond_a_size_is_dropped_without_a_page_and_a_status_never(monkeypatch):
    monkeypatch.setattr(waiting, "MAX_WAITING", 1000)
    kernels, iopub, shell = Kernels(), Channel("iopub"), Channel("shell")
    kernels.start_buffering("k", "k:s", {"iopub": iopub, "shell": shell})
    for _ in range(3):
        iopub.say(of_kernel("stream", json.dumps({"text": "x" * 600}).encode()))
    iopub.say(of_kernel("status"))
    shell.say(of_kernel("execute_reply"))
    kept = kernels._kernel_buffers["k"]
    assert [(channel, kind_of(parts)) for channel, parts in kept["buffer"]] == [
        ("iopub", "stream"),
        ("iopub", "status"),
        ("shell", "execute_reply"),
    ]
    assert kept["left out"].count == 2


@pytest.mark.parametrize(
    ("waits", "channel", "kind", "size", "left_out"),
    [
        (MAX_WAITING, "iopub", "stream", 2 * SHORT, False),
        (MAX_WAITING + 1, "iopub", "stream", 1, True),
        (MAX_WAITING + 1, "iopub", "status", SHORT, False),
        (MAX_WAITING + 1, "shell", "execute_reply", SHORT, False),
        (MAX_WAITING + 1, "iopub", "status", SHORT + 1, True),
        (MAX_WAITING + 1, "shell", "execute_reply", SHORT + 1, True),
        (2 * MAX_WAITING + 1, "iopub", "status", 1, True),
    ],
)
def test_beyond_the_limit_only_short_and_needed_messages_are_passed_on(waits, channel, kind, size, left_out):
    assert too_much(waits, channel, kind, size) == left_out


def test_a_page_without_channels_leaves_nothing_to_keep():
    kernels = Kernels()
    kernels.start_buffering("k", "k:s", {})
    assert kernels._kernel_buffers == {}

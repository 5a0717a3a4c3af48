"""Frames from the gateway, in whatever pieces they come (RFC 6455, section 5.2)."""

import pytest

from orchest_server.connection.frames import WHOLE, Frames, head

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload, last=True):
    return head(opcode, len(payload), last) + payload


def messages(data):
    """The messages in whole frames of data and their continuations."""
    found, at = [], 0
    while at < len(data):
        opcode, last, payload, end = Frames.header(data, at)
        assert end <= len(data), "a frame is cut"
        if opcode == CONTINUED:
            kind, text, open = found.pop()
            assert open, "a message that had ended goes on"
            found.append((kind, text + data[payload:end], not last))
        else:
            assert not found or not found[-1][2], "a message begins in another"
            found.append((opcode, data[payload:end], not last))
        at = end
    return [(kind, text) for kind, text, _ in found]


def fed(stream, size):
    frames, passed, own = Frames(), b"", []
    for at in range(0, len(stream), size):
        there, here = frames.feed(stream[at : at + size])
        passed, own = passed + there, own + here
    assert not frames.amid and frames.held == b""
    return messages(passed), own


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 1 << 32])
@pytest.mark.parametrize("last", [True, False])
def test_a_head_is_read_again_as_it_was_written(length, last):
    written = head(BINARY, length, last)
    assert Frames.header(written, 0) == (BINARY, last, len(written), len(written) + length)


def test_a_head_is_as_short_as_can_be():
    assert [len(head(TEXT, length, True)) for length in (125, 126, 65535, 65536)] == [2, 4, 4, 10]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000, 100_000])
def test_messages_and_pings_are_read_from_pieces_of_any_size(size):
    long = bytes(range(256)) * (2 * WHOLE // 256)
    stream = (
        frame(TEXT, b"one")
        + frame(PING, b"p")
        + frame(BINARY, b"")
        + frame(BINARY, b"x" * 300)
        + frame(BINARY, long)
        + frame(CLOSE, b"\x03\xe8")
    )
    wanted = [(TEXT, b"one"), (BINARY, b""), (BINARY, b"x" * 300), (BINARY, long)]
    assert fed(stream, size) == (wanted, [(PING, b"p"), (CLOSE, b"\x03\xe8")])


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_ping_may_come_between_the_fragments_of_a_message(size):
    stream = frame(TEXT, b"ab", False) + frame(PING, b"") + frame(CONTINUED, b"cd", False) + frame(CONTINUED, b"")
    assert fed(stream, size) == ([(TEXT, b"abcd")], [(PING, b"")])


def test_a_short_frame_is_passed_on_whole_and_a_long_one_as_it_comes():
    frames = Frames()
    short, long = frame(TEXT, b"x" * 100), frame(BINARY, b"y" * 3 * WHOLE)
    assert frames.feed(short[:50]) == (b"", [])
    assert frames.feed(short[50:]) == (short, [])
    passed, _ = frames.feed(long[: 2 * WHOLE])
    assert len(passed) > WHOLE and frames.amid
    rest, _ = frames.feed(long[2 * WHOLE :])
    assert messages(passed + rest) == [(BINARY, b"y" * 3 * WHOLE)] and not frames.amid


def test_half_a_message_is_recognised():
    frames = Frames()
    frames.feed(frame(TEXT, b"ab", False))
    assert frames.amid


@pytest.mark.parametrize("first", [0x40 | TEXT, 0x20 | TEXT, 0x10 | TEXT])
def test_reserved_bits_are_refused(first):
    with pytest.raises(ValueError, match="a frame that is none"):
        Frames().feed(bytes([0x80 | first, 0]))


def test_a_masked_frame_is_refused():
    with pytest.raises(ValueError, match="a frame that is none"):
        Frames().feed(bytes([0x80 | TEXT, 0x80 | 1, 0, 0, 0, 0, 0]))

"""The page gets the same messages, and this side the same pings and closings, in whatever pieces the frames come."""

import sys

import atheris

with atheris.instrument_imports(include=["orchest_server"]):
    from orchest_server.connection import frames as connection

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def decoded(data):
    """The messages in whole frames of data and their continuations: RFC 6455, section 5.2."""
    messages, at = [], 0
    while at < len(data):
        opcode, last, payload, end = connection.Frames.header(data, at)
        assert end <= len(data), "a frame is cut"
        if opcode == 0:
            kind, text = messages.pop()
            assert text[1] is False, "a message that had ended goes on"
            messages.append((kind, (text[0] + data[payload:end], last)))
        else:
            assert not messages or messages[-1][1][1], "a message begins in another"
            messages.append((opcode, (data[payload:end], last)))
        at = end
    assert not messages or messages[-1][1][1], "a message does not end"
    return [(kind, text[0]) for kind, text in messages]


def pieces(provider, data):
    at = 0
    while at < len(data):
        # At the end of the input, it would give the smallest value each time.
        size = provider.ConsumeIntInRange(1, 200_000) if provider.remaining_bytes() else len(data)
        yield data[at : at + size]
        at += size


def whole(provider):
    """Correct frames, in pieces of any size."""
    wanted, own, stream = [], [], b""
    for _ in range(provider.ConsumeIntInRange(0, 8)):
        opcode = provider.PickValueInList([TEXT, BINARY, PING, PONG, CLOSE])
        most = 125 if opcode & connection.CONTROL else 200_000
        payload = bytes([provider.ConsumeIntInRange(0, 255)]) * provider.ConsumeIntInRange(0, most)
        stream += connection.head(opcode, len(payload), True) + payload
        (own if opcode & connection.CONTROL else wanted).append((opcode, payload))
    frames, passed, heard = connection.Frames(), b"", []
    for piece in pieces(provider, stream):
        there, here = frames.feed(piece)
        passed, heard = passed + there, heard + here
    assert decoded(passed) == wanted and heard == own and not frames.amid


def nonsense(data):
    frames = connection.Frames()
    try:
        for at in range(0, len(data), 7):
            frames.feed(data[at : at + 7])
    except ValueError:
        pass


def both(data):
    whole(atheris.FuzzedDataProvider(data))
    nonsense(data)


atheris.Setup(sys.argv, both)
atheris.Fuzz()

"""The gateway reads or refuses each frame of a page or a kernel, quickly. A frame that it writes can be read again."""

import pathlib
import sys

import atheris

from orchest_gateway import unused

unused.leave_out()
with atheris.instrument_imports(include=["orchest_gateway"]):
    from orchest_gateway.messages import checking
    from orchest_gateway.messages import frames as framing


def read(reader, frame):
    """The channel and parts, or nothing if the frame is refused."""
    try:
        name, parts = reader(frame)
        checking.check(parts)
    except Exception:  # the gateway's own rule: the message is logged and dropped
        return None
    return name, parts


def frames(data):
    seen = read(framing.unframed, data)
    if seen:
        name, parts = seen
        assert framing.unframed(framing.framed(name, parts)) == (name, parts)
    for frame in (data, data.decode("utf-8", "surrogateescape")):
        seen = read(framing.of_json, frame)
        if seen:
            assert all(isinstance(part, bytes) for part in seen[1])
            whole = framing.binary_json([b"{}", *seen[1]])
            assert framing.deserialize_binary(whole) == ({}, seen[1])


def kernel(data):
    parts = data.split(b"|")
    try:
        checking.kind_of(parts)
        checking.check(parts[parts.index(checking.DELIM) + 2 :])
    except Exception:  # as above
        pass


def both(data):
    frames(data)
    kernel(data)


# Random input would not find these: one message in each format.
HEADER = b'{"msg_id": "1", "msg_type": "comm_msg"}'
PARTS = [HEADER, b"{}", b"{}", b'{"data": {}}', b"a buffer"]
JSON = b'{"channel": "shell", "header": %b, "parent_header": {}, "metadata": {}, "content": {}}' % HEADER
SEEDS = {
    "v1": framing.framed("shell", PARTS),
    "text": JSON,
    "binary": framing.binary_json([JSON, b"a buffer"]),
    "kernel": b"|".join([b"topic", checking.DELIM, b"signature", *PARTS]),
}

corpus = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
for name, seed in SEEDS.items() if corpus else ():
    pathlib.Path(corpus, name).write_bytes(seed)

atheris.Setup(sys.argv, both)
atheris.Fuzz()

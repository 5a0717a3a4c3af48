"""The frames of messages between pages and this gateway, in both protocols.

Stock: a message is parsed and written anew.
Here: a message is passed on as the bytes that it is.
Protocols: https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
"""

import json
from itertools import pairwise

from orchest_gateway.messages.packing import pack


def of_json(frame):
    """The channel and parts of a message in the older protocol, which has no name."""
    message, buffers = deserialize_binary(frame) if isinstance(frame, bytes) else (json.loads(frame), [])
    if not isinstance(message, dict):
        raise ValueError("it is no JSON object")
    parts = [pack(message.get(name) or {}) for name in ("header", "parent_header", "metadata", "content")]
    return message.get("channel") or "shell", parts + buffers


def deserialize_binary(frame):
    count = int.from_bytes(frame[:4], "big")
    offsets = [int.from_bytes(frame[4 * n : 4 * n + 4], "big") for n in range(1, min(count, len(frame) // 4) + 1)]
    message, *buffers = cut(frame, [*offsets, len(frame)], count + 1, 4 * (count + 1))
    return json.loads(message), buffers


def binary_json(parts):
    """A binary frame of the older protocol: the number of parts, where each begins, then the parts."""
    offset = 4 * (len(parts) + 1)
    numbers = [len(parts)]
    for part in parts:
        numbers.append(offset)
        offset += len(part)
    return b"".join([*(number.to_bytes(4, "big") for number in numbers), *parts])


def framed(channel, parts):
    """A frame of `v1.kernel.websocket.jupyter.org`: the number of offsets, the offsets, then the parts."""
    parts = [channel.encode(), *parts]
    offset = 8 * (len(parts) + 2)
    offsets = [len(parts) + 1, offset]
    for part in parts:
        offset += len(part)
        offsets.append(offset)
    return b"".join([*(number.to_bytes(8, "little") for number in offsets), *parts])


def unframed(frame):
    """The channel and parts in a frame of `v1.kernel.websocket.jupyter.org`."""
    if not isinstance(frame, bytes):
        raise ValueError("it is text, and all is binary")
    count = int.from_bytes(frame[:8], "little")
    offsets = [int.from_bytes(frame[8 * n : 8 * n + 8], "little") for n in range(1, min(count, len(frame) // 8) + 1)]
    channel, *parts = cut(frame, offsets, count, 8 * (count + 1))
    if len(parts) < 4:
        raise ValueError(f"it has {len(parts)} parts, and not four")
    return channel.decode(), parts


def cut(frame, offsets, count, start):
    """The parts of a frame between these offsets. Raises ValueError if the offsets do not fit the frame."""
    ends = [start, *offsets, len(frame)]
    if len(offsets) != count or any(one > next for one, next in pairwise(ends)):
        raise ValueError(f"its offsets do not fit a frame of {len(frame)} bytes")
    return [frame[one:next] for one, next in pairwise(offsets)]

"""Whether a message can be read.

Stock: an exception in a callback leaves a ZeroMQ stream unwatched, and what comes later waits for ever.
Here: one message that cannot be read, of a kernel or a page, is logged and dropped, and the channel goes on.
"""

import json

from jupyter_client.session import DELIM
from traitlets.log import get_logger

from orchest_gateway.messages.packing import unpack

# A part of up to this many bytes is parsed, to see whether it can be read: a kernel does not answer what it cannot
# read. Of a longer part only the two ends are checked, because parsing it takes longer than everything else.
PARSED = 16 * 1024
# Messages that are never left out: a page that misses one waits for ever.
KEPT = ("status", "execute_input", "comm_open", "comm_close", "error", "clear_output")


def kind_of(parts):
    """The type of a kernel's message."""
    return unpack(parts[parts.index(DELIM) + 2]).get("msg_type")


def check(parts):
    """The type of a message. Raises ValueError if a part of it is no JSON object."""
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


def told_and_dropped(channel, error):
    get_logger().error("Kernel %s, %s: a message was dropped: %s", channel.kernel_id, channel.channel, reason(error))


def reason(error):
    text = str(error) or "it cannot be read"
    return f"{type(error).__name__}: {text if len(text) < 300 else text[:300] + '…'}"

"""Finds the first error about a missing file among the messages of a kernel.

A kernel elsewhere does not see the folder of its notebook, unless the storage is shared. The first error that may come
from that gets a remark.
"""

from tornado.escape import json_decode

from orchest_server.connection.frames import Frames, head

TEXT = 1
# Only the message's own type has such quotes: those in a cell's text have a backslash before them.
ERRORS = (b'"msg_type": "error"', b'"msg_type":"error"')
# Of Python, of R (base and readr), and what most other languages have from the system.
MISSING = (
    "FileNotFoundError",
    "No such file or directory",
    "cannot open the connection",
    "cannot open file",
    "does not exist in current working directory",
)


def after_error(frames):
    """The first error about a missing file in whole frames: where its frame ends, and the header of its cell."""
    # One search, for most of what passes.
    if b'"error"' not in frames or not any(mark in frames for mark in ERRORS):
        return None
    at = 0
    while (found := Frames.header(frames, at)) is not None:
        opcode, last, payload, at = found
        text = frames[payload:at]
        # The error of a cell is short. A long message comes in parts, and is none of these.
        if opcode == TEXT and last and any(mark in text for mark in ERRORS):
            parent = parent_if_missing(text)
            if parent:
                return at, parent
    return None


def parent_if_missing(text):
    """The header of the cell, if the message is an error about a missing file."""
    try:
        message = json_decode(text)
        said = f"{message['content']['ename']}: {message['content']['evalue']}"
        is_error = message["msg_type"] == "error" and any(words in said for words in MISSING)
        return message["parent_header"] if is_error and message["parent_header"].get("msg_id") else None
    except (ValueError, TypeError, KeyError, AttributeError):  # a kernel may send anything
        return None


def inserted(frames, at, text):
    """The frames with one more, for a page."""
    data = text.encode()
    return b"".join([frames[:at], head(TEXT, len(data), True), data, frames[at:]])


def remark(place):
    return (
        f"\nThis kernel runs at {place.name}, and does not see the folder of this notebook. If that storage is shared, "
        "give the place the path that the folder has there. Otherwise let the kernel fetch the file, from an address "
        "that it reaches.\n"
    )

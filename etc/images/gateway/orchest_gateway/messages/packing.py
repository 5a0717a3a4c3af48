"""How messages are written as JSON and read, everywhere in this gateway.

Stock: JSON is written as UTF-8, which cannot hold half of a surrogate pair, and text like dates becomes objects.
Here: JSON is written in ASCII, and dates stay the text that they are. They would only be turned back.
Written for jupyter_client 6.1.12 (`session.py`).
"""

import json

from jupyter_client.jsonutil import date_default


def pack(value):
    """JSON in ASCII. Half of a surrogate pair, which UTF-8 cannot hold, comes through unchanged."""
    return json.dumps(value, default=date_default).encode()


def unpack(part):
    """Reads JSON of a kernel. Bytes that are not UTF-8 become replacement characters."""
    return json.loads(bytes(part).decode("utf-8", "replace"))

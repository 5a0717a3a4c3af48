"""How far a download is. uv names only the large files that it has; the container's network has nothing but them."""

import re

LINES = re.compile(r"^(?:eth|en|net|tap|ens)\w*:\s*(\d+)", re.M)
# What TLS and headers add, about.
EXTRA = 1.03


def received(path="/proc/net/dev"):
    """The bytes that this container has received."""
    try:
        with open(path, encoding="ascii") as file:
            text = "\n".join(line.strip() for line in file)
    except OSError:
        return 0
    return sum(int(found) for found in LINES.findall(text))


def so_far(began, total):
    return max(0, min(total, int((received() - began) / EXTRA)))

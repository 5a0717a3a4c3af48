"""Takes secrets out of each text that is printed."""

import os
import re

# The user and the password of an address.
LOGIN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@'\"`]+@")
# The token of a conda channel, in its address.
TOKEN = re.compile(r"(://[^\s'\"`]*?/t/)[^/\s'\"`]+")
# Variables whose whole value is a secret.
SECRET = re.compile(r"(PASSWORD|TOKEN|SECRET|_KEY)$")


def secrets(environ=None):
    """The values that no text may have: passwords in variables of their own."""
    environ = os.environ if environ is None else environ
    return {value for name, value in environ.items() if SECRET.search(name) and len(value) > 3}


def hidden(text, values=None):
    for value in sorted(secrets() if values is None else values, key=len, reverse=True):
        text = text.replace(value, "…")
    return TOKEN.sub(r"\1…", LOGIN.sub(r"\1…@", text))

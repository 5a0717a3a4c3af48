"""The gateway that the kernels of this launch run at, if it is not the launch's own."""

import base64
import json
import os
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

VARIABLE = "JUPYTER_GATEWAY"


@dataclass(frozen=True)
class Place:
    """Where the gateway is, and what it is asked with. The token, the headers and the key are in no text of this."""

    url: str
    name: str
    # All headers of a request, with the one that has the token.
    headers: dict = field(repr=False)
    # Whether the person has given the place a token.
    has_token: bool = False
    ca: str | None = field(default=None, repr=False)
    cert: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    # Whom kernels are started for.
    user: str | None = None
    # Where the folder of this launch is on the machines of the kernels, if they see it.
    path: str | None = None

    @property
    def ws_url(self):
        # Jupyter's own rule for this address writes the path in lower case.
        return "ws" + self.url.removeprefix("http")

    @property
    def host(self):
        return urlsplit(self.url).hostname

    def folder_of(self, below):
        """Where a folder of this launch is on the machines of the kernels."""
        return os.path.normpath(os.path.join(self.path, below))


def read(text):
    """The place that the variable has, or None if it is empty. Ends the server if it cannot be understood."""
    if not text:
        return None
    try:
        return of(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # The text itself stays out of the log, as it has the token.
        sys.exit(f"error: {VARIABLE} is not as expected: {type(error).__name__} at {where(error)}")


def where(error):
    return error.args[0] if isinstance(error, KeyError) else "its JSON" if isinstance(error, ValueError) else "a value"


def of(given):
    address = urlsplit(given["url"])
    if address.scheme not in ("http", "https") or not address.hostname:
        raise KeyError("url")
    headers = {str(name): str(value) for name, value in (given.get("headers") or {}).items()}
    token = given.get("token")
    if token:
        headers["Authorization"] = f"{given.get('scheme') or 'token'} {token}"
    elif address.username is not None and "authorization" not in map(str.lower, headers):
        # Jupyter logs the address, so a login in it becomes a header.
        login = f"{unquote(address.username)}:{unquote(address.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    plain = urlunsplit((address.scheme, address.netloc.rpartition("@")[2], address.path.rstrip("/"), "", ""))
    wanted = {name: given.get(name) or None for name in ("ca", "cert", "key", "user", "path")}
    return Place(plain, given.get("name") or address.hostname, headers, "Authorization" in headers, **wanted)

"""Requests to the container engine about kernels' containers. They block, so callers use a thread.

Stock: Enterprise Gateway uses the `docker` package.
Here: the standard library's client of HTTP is enough, and is quick to import. Requests of the event loop itself are in
`engine_async.py`.
Written for Enterprise Gateway 3.3.0 (`processproxies/docker_swarm.py`).
"""

import http.client
import json
import socket
import sys
from urllib.parse import quote

from orchest_gateway.launch import SOCKET

LINES = 30
# The exit code of a gateway that may not use the engine's socket (`EX_NOPERM`, sysexits(3)): the app has a remedy.
FORBIDDEN = 77


class Engine(http.client.HTTPConnection):
    """One request to the container engine, over its socket."""

    def __init__(self):
        super().__init__("engine", timeout=10)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)

    @classmethod
    def ask(cls, method, path):
        engine = cls()
        try:
            engine.request(method, path)
            response = engine.getresponse()
            body = response.read()
        finally:
            engine.close()
        if response.status >= 400 and response.status not in (404, 409):
            raise OSError(body.decode(errors="replace"))
        return response.status, body


def reach():
    """Ends this program if the engine's socket cannot be used: it would start no kernel. A slow engine is no reason."""
    try:
        Engine.ask("GET", "/_ping")
    except TimeoutError:
        pass
    except (OSError, http.client.HTTPException) as error:
        print(f"error: the engine does not answer at `{SOCKET}`: {error}", file=sys.stderr)
        sys.exit(FORBIDDEN if isinstance(error, PermissionError) else 1)


def containers(kernel_id):
    """The kernel's containers, newest first. A kernel that was just restarted can have two."""
    filters = quote(json.dumps({"label": [f"kernel_id={kernel_id}"]}))
    _, body = Engine.ask("GET", f"/containers/json?all=1&filters={filters}")
    return sorted(json.loads(body), key=lambda found: found["Created"], reverse=True)


def remove(container):
    Engine.ask("DELETE", f"/containers/{container}?force=1&v=1")


def last_lines(container):
    _, body = Engine.ask("GET", f"/containers/{container}/logs?stdout=1&stderr=1&tail={LINES}")
    # Launchers print a kernel's whole environment; the values of the kernelspec's `env` must not be shown.
    _, described = Engine.ask("GET", f"/containers/{container}/json")
    return hidden(text_of(body), json.loads(described).get("Config") or {})


def text_of(body):
    """The text of a log. Each frame has a header of 8 bytes, with the length of its text in the last 4."""
    text = b""
    while len(body) > 8:
        end = 8 + int.from_bytes(body[4:8], "big")
        text, body = text + body[8:end], body[end:]
    return text.decode(errors="replace").strip()


def hidden(text, config):
    """The text without the values of the variables that the container's label `org.orchest.hidden` names."""
    env = dict(entry.partition("=")[::2] for entry in config.get("Env") or [])
    names = ((config.get("Labels") or {}).get("org.orchest.hidden") or "").split()
    for name in sorted(names, key=lambda name: len(env.get(name, "")), reverse=True):
        if value := env.get(name):
            text = text.replace(f"{name}={value}", f"{name}=…")
            if len(value) > 3:
                text = text.replace(value, "…")
    return text

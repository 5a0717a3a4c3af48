"""Requests to the container engine in the event loop, with answers that can be streams.

Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

import asyncio
import json

from orchest_gateway.launch import SOCKET

# How long the engine may take for one answer (s).
PATIENCE = 10


async def request(method, path, body=None, upgrade=False):
    """Sends a request to the engine. Returns the status, and streams that are at the beginning of the answer's body."""
    data = b"" if body is None else json.dumps(body).encode()
    reader, writer = await asyncio.open_unix_connection(SOCKET)
    # In HTTP/1.0, the end of the connection is the end of the answer.
    lines = [f"{method} {path} HTTP/{'1.1' if upgrade else '1.0'}", "Host: engine", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(data)}", *(["Connection: Upgrade", "Upgrade: tcp"] if upgrade else [])]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        return int(head.split(None, 2)[1]), reader, writer
    except BaseException:
        writer.close()
        raise


async def ask(method, path, body=None):
    """Sends a request to the engine. Returns the status and the decoded body."""
    status, reader, writer = await request(method, path, body)
    try:
        text = (await asyncio.wait_for(reader.read(-1), PATIENCE)).decode(errors="replace")
    finally:
        writer.close()
    try:
        return status, json.loads(text or "null")
    except ValueError:
        return status, {"message": text}

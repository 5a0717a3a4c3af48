"""Follows the engine's reports about the start and end of kernels' containers.

Stock: the gateway checks every 3 s whether a kernel lives.
Here: it follows the engine's events, and learns of an end within milliseconds.
Why: the event also has the exit code, and shows whether memory ran out. A container that removes itself leaves no other
trace.
Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemEvents
"""

import asyncio
import json
import time
from urllib.parse import quote

from orchest_gateway.kernels.ends import KILLED, End


async def follow_lives(socket, labels, tell, log):
    """Reports each start and end of a container with these labels, as long as the gateway runs.

    Calls `tell(kernel id, container, None)` for a start and `tell(kernel id, container, End)` for an end.
    """
    filters = {"type": ["container"], "event": ["start", "die", "oom"], **({"label": labels} if labels else {})}
    filters = quote(json.dumps(filters))
    since, wanting = "", set()
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(socket, limit=1 << 20)
            try:
                # In HTTP/1.0 the answer is not in chunks: each line is one event in JSON.
                writer.write(f"GET /events?filters={filters}{since} HTTP/1.0\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                if b" 200 " not in head.split(b"\r\n", 1)[0]:
                    raise OSError(head.decode(errors="replace").splitlines()[0])
                while line := await reader.readline():
                    hear(json.loads(line), wanting, tell)
            finally:
                writer.close()
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError) as error:
            log.warning("The engine's events cannot be read: %s", error)
        # The engine then also reports what happened while the connection was away.
        since = f"&since={int(time.time()) - 1}"
        await asyncio.sleep(1)


def hear(event, wanting, tell):
    """Handles one event. `wanting` has the containers whose memory ran out, as far as the engine has reported it."""
    container, about = event["Actor"]["ID"], event["Actor"]["Attributes"]
    # Podman 4 finds nothing by a label's name alone, so the filter does not ask for this one.
    if "kernel_id" not in about:
        return
    if event["Action"] == "oom":
        # The system may have ended another process than the kernel, which then lives on and ends for another reason.
        wanting.add(container)
        return
    if event["Action"] == "start":
        tell(about.get("kernel_id"), container, None)
        return
    code = int(about.get("exitCode", -1))
    asyncio.get_running_loop().call_later(
        # The engine may report that memory ran out a moment after it reports the end.
        0.3 if code == KILLED and container not in wanting else 0,
        lambda: tell(about.get("kernel_id"), container, End(code, code == KILLED and container in wanting)),
    )

"""How kernels end: heard from the engine as it happens, told with the cause, and followed by a restart.

* An end is heard by the engine's events, within milliseconds; stock, it is noticed by a question every 3 s.
* What the event says is all that is known of a container that removes itself: its exit code, and whether memory was
  wanting.
* A kernel whose restart fails is tried again like one that ends, and at last is dead: it stays in the list, and a person
  can restart or end it. Stock, one whose restart fails is "starting" for ever, and a dead one is forgotten.
"""

import asyncio
import json
import signal
import time
from concurrent.futures import Future
from urllib.parse import quote

from jupyter_client.ioloop.restarter import AsyncIOLoopKernelRestarter
from jupyter_client.jsonutil import date_default
from jupyter_server.base.zmqhandlers import WebSocketMixin, serialize_msg_to_ws_v1
from jupyter_server.services.kernels.handlers import ZMQChannelsHandler

BINARY = "v1.kernel.websocket.jupyter.org"
KILLED = 128 + signal.SIGKILL


class End:
    """How a container ended."""

    def __init__(self, code, wanted_memory):
        self.code, self.wanted_memory = code, wanted_memory

    def __str__(self):
        text = f"exit code {self.code}"
        try:
            return f"{text}: {signal.Signals(self.code - 128).name}"
        except ValueError:
            return text


def want_of_memory(limit):
    """What a person reads where the kernel ended for want of memory; `limit` in bytes, where there is one."""
    may = f"it may use {limit >> 20} MB" if limit else "the engine's machine has no more"
    do = (
        'give kernels more memory in the Settings of Orchest, under "Limits", and launch the folder again'
        if limit
        else "end what else uses memory"
    )
    return f"The kernel was ended for want of memory: {may}.\nhint: work on less data at once, or {do}."


async def follow_lives(socket, labels, tell, log):
    """Tells of each container with these labels that starts or ends, as long as the gateway runs.

    Calls `tell(kernel id, container, None)`, and `tell(kernel id, container, End)`.
    """
    filters = quote(json.dumps({"type": ["container"], "event": ["start", "die", "oom"], "label": labels}))
    since, wanting = "", set()
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(socket, limit=1 << 20)
            try:
                # By HTTP/1.0 the answer is as it is: one event in JSON a line.
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
        # What happened in between is told then.
        since = f"&since={int(time.time()) - 1}"
        await asyncio.sleep(1)


def hear(event, wanting, tell):
    """One event; `wanting` has the containers of which the engine said that memory was wanting."""
    container, about = event["Actor"]["ID"], event["Actor"]["Attributes"]
    if event["Action"] == "oom":
        # Also where another process than the kernel was ended: it may live on, and be ended for another reason.
        wanting.add(container)
        return
    if event["Action"] == "start":
        tell(about.get("kernel_id"), container, None)
        return
    code = int(about.get("exitCode", -1))
    asyncio.get_running_loop().call_later(
        # The engine may tell that memory was wanting a moment after it tells of the end.
        0.3 if code == KILLED and container not in wanting else 0,
        lambda: tell(about.get("kernel_id"), container, End(code, code == KILLED and container in wanting)),
    )


def cell_of(state, parent_header, before):
    """The header of the request whose cell the kernel is at work on, after it has said that it is in `state`."""
    if b"execute_request" not in parent_header:
        return before
    parent = json.loads(parent_header)
    if state == "busy":
        return parent
    return None if before and before.get("msg_id") == parent.get("msg_id") else before


def tell_pages(kernel_id, msg_type, content, parent=None):
    """Sends a message to all pages of a kernel, after all that the kernel itself has sent."""
    for session, page in list(ZMQChannelsHandler._open_sessions.items()):
        if not session.startswith(kernel_id) or page.ws_connection is None:
            continue
        iopub = page.channels.get("iopub")
        if iopub and not iopub.closed():
            iopub.flush()
        message = page.session.msg(msg_type, content, parent=parent)
        if page.subprotocol == BINARY:
            page.write_message(serialize_msg_to_ws_v1(message, "iopub", page.session.pack), binary=True)
        else:
            page.write_message(json.dumps({**message, "channel": "iopub"}, default=date_default))


class Restarter(AsyncIOLoopKernelRestarter):
    """Starts a kernel anew that has ended by itself; gives up where it ends again and again."""

    at_work = False

    async def poll(self):
        kernel = self.kernel_manager
        if self.at_work or kernel.shutting_down or kernel.restarting:
            return
        self.at_work = True
        try:
            await self.look()
        finally:
            self.at_work = False

    async def look(self):
        kernel = self.kernel_manager
        if await kernel.is_alive():
            self._restarting = False
            return
        if kernel.shutting_down or kernel.restarting:
            return
        kernel.restarting = True
        try:
            while True:
                await kernel.tell_end()
                self._restart_count = self._restart_count + 1 if self._restarting else 1
                if self._restart_count >= self.restart_limit:
                    self.give_up()
                    return
                self._restarting = True
                self._fire_callbacks("restart")
                try:
                    await kernel.restart_kernel(now=True)
                    return
                except Exception:  # whatever it is, the next try may be luckier
                    self.log.error("Kernel %s: its restart failed: %s", kernel.kernel_id, kernel.reason)
        finally:
            kernel.restarting = False

    def give_up(self):
        kernel = self.kernel_manager
        self.log.error("Kernel %s ended %d times in a row, and is not started again", kernel.kernel_id, self.restart_limit)
        self.stop()
        self._restarting, self._restart_count = False, 0
        self._fire_callbacks("dead")
        kernel.is_dead()


def answered_info():
    """What a page finds that asks a dead kernel about itself: nothing, at once."""
    future = Future()
    future.set_result({})
    return future


def let_pages_come_to_the_dead(handlers):
    """A page that comes to a dead kernel is told so, and waits until a person restarts it.

    Stock, it would be tied to ports that nobody listens on.
    """
    stock_open = handlers.open

    def open_page(self, kernel_id):
        kernels = self.kernel_manager
        kernel = kernels.get_kernel(kernel_id) if kernel_id in kernels else None
        if kernel is None or kernel.execution_state != "dead":
            return stock_open(self, kernel_id)
        WebSocketMixin.open(self, kernel_id)
        kernels.notify_connect(kernel_id)
        self._send_status_message("dead")
        return None

    handlers.open = open_page

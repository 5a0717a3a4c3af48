"""Terminals in a kernel's container: a websocket on one side, a shell in the container on the other.

Stock: Enterprise Gateway has no terminals.
A binary frame is bytes of the terminal, in either direction. A text frame is an object in JSON: `{"size": [rows,
columns]}` from the client; to it, first `{"started": true}` or `{"failed": text}`, and at last `{"exit": code}` where
the shell ended, or `{"ended": text}` where the kernel did.
Written for Enterprise Gateway 3.3.0.
"""

import asyncio
import json

from enterprise_gateway.mixins import CORSMixin, JSONErrorsMixin, TokenAuthorizationMixin
from enterprise_gateway.services.kernels import handlers
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import _kernel_id_regex
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from orchest_gateway.kernels.ends import want_of_memory
from orchest_gateway.launch import LABEL
from orchest_gateway.terminals.shell import CHUNK, Exec, Refused


def size_of(value):
    """Rows and columns, or None if the value is no such pair."""
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int and 0 < one < 10_000 for one in value):
        return value
    return None


def why(kernel, process, shut_down):
    """What the person reads when a terminal ended with its kernel."""
    end = process.end
    how = f" ({end})" if end and end.code else ""
    if end and end.wanted_memory:
        text = want_of_memory(process.memory)
    elif shut_down:
        return f"The kernel was shut down{how}, and this terminal with it."
    elif kernel.restarting or kernel.process_proxy is not process:
        text = f"The kernel was restarted{how}."
    else:
        text = f"The kernel ended{how}."
    return f"{text}\nThis terminal was in its container, and ended with it. Open a new one in the kernel that runs now."


class Terminal(TokenAuthorizationMixin, CORSMixin, JSONErrorsMixin, WebSocketHandler, JupyterHandler):
    """`/api/kernels/<id>/terminal`"""

    # `prepare` sets these: the launch's id, the folder in the container, and a kernel's limit of memory.
    launch, root, memory = None, "/notebooks", None

    def initialize(self):
        self.shell, self.over = None, False
        # Input and sizes that wait for the shell.
        self.typed = asyncio.Queue()

    async def get(self, kernel_id):
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404, f"There is no kernel `{kernel_id}` in this launch.")
        await WebSocketHandler.get(self, kernel_id)

    def open(self, kernel_id):
        self.kernel_id = kernel_id
        self.work = [asyncio.ensure_future(self.run())]

    async def run(self):
        kernel = self.kernel_manager.get_kernel(self.kernel_id)
        process = kernel.process_proxy
        try:
            try:
                if process is None or not process.container:
                    raise Refused("The kernel does not run. Restart it, and try again.")
                process.memory = self.memory
                shell = await Exec.start(process.container, self.launch, self.root)
            except (TimeoutError, Refused, OSError, ValueError, KeyError, asyncio.IncompleteReadError) as error:
                text = str(error) or "it does not answer"
                if not isinstance(error, Refused):
                    text = f"The engine did not open a terminal: {text}"
                self.log.error("Kernel %s, a terminal: %s", self.kernel_id, text)
                self.tell({"failed": text})
                return
            self.shell = shell
            if self.over:
                await shell.hang_up()
                return
            self.log.info("Kernel %s: a terminal was opened", self.kernel_id)
            self.work.append(asyncio.ensure_future(self.take_in()))
            self.tell({"started": True})
            await self.give_out()
            if not self.over:
                await self.tell_end(kernel, process)
        except (TimeoutError, OSError, WebSocketClosedError, asyncio.IncompleteReadError) as error:
            self.log.warning("Kernel %s, a terminal: %s", self.kernel_id, error or type(error).__name__)
        finally:
            self.close()

    async def give_out(self):
        """Passes on what the shell shows, no faster than the client takes it."""
        try:
            while data := await self.shell.reader.read(CHUNK):
                await self.write_message(data, binary=True)
        except ConnectionError:
            pass

    async def take_in(self):
        """Passes on what the person types, and sizes, in their order."""
        try:
            while True:
                message = await self.typed.get()
                if isinstance(message, bytes):
                    self.shell.writer.write(message)
                    await self.shell.writer.drain()
                else:
                    await self.shell.resize(*message)
        except OSError:  # `give_out` sees the end of the shell
            pass

    async def tell_end(self, kernel, process):
        code = await self.shell.exit_code()
        self.shell.writer.close()
        self.shell = None
        if code is not None:
            self.log.info("Kernel %s: a terminal's shell ended (exit code %s)", self.kernel_id, code)
            self.tell({"exit": code})
            return
        # The engine may report the end a moment later.
        for _ in range(10):
            if process.end:
                break
            await asyncio.sleep(0.1)
        shut_down = kernel.shutting_down or self.kernel_id not in self.kernel_manager
        self.tell({"ended": why(kernel, process, shut_down and not kernel.restarting)})

    def tell(self, what):
        try:
            self.write_message(json.dumps(what))
        except WebSocketClosedError:
            pass

    def on_message(self, message):
        if isinstance(message, bytes):
            self.typed.put_nowait(message)
            return
        try:
            size = size_of(json.loads(message)["size"])
        except (ValueError, KeyError, TypeError):
            size = None
        if size is None:
            self.log.warning("Kernel %s, a terminal: a message cannot be read, and was dropped", self.kernel_id)
        else:
            self.typed.put_nowait(size)

    def on_close(self):
        self.over = True
        for work in self.work[1:]:
            work.cancel()
        if self.shell:
            asyncio.ensure_future(self.end(self.shell))

    async def end(self, shell):
        try:
            await shell.hang_up()
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            self.log.warning("Kernel %s: a terminal's shell may run on: %s", self.kernel_id, error)


def prepare(kernel):
    """Adds the terminals to the addresses of the gateway. `kernel` is `ORCHEST_KERNEL`."""
    Terminal.launch = (kernel.get("labels") or {}).get(LABEL)
    Terminal.root = kernel.get("root") or "/notebooks"
    Terminal.memory = kernel.get("memory")
    handlers.default_handlers.append((rf"/api/kernels/{_kernel_id_regex}/terminal", Terminal))

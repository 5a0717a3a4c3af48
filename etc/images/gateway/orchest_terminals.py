"""Terminals in a kernel's container: a websocket on one side, an exec of the engine's on the other.

A binary frame is bytes of the terminal, in either direction. A text frame is an object in JSON: `{"size": [rows, columns]}`
from the client; to it, first `{"started": true}` or `{"failed": text}`, and at last `{"exit": code}` where the shell ended,
or `{"ended": text}` where the kernel did.

Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Exec
"""

import asyncio
import json

import orchest_kernels
from enterprise_gateway.mixins import CORSMixin, JSONErrorsMixin, TokenAuthorizationMixin
from enterprise_gateway.services.kernels import handlers
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import _kernel_id_regex
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

SOCKET = "/var/run/docker.sock"
LAUNCH = "org.orchest.launch"
# How long the engine may take for one answer, and a shell for its first line (s).
PATIENCE = 10
# How much is read at a time, bytes.
CHUNK = 64 * 1024
# Ahead of the shell's own process id, which is also the id of its session, in the line that it begins with.
MARK = b"orchest-terminal "
# Run by the image's `sh`, which becomes the shell. The folder of the notebook may be gone.
SHELL = """
printf 'orchest-terminal %s\\n' "$$"
cd -- "$KERNEL_WORKING_DIR" 2>/dev/null || cd -- "$1" 2>/dev/null
command -v bash >/dev/null 2>&1 && exec bash
exec sh
"""
# Ends all of a session, by what any `sh` has: /proc/<id>/stat is "id (name) state parent group session …".
HANG_UP = """
each() {
    for stat in /proc/[0-9]*/stat; do
        read -r line 2>/dev/null <"$stat" || continue
        set -- ${line##*) }
        [ "$4" = "$session" ] && id=${stat#/proc/} && kill "-$signal" "${id%/stat}" 2>/dev/null
    done
}
session=$1
for signal in HUP CONT; do each; done
sleep 1
signal=KILL; each
"""


class Refused(Exception):
    """Why there is no terminal."""


async def request(method, path, body=None, upgrade=False):
    """Sends a request to the engine; answers with the status, and streams that are at the answer's body."""
    data = b"" if body is None else json.dumps(body).encode()
    reader, writer = await asyncio.open_unix_connection(SOCKET)
    # By HTTP/1.0 an answer ends with its connection.
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
    """Sends a request to the engine; answers with the status, and the decoded body."""
    status, reader, writer = await request(method, path, body)
    try:
        text = (await asyncio.wait_for(reader.read(-1), PATIENCE)).decode(errors="replace")
    finally:
        writer.close()
    try:
        return status, json.loads(text or "null")
    except ValueError:
        return status, {"message": text}


def runs(entrypoint, root):
    """The shell's command. The launch's own entry point sets the person's umask and locale, for a shell, too."""
    entrypoint = entrypoint or []
    own = entrypoint if entrypoint[:2] == ["/bin/sh", "-c"] and entrypoint[-1:] == ["--"] else []
    return [*own, "/bin/sh", "-c", SHELL, "sh", root]


def size_of(value):
    """Rows and columns, where they can be that."""
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int and 0 < one < 10_000 for one in value):
        return value
    return None


def why(kernel, process, shut_down):
    """What a person reads whose terminal ended with the kernel."""
    end = process.end
    how = f" ({end})" if end and end.code else ""
    if end and end.wanted_memory:
        text = orchest_kernels.want_of_memory(process.memory)
    elif shut_down:
        return f"The kernel was shut down{how}, and this terminal with it."
    elif kernel.restarting or kernel.process_proxy is not process:
        text = f"The kernel was restarted{how}."
    else:
        text = f"The kernel ended{how}."
    return f"{text}\nThis terminal was in its container, and ended with it. Open a new one in the kernel that runs now."


class Exec:
    """A shell in a container."""

    def __init__(self, container, exec_id, session, reader, writer):
        self.container, self.id, self.session, self.reader, self.writer = container, exec_id, session, reader, writer

    @classmethod
    async def start(cls, container, launch, root):
        status, found = await ask("GET", f"/containers/{container}/json")
        if status != 200 or not found["State"]["Running"]:
            raise Refused("The kernel's container does not run. Restart the kernel, and try again.")
        config = found["Config"]
        if (config.get("Labels") or {}).get(LAUNCH) != launch:
            raise Refused("The kernel's container is not of this launch.")
        wanted = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Tty": True, "WorkingDir": "/"}
        wanted |= {"Cmd": runs(config.get("Entrypoint"), root), "Env": ["TERM=xterm-256color"]}
        status, made = await ask("POST", f"/containers/{container}/exec", wanted)
        if status != 201:
            raise Refused(f"The engine did not open a terminal: {made['message']}")
        status, reader, writer = await request("POST", f"/exec/{made['Id']}/start", {"Detach": False, "Tty": True}, True)
        said = b""
        try:
            if status in (101, 200):
                while line := await asyncio.wait_for(reader.readline(), PATIENCE):
                    if line.startswith(MARK):
                        return cls(container, made["Id"], int(line[len(MARK) :]), reader, writer)
                    said += line
            else:
                said = await asyncio.wait_for(reader.read(CHUNK), PATIENCE)
        except BaseException:
            writer.close()
            raise
        writer.close()
        text = said.decode(errors="replace").strip()
        raise Refused(
            f"The image `{config['Image']}` has neither `bash` nor `sh` that could be run.\n"
            f"hint: use an image with a shell for this kernelspec.\nThe engine says: {text or 'nothing'}"
        )

    async def resize(self, rows, columns):
        await ask("POST", f"/exec/{self.id}/resize?h={rows}&w={columns}")

    async def exit_code(self):
        """Of the shell, or None where its container ended."""
        for _ in range(40):
            status, found = await ask("GET", f"/containers/{self.container}/json")
            if status != 200 or not found["State"]["Running"]:
                return None
            status, found = await ask("GET", f"/exec/{self.id}/json")
            code = found.get("ExitCode") if status == 200 and not found["Running"] else None
            # A container's end kills what is in it first, and is known a moment later.
            if code is not None and 0 <= code < 128:
                return code
            await asyncio.sleep(0.05)
        return -1 if code is None else code

    async def hang_up(self):
        """Ends the shell and its children."""
        self.writer.close()
        wanted = {"Cmd": ["/bin/sh", "-c", HANG_UP, "sh", str(self.session)]}
        status, made = await ask("POST", f"/containers/{self.container}/exec", wanted)
        if status == 201:
            await ask("POST", f"/exec/{made['Id']}/start", {"Detach": True})


class Terminal(TokenAuthorizationMixin, CORSMixin, JSONErrorsMixin, WebSocketHandler, JupyterHandler):
    """`/api/kernels/<id>/terminal`"""

    # Set by the gateway, which knows its launch: its id, the folder in the container, and a kernel's limit of memory.
    launch, root, memory = None, "/notebooks", None

    def initialize(self):
        self.shell, self.over = None, False
        # What waits for the shell.
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
            except (Refused, OSError, ValueError, KeyError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
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
        except (OSError, WebSocketClosedError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            self.log.warning("Kernel %s, a terminal: %s", self.kernel_id, error or type(error).__name__)
        finally:
            self.close()

    async def give_out(self):
        """What the shell shows, no faster than it is taken."""
        try:
            while data := await self.shell.reader.read(CHUNK):
                await self.write_message(data, binary=True)
        except ConnectionError:
            pass

    async def take_in(self):
        """What a person types, and sizes, in their order."""
        try:
            while True:
                message = await self.typed.get()
                if isinstance(message, bytes):
                    self.shell.writer.write(message)
                    await self.shell.writer.drain()
                else:
                    await self.shell.resize(*message)
        except OSError:  # the shell's end is seen where it is read
            pass

    async def tell_end(self, kernel, process):
        code = await self.shell.exit_code()
        self.shell.writer.close()
        self.shell = None
        if code is not None:
            self.log.info("Kernel %s: a terminal's shell ended (exit code %s)", self.kernel_id, code)
            self.tell({"exit": code})
            return
        # The engine may tell of the end a moment later.
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
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            self.log.warning("Kernel %s: a terminal's shell may run on: %s", self.kernel_id, error)


def prepare(kernel):
    """Puts the terminals among what the gateway serves; `kernel` is what the launch says of its kernels."""
    Terminal.launch = (kernel.get("labels") or {}).get(LAUNCH)
    Terminal.root = kernel.get("root") or "/notebooks"
    Terminal.memory = kernel.get("memory")
    handlers.default_handlers.append((rf"/api/kernels/{_kernel_id_regex}/terminal", Terminal))

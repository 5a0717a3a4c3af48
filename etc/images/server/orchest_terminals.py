"""Terminals in a kernel's container, beside those in this one.

JupyterLab shows one as any other: it is in the list of terminals, and pages come and go. There is no process of it in
this container, and so none that could read the gateway's token: its bytes come from the gateway, by a websocket of the
server's own (see the gateway's orchest_terminals.py for what is said there).
"""

import asyncio
import codecs
import itertools
import json
import re
from collections import deque

from jupyter_server._tz import utcnow
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.utils import url_path_join
from jupyter_server_terminals.terminalmanager import RUNNING_TOTAL, TerminalManager
from terminado.management import PtyWithClients
from tornado import httpclient, httputil, web
from tornado.escape import url_escape
from tornado.websocket import WebSocketClosedError, websocket_connect

# Begins the name of each; a page that comes again after the server ended asks for it by that.
PREFIX = "kernel_"
# How long the gateway may take until the shell is there (s).
PATIENCE = 30
# Where a page does not take what is shown, bytes: then the shell waits.
MAX_WAITING = 1024 * 1024
ENDED = "This terminal ended with the server that it was opened by. Close it, and open a new one."
AWAY = "The gateway ended, and with it this terminal's way to the kernel. Close it, and open a new one."


class Way:
    """What terminado has as a terminal's process: here, the way to the shell in the kernel's container."""

    def __init__(self, socket, terminal):
        self.socket, self.terminal, self.size = socket, terminal, (0, 0)
        self.typed = asyncio.Queue()
        self.loop = asyncio.get_running_loop()
        self.sending = asyncio.ensure_future(self.send()) if socket else None

    async def send(self):
        try:
            while True:
                message = await self.typed.get()
                await self.socket.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:  # its end is seen where it is read
            pass

    def put(self, message):
        """From any thread."""
        if self.socket:
            self.loop.call_soon_threadsafe(self.typed.put_nowait, message)

    def write(self, text):
        if self.terminal.over:
            self.loop.call_soon_threadsafe(self.terminal.end)
            return
        # A key of a page can be half of a surrogate pair.
        self.put(text.encode("utf-8", "replace"))

    def getwinsize(self):
        return self.size

    def setwinsize(self, rows, columns):
        self.size = (rows, columns)
        self.put(json.dumps({"size": [rows, columns]}))

    def close(self):
        if self.socket:
            self.sending.cancel()
            self.socket.close()


class KernelTerminal(PtyWithClients):
    """A terminal of terminado's, without a process."""

    def __init__(self, terminals, name, socket):
        self.clients, self.read_buffer = [], deque(maxlen=1000)
        self.terminals, self.term_name, self.last_activity = terminals, name, utcnow()
        # Whether its shell is gone: what it says then stays to be read, until a key is pressed or its page is closed.
        self.over = socket is None
        self.ptyproc = Way(socket, self)
        self.terminals[name] = self
        if socket:
            asyncio.ensure_future(self.show(socket))

    def say(self, text):
        self.read_buffer.append(text)
        for client in self.clients:
            client.on_pty_read(text)

    async def show(self, socket):
        decoder, said = codecs.getincrementaldecoder("utf-8")(errors="replace"), {"ended": AWAY}
        while (message := await socket.read_message()) is not None:
            if isinstance(message, str):
                said = json.loads(message)
                break
            self.last_activity = utcnow()
            self.say(decoder.decode(message))
            while any(waiting(client) > MAX_WAITING for client in self.clients):
                await asyncio.sleep(0.01)
        self.ptyproc.close()
        if self.terminals.get(self.term_name) is not self:
            return
        if "ended" in said:
            self.over = True
            self.say(last_words(said["ended"]))
        else:
            self.end()

    def end(self):
        """It is no more, and its pages are told so."""
        if self.terminals.get(self.term_name) is self:
            del self.terminals[self.term_name]
        self.ptyproc.close()
        clients, self.clients = self.clients, []
        for client in clients:
            client.on_pty_died()

    def kill(self, sig=None):
        self.end()

    killpg = kill

    async def terminate(self, force=False):
        """Stock, what follows the end of a process does the rest."""
        self.end()
        return True


def waiting(client):
    """How much its page has not taken yet, bytes."""
    connection = client.ws_connection
    return len(connection.stream._write_buffer) if connection and not connection.is_closing() else 0


def last_words(text):
    return "\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n[Press a key to close this terminal]\r\n"


class Terminals(TerminalManager):
    """Those in here, and those in kernels' containers."""

    def create(self, **kwargs):
        name = kwargs.get("name")
        if isinstance(name, str) and name.startswith(PREFIX) and name not in self.terminals:
            # Of a page that was open before the server ended. Stock, it would be one in this container, under that name.
            KernelTerminal(self.terminals, name, None).say(last_words(ENDED))
            RUNNING_TOTAL.inc()
            return self.get_terminal_model(name)
        return super().create(**kwargs)

    def client_disconnected(self, websocket):
        terminal = self.terminals.get(websocket.term_name)
        if isinstance(terminal, KernelTerminal) and terminal.over and not terminal.clients:
            terminal.end()

    async def kill_all(self):
        for terminal in list(self.terminals.values()):
            if isinstance(terminal, KernelTerminal):
                terminal.end()
        await super().kill_all()

    async def open_in(self, kernel_id):
        """A terminal in the container of this kernel; answers with its model."""
        socket = await connected(kernel_id)
        number = next(number for number in itertools.count(1) if f"{PREFIX}{number}" not in self.terminals)
        terminal = KernelTerminal(self.terminals, f"{PREFIX}{number}", socket)
        RUNNING_TOTAL.inc()
        return self.get_terminal_model(terminal.term_name)


async def connected(kernel_id):
    """The gateway's websocket, once a shell is at its other end."""
    gateway = GatewayClient.instance()
    url = url_path_join(gateway.ws_url or "", gateway.kernels_endpoint, url_escape(kernel_id), "terminal")
    request = httpclient.HTTPRequest(url, **gateway.load_connection_args())
    request.headers = httputil.HTTPHeaders(request.headers)
    socket = None
    try:
        socket = await asyncio.wait_for(websocket_connect(request), PATIENCE)
        said = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE) or "{}")
    except httpclient.HTTPClientError as error:
        if error.code == 404:
            raise web.HTTPError(404, "The kernel does not run in this launch. Start it, and try again.") from None
        raise web.HTTPError(502, f"The gateway did not open a terminal: {error}") from None
    except (OSError, asyncio.TimeoutError, ValueError, TypeError) as error:
        if socket:
            socket.close()
        why = str(error) or "it does not answer"
        raise web.HTTPError(502, f"The gateway did not open a terminal: {why}. Try again in a moment.") from None
    if not said.get("started"):
        socket.close()
        raise web.HTTPError(409, said.get("failed") or "The gateway did not open a terminal. Try again in a moment.")
    return socket


class Opens(APIHandler):
    """POST `{"kernel": id}` opens a terminal in that kernel's container, and answers as `/api/terminals` does."""

    auth_resource = "terminals"

    @web.authenticated
    @authorized
    async def post(self):
        asked = self.get_json_body()
        kernel_id = asked.get("kernel") if isinstance(asked, dict) else None
        if not isinstance(kernel_id, str) or not re.fullmatch(r"\w+-\w+-\w+-\w+-\w+", kernel_id):
            raise web.HTTPError(400, 'The request names no kernel: {"kernel": "its id"} is wanted.')
        if kernel_id not in self.kernel_manager:
            await self.kernel_manager.list_kernels()
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404, "The kernel does not run in this launch. Start it, and try again.")
        model = await self.settings["terminal_manager"].open_in(kernel_id)
        self.finish(json.dumps(model))

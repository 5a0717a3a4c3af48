"""A terminal in a kernel's container, in the form of terminado's terminals.

JupyterLab shows it like any other: it is in the list of terminals, and pages connect and leave. It has no process in
this container that could read the gateway's token: its bytes come from the gateway, over a websocket of the server (the
gateway's `terminals/terminal.py` describes the messages).
Written for terminado 0.18.1.
"""

import asyncio
import codecs
import json
from collections import deque

from jupyter_server._tz import utcnow
from terminado.management import PtyWithClients
from tornado.websocket import WebSocketClosedError

# How many bytes may wait for a slow page; then the shell waits.
MAX_WAITING = 1024 * 1024
AWAY = "The gateway ended, and with it this terminal's way to the kernel. Close it, and open a new one."


class Way:
    """Stands for the process that terminado expects: leads to the shell in the kernel's container."""

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
        except WebSocketClosedError:  # `show` sees the end of the websocket
            pass

    def put(self, message):
        """Queues a message for the gateway. May be called from any thread."""
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
    """A terminal as terminado has it, but without a process."""

    def __init__(self, terminals, name, socket):
        self.clients, self.read_buffer = [], deque(maxlen=1000)
        self.terminals, self.term_name, self.last_activity = terminals, name, utcnow()
        # Whether the shell is gone. The text stays on the page until a key is pressed or the page is closed.
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
        """Removes the terminal and closes it on its pages."""
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
        """Ends the terminal. With stock, the end of the process does this."""
        self.end()
        return True


def waiting(client):
    """How many bytes the page has not taken yet."""
    connection = client.ws_connection
    return len(connection.stream._write_buffer) if connection and not connection.is_closing() else 0


def last_words(text):
    return "\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n[Press a key to close this terminal]\r\n"

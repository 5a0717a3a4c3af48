"""How a starting kernel reports its address. No other process can report for it.

Stock: one port is always open to everybody. It accepts reports of any length, for any kernel, and blocks the event loop
most of the time, so that a cell takes four times as long.
Here: a kernel of our launcher has a folder of its own, in a volume that only this launch's containers have. Its sockets
are files in that folder, so nothing of it is on the network. The folder's name is random and cannot be found: all users
may enter the volume's own folder, but none may list it (see the Dockerfile). A launcher that uses no such folder, such
as Enterprise Gateway's own, reports to a port. The port is open only while that kernel starts and only to its
container, and the length of a report is limited.
Written for Enterprise Gateway 3.3.0 (`processproxies/processproxy.py`, ResponseManager).
"""

import asyncio
import collections
import json
import os
import secrets
import socket
import stat
import tempfile

from orchest_gateway.reports.removal import remove
from orchest_gateway.reports.report import CHANNELS, Wrong, checked

FOLDER = "/run/orchest"
# A report has about one thousand bytes.
LONGEST = 64 * 1024
# How long one report may take (s), and how many connections may be open: in all, and from one address.
WITHIN, AT_ONCE, OF_ONE = 10, 16, 2
# The time between two questions to the engine for the address of a kernel's container (s).
PAUSE = 0.1


class Reports:
    """The reports of one start. `told` gets the kernel's address and key; `opened` is done when the kernel listens."""

    def __init__(self, kernel_id, ip, decode, address, log):
        loop = asyncio.get_running_loop()
        self.kernel_id, self.decode, self.address, self.log = kernel_id, decode, address, log
        self.told, self.opened = loop.create_future(), loop.create_future()
        self.coming, self.strangers = collections.Counter(), set()
        # The known address of the kernel's container, when the engine was asked for it, and the task that asks.
        self.known, self.asked, self.asking = None, 0, None
        self.servers, self.held = [], []
        self.port = socket.create_server((ip, 0), backlog=AT_ONCE)
        self.response_address = f"{ip}:{self.port.getsockname()[1]}"
        self.folder = self.own = None

    async def listen(self):
        """Returns the folder for the kernel's sockets, or None if this gateway has no such volume."""
        self.servers.append(await asyncio.start_server(self.by_port, sock=self.port, limit=LONGEST))
        if not os.access(FOLDER, os.W_OK | os.X_OK):
            return None
        self.folder = f"{FOLDER}/{secrets.token_hex(16)}"
        os.mkdir(self.folder)
        # The gateway uses this handle and not the name, which a kernel of the same user may give to something else.
        self.held.append(os.open(self.folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW))
        self.own = tempfile.mkdtemp(prefix="kernel-")
        path = f"{self.folder}/gateway"
        self.servers.append(await asyncio.start_unix_server(self.by_folder, path, limit=LONGEST, backlog=1))
        # The kernel may be another user.
        os.chmod(path, 0o666)
        os.chmod(self.folder, 0o733)
        return self.folder

    async def by_folder(self, reader, writer):
        """Reads one line with the key, and another when the kernel listens. Only the first connection is read."""
        self.stop_listening()
        try:
            line = await asyncio.wait_for(reader.readline(), WITHIN)
            if not line:
                return
            key = json.loads(line)["key"]
            if not isinstance(key, str) or not key:
                raise Wrong("it has no key")
            ports = {name: place for place, name in enumerate(CHANNELS, 1)}
            self.tell(
                {"transport": "ipc", "ip": f"{self.own}/kernel", "signature_scheme": "hmac-sha256", "key": key, **ports}
            )
            if await reader.readline() == b"open\n" and self.folder:
                self.pin()
                self.open()
        except Wrong as error:
            self.refuse(error)
        except Exception as error:  # whatever a kernel may send
            self.refuse(Wrong(f"it cannot be read: {error}"))
        finally:
            writer.close()

    def pin(self):
        """Holds the kernel's sockets. Links in the gateway's own folder lead to these sockets and to nothing else, also
        if the kernel replaces them. A link that the kernel made could lead to the engine's socket."""
        for port in range(1, len(CHANNELS) + 1):
            held = os.open(f"kernel-{port}", os.O_PATH | os.O_NOFOLLOW, dir_fd=self.held[0])
            self.held.append(held)
            if not stat.S_ISSOCK(os.fstat(held).st_mode):
                raise Wrong(f"its channel {port} is no socket")
            os.symlink(f"/proc/self/fd/{held}", f"{self.own}/kernel-{port}")

    async def by_port(self, reader, writer):
        peer = writer.get_extra_info("peername")[0]
        if self.told.done() or self.coming.total() >= AT_ONCE or self.coming[peer] >= OF_ONE:
            writer.transport.abort()
            return
        self.coming[peer] += 1
        try:
            await asyncio.wait_for(self.read(reader, peer), WITHIN)
        except (TimeoutError, OSError) as error:
            self.log.warning("Kernel %s: a report was not read: %s", self.kernel_id, error or "it took too long")
        finally:
            self.coming[peer] -= 1
            writer.transport.abort()

    async def is_its(self, peer):
        """Whether the kernel's container has this address. Connections that come together share one question."""
        # The question that is going on may be older than the container.
        for _ in range(2):
            if peer == self.known:
                break
            if self.asking is None or self.asking.done():
                self.asking = asyncio.ensure_future(self.ask())
            await asyncio.shield(self.asking)
        return peer == self.known

    async def ask(self):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.asked + PAUSE - loop.time())
        self.known, self.asked = await self.address(), loop.time()

    async def read(self, reader, peer):
        if not await self.is_its(peer):
            if peer not in self.strangers and len(self.strangers) < AT_ONCE:
                self.strangers.add(peer)
                self.log.warning(
                    "Kernel %s: %s, which is not its container, wanted to report for it", self.kernel_id, peer
                )
            return
        data = b""
        while part := await reader.read(LONGEST):
            data += part
            if len(data) > LONGEST:
                self.log.warning("Kernel %s: a report of more than %d bytes was not read", self.kernel_id, LONGEST)
                return
        if not data:
            return
        try:
            told = self.decode(data.decode())
        except Exception as error:  # a kernel may send anything
            self.log.error("Kernel %s: its report cannot be read: %s", self.kernel_id, error)
            return
        try:
            self.tell(checked(told, self.kernel_id))
            self.open()
        except Wrong as error:
            self.refuse(error)

    def tell(self, found):
        if not self.told.done():
            self.told.set_result(found)

    def open(self):
        if not self.opened.done():
            self.opened.set_result(None)

    def refuse(self, error):
        """Fails the start of a kernel that reports nonsense. After the start, this has no effect."""
        self.log.error("Kernel %s: its report is wrong: %s", self.kernel_id, error)
        for waiting in (self.told, self.opened):
            if not waiting.done():
                waiting.set_exception(error)
                # Read here, because it may be that no task waits for it.
                waiting.exception()

    def stop_listening(self):
        for server in self.servers:
            server.close()
        self.servers.clear()
        self.port.close()

    def forget(self):
        """Removes the kernel's folders after its end."""
        self.stop_listening()
        while self.held:
            os.close(self.held.pop())
        for folder in (self.folder, self.own):
            if folder:
                asyncio.get_running_loop().run_in_executor(None, remove, folder)
        self.folder = self.own = None

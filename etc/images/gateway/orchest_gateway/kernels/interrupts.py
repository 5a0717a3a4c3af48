"""Interrupts and signals a kernel by the engine.

Stock: the gateway sends a signal's number to a port of the launcher, even if the launcher has died, and reports
success.
Here: the engine signals the container, whose first process passes the signal on. A launcher that listens for signals,
such as Enterprise Gateway's own, still gets them on its port. A signal that did not arrive is an error.
Why: nothing in our containers listens on the network.
Written for Enterprise Gateway 3.3.0 (`processproxies/processproxy.py`, `kernels/remotemanager.py`).
"""

import http.client
import json
import signal
import socket

from tornado import web

from orchest_gateway.engine import Engine
from orchest_gateway.threads import in_thread

# How long a launcher that listens for signals may take to read one (s).
LISTENS_WITHIN = 3


class Signals:
    """The part of KernelContainer that sends signals."""

    def deliver(self, signum):
        """Signals the kernel, or raises OSError.

        If the image's launcher listens for signals, the launcher signals the kernel. If not, the engine signals the
        container, whose first process passes the signal on to the kernel's process group.
        """
        if self.comm_port > 0:
            self.ask_listener({"signum": int(signum)})
            return
        status, body = Engine.ask("POST", f"/containers/{self.container}/kill?signal={int(signum)}")
        if status != 204:
            raise OSError(json.loads(body or b"{}").get("message", f"the engine answers with status {status}"))

    def ask_listener(self, request):
        """Raises OSError if the launcher does not read the request to its end and close the connection: it has died."""
        with socket.create_connection((self.comm_ip, self.comm_port), timeout=LISTENS_WITHIN) as listener:
            listener.sendall(json.dumps(request).encode())
            listener.shutdown(socket.SHUT_WR)
            try:
                while listener.recv(1024):
                    pass
            except TimeoutError:
                raise OSError("its image's launcher does not listen any more") from None

    def terminate(self):
        try:
            self.deliver(signal.SIGTERM)
        except OSError as error:
            self.log.debug("Kernel %s: %s", self.kernel_id, error)


class Interrupts:
    """The part of KernelManager that interrupts a kernel."""

    async def interrupt_kernel(self):
        """Interrupts the kernel. An interrupt that does not reach it is an error."""
        try:
            if not await self.is_alive():
                raise OSError("it does not run")
            if self.kernel_spec.interrupt_mode == "message":
                await super().interrupt_kernel()
            else:
                other = (self.kernel_spec.env or {}).get("EG_ALTERNATE_SIGINT", "SIGINT")
                await in_thread(self.kernel.deliver, getattr(signal, other, signal.SIGINT))
        except (OSError, http.client.HTTPException) as error:
            # A shutdown begins with an interrupt, and goes on without it.
            if not self.shutting_down:
                raise web.HTTPError(
                    409, f"The kernel was not interrupted: {error}.", reason="Not interrupted"
                ) from error

    async def signal_kernel(self, signum):
        await in_thread(self.kernel.send_signal, signum)

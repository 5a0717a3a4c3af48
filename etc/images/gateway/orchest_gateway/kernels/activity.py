"""Records the status of each kernel.

Stock: every message of a kernel is parsed a second time for this. A kernel without a page stays "starting" for ever.
Here: only messages about a status are parsed, and a new kernel is asked until it has reported its status.
Written for jupyter_server 1.24.0 (`services/kernels/kernelmanager.py`).
"""

import asyncio

from jupyter_client.session import DELIM
from jupyter_server._tz import utcnow

from orchest_gateway.kernels.ends import cell_of

# The statuses that a kernel may report (https://jupyter-client.readthedocs.io/en/stable/messaging.html#kernel-status),
# those that this gateway reports, and the longest message about a status, bytes.
STATES = ("starting", "idle", "busy", "restarting", "dead")
LONGEST = 64 * 1024


class Activity:
    """The part of Kernels that records the status of each kernel."""

    def start_watching_activity(self, kernel_id):
        """Parses only the messages that change what is recorded."""
        super().start_watching_activity(kernel_id)
        kernel = self._kernels[kernel_id]
        record = kernel._activity_stream._recv_callback

        def glance(parts):
            header = parts[parts.index(DELIM) + 2]
            if b"status" in header and sum(map(len, parts)) < LONGEST:
                record(parts)
                if kernel.execution_state not in STATES:
                    kernel.execution_state = "busy"
                kernel.cell = cell_of(kernel.execution_state, parts[parts.index(DELIM) + 3], kernel.cell)
            else:
                self.last_kernel_activity = kernel.last_activity = utcnow()

        kernel._activity_stream.on_recv(glance)
        asyncio.ensure_future(self.ask_until_heard(kernel, kernel._activity_stream))

    @staticmethod
    async def ask_until_heard(kernel, listening):
        """Asks a new kernel for its information until the gateway has heard its status once.

        A kernel reports its status only when that changes. The gateway misses a report that comes before it listens.
        """
        shell, answered = kernel.connect_shell(), True

        def note(_):
            nonlocal answered
            answered = True

        shell.on_recv(note)
        pause = 0.1
        try:
            while True:
                await asyncio.sleep(pause)
                if kernel._activity_stream is not listening or kernel.execution_state != "starting":
                    return
                if answered:
                    answered = False
                    kernel.session.send(shell, "kernel_info_request")
                pause = min(2 * pause, 5)
        finally:
            shell.close()

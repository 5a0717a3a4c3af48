"""A page's websocket to the channels of one kernel: how it opens.

Stock: a new connection waits until the one that it replaces is closed, even if that one is waiting itself. A page that
connects while its kernel restarts gets the dead kernel. A page that reconnects loses the first message sent meanwhile.
Here: the older connection is closed at once, and a page waits for the restart and loses nothing.
Written for jupyter_server 1.24.0 (`services/kernels/handlers.py`) and Enterprise Gateway 3.3.0.
"""

import asyncio
from concurrent.futures import Future

from enterprise_gateway.services.kernels import handlers
from tornado import web

from orchest_gateway.messages.from_page import FromPage
from orchest_gateway.messages.to_page import ToPage
from orchest_gateway.messages.waiting import LeftOut


class Channels(ToPage, FromPage, handlers.ZMQChannelsHandler):
    """A page's websocket to the channels of one kernel."""

    def initialize(self):
        super().initialize()
        self.left_out = LeftOut()
        # Whether the kernel is about to be replaced, so that messages are kept for the next one.
        self.leaving = False
        # The protocol of messages that still come then. A closed connection does not know its protocol any more.
        self.spoken = None

    async def _register_session(self):
        """Closes the connection that this one replaces, if that is open already.

        A page connects, leaves and connects again within milliseconds. With stock, the second connection waits for the
        first to be closed, which never happens while the first itself waits for the kernel.
        """
        self.session_key = f"{self.kernel_id}:{self.session.session}"
        stale = self._open_sessions.get(self.session_key)
        self._open_sessions[self.session_key] = self
        if stale is not None and stale.ws_connection is not None:
            self.log.info("Kernel %s: a connection is replaced", self.kernel_id)
            await stale.close()

    async def pre_get(self):
        """Waits for restarts of the kernel. A connection that was replaced meanwhile does not open.

        A page connects again as soon as it hears that its kernel died. With stock, it gets the channels of the dead
        kernel and waits a minute in vain. Two connections of one session would share the answers.
        """
        while True:
            kernel = self.kernel_manager.get_kernel(self.kernel_id) if self.kernel_id in self.kernel_manager else None
            if kernel and kernel.restarted:
                await kernel.restarted.wait()
            self.leaving = False
            await super().pre_get()
            if self._open_sessions.get(self.session_key) is not self:
                raise web.HTTPError(409, "Another connection took the place of this one.")
            if not self.leaving:
                return
            # The kernel that answered, or was to answer, has been replaced.
            self.ask_anew()

    def ask_anew(self):
        if self.kernel_info_channel is not None:
            self.kernel_info_channel.close()
        self.kernel_info_channel, self._kernel_info_future = None, Future()

    def open(self, kernel_id):
        """Opens the channels. After a restart, it also sends the page a status once the kernel is idle.

        The page ignores the status messages that answer its own requests, and would wait for another one.
        """
        kept = self.kernel_manager._kernel_buffers.get(kernel_id)
        if kept and kept["session_key"] == self.session_key:
            self.left_out = kept["left out"]
        connected = super().open(kernel_id)
        kernel = self.kernel_manager.get_kernel(kernel_id) if kernel_id in self.kernel_manager else None

        async def tell():
            for _ in range(50):
                await asyncio.sleep(0.1)
                if kernel.execution_state == "idle":
                    break
            else:
                # The kernel is busy, and the page gets a status when it is done.
                return
            if self.ws_connection is not None:
                self._send_status_message("idle")

        if connected is not None and kernel and kernel.restarted:
            connected.add_done_callback(lambda _: asyncio.ensure_future(tell()))
        return connected

    def nudge(self):
        """Waits until messages of the kernel arrive. If they are known to arrive, stock would lose the first one."""
        iopub = self.channels["iopub"]
        if iopub.heard:
            connected = asyncio.get_running_loop().create_future()
            connected.set_result(None)
        else:
            connected = super().nudge()
            connected.add_done_callback(lambda _: self.hears(iopub))
        connected.add_done_callback(lambda _: self.deliver_kept())
        return connected

    def hears(self, iopub):
        iopub.heard = True
        if self.kernel_id in self.kernel_manager and not iopub.closed():
            iopub.relieve(self.kernel_manager.get_kernel(self.kernel_id)._activity_stream)

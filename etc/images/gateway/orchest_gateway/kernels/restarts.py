"""Restarts a kernel, and knows whether it lives.

Stock: Enterprise Gateway ends a kernel for good that dies while no page is open. A page that connects during a
restart is tied to the ports of the kernel that ended.
Here: each kernel is restarted. Pages are cut off, connect again, and wait for the new kernel (`messages/page.py`).
Written for Enterprise Gateway 3.3.0 and jupyter_client 6.1.12.
"""

import asyncio

import zmq
from enterprise_gateway.services.kernels.remotemanager import RemoteKernelManager
from jupyter_server.services.kernels.handlers import ZMQChannelsHandler
from tornado import web

from orchest_gateway.kernels.ends import want_of_memory
from orchest_gateway.kernels.pages import answered_info, tell_pages
from orchest_gateway.launch import KERNEL
from orchest_gateway.threads import in_thread


class Restarts:
    """A kernel manager's part: ends and restarts."""

    restarted = None
    # The request whose cell the kernel is at work on.
    cell = None

    async def restart_kernel(self, now=False, **kwargs):
        """Also where nobody looks at it. `now` where it ended by itself: it may be tried again."""
        if self.restarted is None or self.restarted.is_set():
            self.restarted = asyncio.Event()
        # What the old kernel owes will never come, and what it last did says nothing about the new one.
        self.__dict__.pop("_kernel_info_future", None)
        self.execution_state, self.cell = "starting", None
        # The new one has other ports, and what is sent to the old ones is lost. A client that is cut off connects again
        # and waits for the new one; the server keeps until then what a page sends.
        for session, channels in list(ZMQChannelsHandler._open_sessions.items()):
            if session.startswith(self.kernel_id):
                channels.leave()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        try:
            # Past Enterprise Gateway, which ends a kernel for good that dies while no page is open.
            await super(RemoteKernelManager, self).restart_kernel(now, **kwargs)
        except Exception as error:
            self.reason = error.get_message() if isinstance(error, web.HTTPError) else str(error)
            if not now:
                self.is_dead()
            raise
        # The last one's messages, which the new one's key does not open.
        self.mapping_kernel_manager.stop_buffering(self.kernel_id)
        self.mapping_kernel_manager.start_watching_activity(self.kernel_id)
        self.restarted.set()

    def request_shutdown(self, restart=False):
        """Where its start failed, or it has broken ZeroMQ's rules, there is nobody to ask: its container is ended."""
        if self.kernel is None:
            return
        try:
            super().request_shutdown(restart)
        except zmq.Again:
            self.log.warning("Kernel %s cannot be asked to end; its container is ended", self.kernel_id)

    def is_dead(self):
        """It ended, and is not started again unless a person restarts it."""
        self.execution_state, self.cell = "dead", None
        self._kernel_info_future = answered_info()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        if self.restarted:
            self.restarted.set()

    async def is_alive(self):
        # The engine tells of an end some milliseconds before its list has it.
        ended = self.kernel is None or self.kernel.end
        return not ended and await in_thread(self.kernel.poll) is None

    async def tell_end(self):
        """Says how it ended: to the log, and to the cell that was at work where that is of use there."""
        kernel = self.process_proxy
        for _ in range(10):
            if kernel is None or kernel.end:
                break
            await asyncio.sleep(0.1)
        if kernel is None or not kernel.end:
            self.log.warning("Kernel %s ended", self.kernel_id)
        elif kernel.end.wanted_memory:
            text = want_of_memory(KERNEL.get("memory"))
            self.log.error("Kernel %s: %s", self.kernel_id, text)
            # Without a cell there is no place for it in the page.
            if self.cell:
                tell_pages(self.kernel_id, "stream", {"name": "stderr", "text": f"\n{text}\n"}, self.cell)
        else:
            self.log.warning("Kernel %s ended (%s)", self.kernel_id, kernel.end)

"""Restarts a kernel, and records whether it lives.

Stock: if a kernel dies while no page is open, Enterprise Gateway does not restart it. A page that connects during a
restart gets the ports of the dead kernel.
Here: each kernel is restarted. Pages are disconnected, connect again, and wait for the new kernel
(`messages/page.py`).
Written for Enterprise Gateway 3.3.0 and jupyter_client 6.1.12.
"""

import asyncio

import zmq
from enterprise_gateway.services.kernels.remotemanager import RemoteKernelManager
from jupyter_server.services.kernels.handlers import ZMQChannelsHandler
from tornado import web

from orchest_gateway.kernels.ends import want_of_memory
from orchest_gateway.kernels.pages import answered_info, tell_pages
from orchest_gateway.kernels.resources import memory_of
from orchest_gateway.threads import in_thread


class Restarts:
    """The part of KernelManager that knows ends and restarts."""

    restarted = None
    # The header of the request that the kernel works on.
    cell = None

    async def restart_kernel(self, now=False, **kwargs):
        """Restarts the kernel, also while no page is open. With `now`, it ended by itself and may be tried again."""
        if self.restarted is None or self.restarted.is_set():
            self.restarted = asyncio.Event()
        # The old kernel's answer will never come, and its last status says nothing about the new kernel.
        self.__dict__.pop("_kernel_info_future", None)
        self.execution_state, self.cell = "starting", None
        # The new kernel has other channels, and messages to the old ones are lost. So each page is cut off: it connects
        # again and waits for the new kernel, and the server keeps what the page sends until then.
        for session, channels in list(ZMQChannelsHandler._open_sessions.items()):
            if session.startswith(self.kernel_id):
                channels.leave()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        try:
            # Not Enterprise Gateway's own, which ends a kernel for good if no page is open.
            await super(RemoteKernelManager, self).restart_kernel(now, **kwargs)
        except Exception as error:
            self.reason = error.get_message() if isinstance(error, web.HTTPError) else str(error)
            if not now:
                self.is_dead()
            raise
        # These are messages of the old kernel, signed with the old key.
        self.mapping_kernel_manager.stop_buffering(self.kernel_id)
        self.mapping_kernel_manager.start_watching_activity(self.kernel_id)
        self.restarted.set()

    def request_shutdown(self, restart=False):
        """Asks the kernel to end. If its start failed, or it broke ZeroMQ's rules, nobody can be asked."""
        if self.kernel is None:
            return
        try:
            super().request_shutdown(restart)
        except zmq.Again:
            self.log.warning("Kernel %s cannot be asked to end; its container is ended", self.kernel_id)

    def is_dead(self):
        """Records that the kernel ended and does not start again unless a person restarts it."""
        self.execution_state, self.cell = "dead", None
        self._kernel_info_future = answered_info()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        if self.restarted:
            self.restarted.set()

    async def is_alive(self):
        # The engine reports an end some milliseconds before its list shows it.
        ended = self.kernel is None or self.kernel.end
        return not ended and await in_thread(self.kernel.poll) is None

    async def tell_end(self):
        """Reports how the kernel ended: in the log, and in the running cell if memory ran out."""
        kernel = self.process_proxy
        for _ in range(10):
            if kernel is None or kernel.end:
                break
            await asyncio.sleep(0.1)
        if kernel is None or not kernel.end:
            self.log.warning("Kernel %s ended", self.kernel_id)
        elif kernel.end.wanted_memory:
            text = want_of_memory(memory_of(self.kernel_spec))
            self.log.error("Kernel %s: %s", self.kernel_id, text)
            # Without a running cell, the page has no place to show it.
            if self.cell:
                tell_pages(self.kernel_id, "stream", {"name": "stderr", "text": f"\n{text}\n"}, self.cell)
        else:
            self.log.warning("Kernel %s ended (%s)", self.kernel_id, kernel.end)

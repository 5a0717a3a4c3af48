"""All kernels of this gateway.

Stock: a dead kernel is removed from the list. If a person asks for a restart during another restart, nothing happens.
Here: a dead kernel stays in the list, so that a person can restart it, and a second restart waits for the first.
Written for Enterprise Gateway 3.3.0 (`kernels/remotemanager.py`).
"""

import asyncio

from enterprise_gateway.services.kernels.remotemanager import RemoteMappingKernelManager
from jupyter_client.kernelspec import NoSuchKernel

from orchest_gateway.kernels.activity import Activity
from orchest_gateway.kernels.failures import not_here
from orchest_gateway.kernels.lives import follow_lives
from orchest_gateway.launch import LABEL, LAUNCH, SOCKET
from orchest_gateway.messages.waiting import Buffers


class Kernels(Activity, Buffers, RemoteMappingKernelManager):
    following = None
    # The containers that are starting, by kernel id.
    starting = {}

    async def start_kernel(self, *args, **kwargs):
        if self.following is None:
            labels = [f"{LABEL}={LAUNCH}"] if LAUNCH else []
            lives = follow_lives(SOCKET, labels, self.heard, self.log)
            self.following = asyncio.ensure_future(lives)
        try:
            return await super().start_kernel(*args, **kwargs)
        except NoSuchKernel:
            raise not_here(kwargs.get("kernel_name"), self.kernel_spec_manager) from None

    def heard(self, kernel_id, container, end):
        kernel, starting = self._kernels.get(kernel_id), self.starting.get(kernel_id)
        if end is None:
            if starting:
                starting.container = container
            return
        for process in (kernel and kernel.process_proxy, starting):
            if process and process.container == container:
                process.end = end
        if kernel and kernel._restarter:
            asyncio.ensure_future(kernel._restarter.poll())

    async def restart_kernel(self, kernel_id, now=False):
        """Waits for a restart that is going on, and restarts the kernel again only if it is dead after that."""
        kernel = self.get_kernel(kernel_id)
        while kernel.restarting:
            await kernel.restarted.wait()
            await asyncio.sleep(0.1)
            if not kernel.restarting and kernel.execution_state != "dead":
                return
        kernel.restarting = True
        try:
            await super(RemoteMappingKernelManager, self).restart_kernel(kernel_id, now)
        finally:
            kernel.restarting = False

    def _handle_kernel_died(self, kernel_id):
        """Does nothing: a dead kernel stays in the list, so that a person can restart it."""

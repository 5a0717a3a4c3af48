"""Keeps sessions while the gateway does not answer.

Stock: a session whose kernel is not found is removed.
Here: the server asks the gateway again first. If the gateway does not answer, that is an error, and no session is lost.
Written for jupyter_server 2.21.1 (`gateway/managers.py`).
"""

from jupyter_server.gateway import managers


class Sessions(managers.GatewaySessionManager):
    async def kernel_culled(self, kernel_id):
        # If the gateway does not answer, this raises an error, and the session stays.
        if kernel_id not in self.kernel_manager:
            await self.kernel_manager.settle()
        return await super().kernel_culled(kernel_id)

"""The gateway's kernels, even after the gateway or this server ended.

Stock: kernels that ended with their gateway are forgotten, and a new server knows none.
Here: such kernels get successors with the same ids at the new gateway, and a new server of the same launch knows the
kernels of the previous one.
Why: sessions and pages go on with the successors, as after a restart.
Written for jupyter_server 2.21.1 (`gateway/managers.py`).
"""

import asyncio
import json
import os

from jupyter_server.gateway import managers
from tornado.escape import json_decode

from orchest_server.files import in_home
from orchest_server.kernels.failures import gateway_request
from orchest_server.launch import HOME


def kept_in(text):
    """The gateway and the kernels in a file that terminals can write."""
    try:
        kept = json.loads(text or "")
        kernels = {
            kernel_id: {"name": str(kernel["name"]), "path": kernel["path"]}
            for kernel_id, kernel in kept["kernels"].items()
            if isinstance(kernel["path"], str | None)
        }
        return kept["gateway"], kernels
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, {}


class Kernels(managers.GatewayMappingKernelManager):
    """The gateway's kernels. Only this server asks the gateway for kernels."""

    FILE = os.path.join(HOME, ".kernels.json")

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.settling = asyncio.Lock()
        self.paths = {}
        # The name of the gateway that has the kernels, and the kernels that may not be there any more.
        self.gateway, self.unsettled = kept_in(in_home.read(self.FILE))
        self.settled = False
        # How many kernels are starting: a launch with such a kernel is in use.
        self.starting = 0

    def keep(self):
        kernels = {
            kernel_id: {"name": kernel.kernel["name"], "path": self.paths.get(kernel_id)}
            for kernel_id, kernel in self._kernels.items()
            if kernel.kernel
        }
        in_home.write(self.FILE, json.dumps({"gateway": self.gateway, "kernels": kernels}))

    async def start_kernel(self, *, kernel_id=None, path=None, **kwargs):
        self.starting += 1
        try:
            kernel_id = await super().start_kernel(kernel_id=kernel_id, path=path, **kwargs)
        finally:
            self.starting -= 1
        self.paths.setdefault(kernel_id, path)
        self.keep()
        return kernel_id

    async def restart_kernel(self, kernel_id, now=False, **kwargs):
        await super().restart_kernel(kernel_id, now, **kwargs)
        await self.get_kernel(kernel_id).refresh_model()

    def remove_kernel(self, kernel_id):
        removed = super().remove_kernel(kernel_id)
        self.keep()
        return removed

    async def settle(self):
        """Learns which kernels the gateway has. Starts successors of kernels that ended with the last gateway."""
        async with self.settling:
            response = await gateway_request(self.kernels_url, method="GET")
            gateway = response.headers.get("X-Orchest-Gateway")
            if self.settled and gateway == self.gateway:
                return
            there = {model["id"] for model in json_decode(response.body)}
            known = {**self.unsettled}
            for kernel_id, kernel in self._kernels.items():
                if kernel.kernel:
                    known[kernel_id] = {"name": kernel.kernel["name"], "path": self.paths.get(kernel_id)}
            self.paths.update({kernel_id: kernel["path"] for kernel_id, kernel in known.items()})
            for kernel_id in there - set(self._kernels):
                await super().start_kernel(kernel_id=kernel_id)
            if self.gateway not in (None, gateway):
                ended = [self.succeed(kernel_id, known[kernel_id]) for kernel_id in set(known) - there]
                await asyncio.gather(*ended)
            self.gateway, self.settled, self.unsettled = gateway, True, {}
            self.keep()

    async def succeed(self, kernel_id, kernel):
        successor = self.kernel_manager_factory(parent=self, log=self.log)
        path = kernel["path"]
        cwd = {} if path is None else {"cwd": self.cwd_for_path(path)}
        try:
            await successor.start_kernel(kernel_name=kernel["name"], env={"KERNEL_ID": kernel_id}, **cwd)
        except Exception as error:  # the other kernels go on, whatever the reason is
            self.log.error("Kernel %s ended with its gateway, and has no successor: %s", kernel_id, error)
            self._kernels.pop(kernel_id, None)
            return
        self._kernels[kernel_id] = successor
        self.log.info("Kernel %s ended with its gateway; its successor runs", kernel_id)

    async def list_kernels(self, **kwargs):
        await self.settle()
        before = set(self._kernels)
        kernels = await super().list_kernels(**kwargs)
        if before != set(self._kernels):
            self.keep()
        return kernels

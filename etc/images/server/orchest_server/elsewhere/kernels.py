"""This server's own kernels at a gateway that others use, too.

Stock: the server asks for the list of all kernels, which a gateway refuses unless it is configured otherwise. A kernel
that is gone is forgotten, with its session.
Here: it asks for each of its own kernels. One that is gone is dead, and stays with its session until a person chooses
another. A new server of the same launch knows the kernels of the previous one. While the gateway is away, the state of
kernels is unknown.
Why: no kernel of anybody else is listed or touched, and none takes the place of another without a person's word.
Written for jupyter_server 2.21.1 (`gateway/managers.py`).
"""

import asyncio
import datetime
import os

from jupyter_server.gateway import managers
from tornado import web
from tornado.escape import json_decode, url_escape
from traitlets import default

from orchest_server.connection.connection import Connection
from orchest_server.elsewhere import words
from orchest_server.elsewhere.asking import gateway_request
from orchest_server.kernels.kernels import Kernels
from orchest_server.launch import PLACE

# How long a list of kernels waits for the gateway (s). A later one has what comes after it.
PATIENCE = 5
# How long the gateway may take to start a kernel, as a request to it says (s): a bit less than the request itself.
LAUNCH = "140"
# How long the end of all kernels may take (s): the container is removed soon after.
END = 6
# The exit code of a server whose kernels may not all have ended: the app has the sentence for it.
LEFT = 79
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class Kernel(managers.GatewayKernelManager):
    """One kernel at the gateway."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Whether the gateway said that it does not have the kernel, and whether the kernel's page had the remark.
        self.gone, self.remarked = False, False
        self.refreshing = None

    def know(self, kernel_id, name):
        """Takes up a kernel of the previous server. What it does is not known before the gateway answers."""
        self.kernel_id = kernel_id
        self.kernel_url = f"{self.kernels_url}/{url_escape(kernel_id)}"
        now = datetime.datetime.now(datetime.UTC).strftime(TIME)
        self.kernel = {"id": kernel_id, "name": name, "last_activity": now, "connections": 0}
        self.kernel["execution_state"] = "unknown"

    def refresh(self):
        """Asks the gateway, once for all who want to know at the same time."""
        if self.refreshing is None or self.refreshing.done():
            self.refreshing = asyncio.ensure_future(self.refresh_model())
            # Who does not wait for the answer does not look for an error.
            self.refreshing.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self.refreshing

    async def refresh_model(self, model=None):
        if model is None:
            try:
                model = json_decode((await gateway_request(self.kernel_url, method="GET")).body)
            except words.Failure as failure:
                if not failure.gone:
                    self.kernel = {**self.kernel, "execution_state": "unknown"}
                    raise
                return self.end()
        self.gone = False
        # A time without a fraction is valid, too.
        seen = datetime.datetime.fromisoformat(model["last_activity"]).strftime(TIME)
        return await super().refresh_model({**model, "last_activity": seen})

    def end(self):
        """The kernel is dead. JupyterLab shows the reason when it opens the notebook."""
        was, self.gone = self.gone, True
        self.execution_state = "dead"
        self.kernel = {**self.kernel, "execution_state": "dead", "connections": 0, "reason": words.gone(PLACE)}
        if not was:
            self.log.warning("Kernel %s is not at its gateway any more", self.kernel_id)
            for connection in [*Connection.OPEN.values()]:
                if connection.kernel_id == self.kernel_id and connection.ws is not None:
                    # It then tries to connect again, and tells its page.
                    connection.ws.close()
        return self.kernel


class Own(Kernels):
    """The kernels that this server has started."""

    # That of the server, at its end.
    exit_code = 0

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self):
        return "orchest_server.elsewhere.kernels.Kernel"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        known, self.unsettled, self._kernels = self.unsettled, {}, {}
        if self.gateway not in (None, PLACE.url):
            known = {}
        self.gateway = PLACE.url
        for kernel_id, kept in known.items():
            kernel = self.kernel_manager_factory(parent=self, log=self.log)
            kernel.know(kernel_id, kept["name"])
            self._kernels[kernel_id] = kernel

    def asked_with(self, path):
        """The variables that the gateway gets for a new kernel."""
        env = {"KERNEL_LAUNCH_TIMEOUT": LAUNCH}
        if PLACE.user:
            env["KERNEL_USERNAME"] = PLACE.user
        if PLACE.path:
            env["KERNEL_WORKING_DIR"] = PLACE.folder_of(os.path.relpath(self.cwd_for_path(path or ""), self.root_dir))
        return env

    async def start_kernel(self, *, kernel_id=None, kernel_name=None, path=None, **kwargs):
        if kernel_id is not None:
            # Stock would take up any kernel of the gateway.
            raise web.HTTPError(404, f"This launch has no kernel {kernel_id}: start a new one.")
        kwargs["env"] = self.asked_with(path)
        # Without `path`: stock would send a folder of this container.
        return await super().start_kernel(kernel_name=kernel_name or self.default_kernel_name, **kwargs)

    async def restart_kernel(self, kernel_id, now=False, **kwargs):
        await self.unless_gone(kernel_id, super().restart_kernel(kernel_id, now, **kwargs))

    async def interrupt_kernel(self, kernel_id, **kwargs):
        await self.unless_gone(kernel_id, super().interrupt_kernel(kernel_id, **kwargs))

    async def unless_gone(self, kernel_id, action):
        """A gateway answers with an error of its own (500) if it does not have the kernel."""
        try:
            await action
        except words.Failure:
            kernel = self.get_kernel(kernel_id)
            await asyncio.wait([kernel.refresh()])
            if kernel.gone:
                raise words.Failure(404, words.gone(PLACE), gone=True) from None
            raise

    async def settle(self):
        """Asks for all kernels, and waits a while for the answers."""
        asked = [kernel.refresh() for kernel in self._kernels.values() if kernel.kernel]
        if asked:
            await asyncio.wait(asked, timeout=PATIENCE)

    async def list_kernels(self, **kwargs):
        await self.settle()
        return [kernel.kernel for kernel in self._kernels.values() if kernel.kernel]

    async def shutdown_all(self, now=False):
        """Ends all kernels at the same time: the launch is being stopped."""
        ends = [asyncio.ensure_future(self.shutdown_kernel(kernel_id, now)) for kernel_id in [*self._kernels]]
        if ends:
            ended, late = await asyncio.wait(ends, timeout=END)
            left = len(late) + sum(end.exception() is not None for end in ended)
            if left:
                self.exit_code = LEFT
                self.log.error("%s kernels may still be at the gateway %s: end them there", left, PLACE.name)

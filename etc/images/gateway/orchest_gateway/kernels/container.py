"""A kernel in a container of its own.

Stock: `DockerProcessProxy` fails if a kernel has two containers. A restarted kernel has two for a moment.
Here: `KernelContainer` replaces it. It asks the engine itself (`engine.py`), and takes the newest container.
Written for Enterprise Gateway 3.3.0 (`processproxies/docker_swarm.py`, `processproxies/container.py`).
"""

import asyncio
import http.client

from enterprise_gateway.services.processproxies.container import ContainerProcessProxy

from orchest_gateway.engine import containers, remove
from orchest_gateway.kernels.interrupts import Signals
from orchest_gateway.kernels.starting import Starting
from orchest_gateway.threads import in_thread


class KernelContainer(Starting, Signals, ContainerProcessProxy):
    """A kernel in a container of its own. It takes the place of Enterprise Gateway's DockerProcessProxy."""

    container = None
    # How it ended (`End`), once the engine has reported that.
    end = None
    # Where the kernel reports its address (`Reports`).
    reports = None

    def get_initial_states(self):
        return {"created", "running"}

    def get_error_states(self):
        return {"restarting", "removing", "paused", "exited", "dead"}

    def get_container_status(self, iteration):
        try:
            found = containers(self.kernel_id)
        except (OSError, http.client.HTTPException) as error:
            # If the engine does not answer, nothing is known about the kernel. It may well run.
            self.log.warning("The engine does not answer: %s", error)
            return "running"
        if not found:
            return ""
        newest = found[0]
        self.container = newest["Id"]
        self.container_name = self.assigned_host = newest["Names"][0].lstrip("/")
        networks = newest["NetworkSettings"]["Networks"].values()
        self.assigned_ip = next((one["IPAddress"] for one in networks if one.get("IPAddress")), None)
        return newest["State"].lower()

    def terminate_container_resources(self):
        try:
            for found in containers(self.kernel_id):
                remove(found["Id"])
        except (OSError, http.client.HTTPException) as error:
            self.log.error("Kernel %s: its container could not be removed: %s", self.kernel_id, error)

    def kill(self):
        self.terminate_container_resources()

    def cleanup(self):
        self.reports.forget()
        super().cleanup()

    async def address(self):
        """The IP address of its container."""
        await in_thread(self.get_container_status, None)
        return self.assigned_ip

    def wait(self):
        """Returns at once: every caller has seen the end already."""

    def shutdown_listener(self):
        if self.comm_port == 0:
            # The kernel was asked to end, and may still have something to write. Its container ends with it.
            return
        super(ContainerProcessProxy, self).shutdown_listener()
        # By its id and not by its label: if the kernel restarts, its next container has the same label.
        if self.container:
            asyncio.get_running_loop().run_in_executor(None, remove, self.container)

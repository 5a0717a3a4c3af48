"""Decides which variables and which command the launch script of a kernel gets.

Stock: a client's request can set any `KERNEL_…` variable. A kernelspec may start the kernel as a process beside the
gateway. A kernelspec without `{public_key}` starts a kernel that cannot report.
Here: the script has a short list of variables. Kernels are containers only. The command is completed.
Why: only the launch may decide the mounts, the user and the image of a kernel.
Written for Enterprise Gateway 3.3.0 (`kernels/remotemanager.py`).
"""

import asyncio
import json
import os

from enterprise_gateway.services.kernels.remotemanager import RemoteKernelManager, get_process_proxy_config
from enterprise_gateway.services.processproxies.processproxy import local_ip
from traitlets import Type

from orchest_gateway.kernels.container import KernelContainer
from orchest_gateway.kernels.failures import NotStarted, not_here
from orchest_gateway.kernels.interrupts import Interrupts
from orchest_gateway.kernels.resources import resources_of
from orchest_gateway.kernels.restarter import Restarter
from orchest_gateway.kernels.restarts import Restarts
from orchest_gateway.launch import KERNEL
from orchest_gateway.messages.channel import Connects
from orchest_gateway.messages.waiting import Kept
from orchest_gateway.reports.reports import Reports

PROXIES = "enterprise_gateway.services.processproxies.docker_swarm."
# What the launch script inherits, and what a client may send.
INHERITED = ("PATH", "LANG", "HOME", "USER", "ORCHEST_KERNEL", "EG_DOCKER_NETWORK")
FROM_CLIENT = ("KERNEL_ID", "KERNEL_USERNAME", "KERNEL_WORKING_DIR")


def own_mounts(spec):
    """The mounts of a kernelspec's own, such as its environment: `metadata.orchest.mounts`."""
    own = (spec.metadata or {}).get("orchest")
    mounts = own.get("mounts") if isinstance(own, dict) else None
    return mounts if isinstance(mounts, list) else []


class KernelManager(Connects, Interrupts, Restarts, RemoteKernelManager):
    """A kernel, and how it is started."""

    restarter_class = Type(Restarter, klass=Restarter)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = Kept()

    async def start_kernel(self, **kwargs):
        sent = kwargs.get("env") or {}
        spec = self.kernel_spec
        if not os.path.isdir(spec.resource_dir):
            raise not_here(self.kernel_name, self.kernel_spec_manager)
        user, _, group = (KERNEL.get("user") or "1000:1000").partition(":")
        kwargs["env"] = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **{name: sent[name] for name in FROM_CLIENT if name in sent},
            "KERNEL_UID": user,
            "KERNEL_GID": group or user,
            "ORCHEST_KERNELSPEC": self.kernel_name,
            "ORCHEST_KERNELSPEC_ENV": json.dumps(spec.env or {}),
            "ORCHEST_KERNELSPEC_MOUNTS": json.dumps(own_mounts(spec)),
            "ORCHEST_KERNELSPEC_RESOURCES": json.dumps(resources_of(spec)),
        }
        # With an id, this kernel is the successor of one that ended with its gateway. Pages that come back are treated
        # as after a restart. A real restart comes through here too, with the same env, but with an event already set.
        succeeds = "KERNEL_ID" in sent and self.restarted is None
        if succeeds:
            self.restarted = asyncio.Event()
        try:
            await super().start_kernel(**kwargs)
        except Exception:
            if self.process_proxy:
                self.process_proxy.cleanup()
            raise
        if succeeds:
            self.restarted.set()

    def _get_process_proxy(self):
        found = get_process_proxy_config(self.kernel_spec)
        if not found["class_name"].startswith(PROXIES):
            # The local process proxy would run the kernel in this container, beside the engine's socket.
            raise NotStarted(
                f"The kernelspec `{self.kernel_name}` does not start a container.\n"
                f"hint: set metadata.process_proxy.class_name to {PROXIES}DockerProcessProxy"
            )
        self.process_proxy = process = KernelContainer(kernel_manager=self, proxy_config=found["config"])
        process.reports = Reports(
            self.kernel_id, local_ip, process.response_manager._decode_payload, process.address, self.log
        )
        self.response_address = process.reports.response_address

    def format_kernel_cmd(self, extra_arguments=None):
        argv = " ".join(self.kernel_spec.argv)
        missing = [
            part
            for name in ("kernel_id", "response_address", "public_key")
            if f"{{{name}}}" not in argv
            for part in (f"--{name.replace('_', '-')}", f"{{{name}}}")
        ]
        return super().format_kernel_cmd([*(extra_arguments or []), *missing])

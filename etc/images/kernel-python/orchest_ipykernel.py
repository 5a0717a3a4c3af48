"""Starts ipykernel, with a queue of outputs that has no end, and a word where the limit of processes was reached.

Stock, ZeroMQ drops what a kernel publishes while a thousand messages wait: outputs of a cell that prints faster than
they are read are lost without a word. What waits is limited by the gateway, by its size, and the cell says so.
"""

import errno
import os
import sys
from pathlib import Path

import zmq
from ipykernel.kernelapp import IPKernelApp

# What the notebook imports has its bytecode in the usual places (`orchest_layer.py`).
if "pycache_prefix" in sys._xoptions:
    sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
# By control groups of version 2 and 1.
PIDS = (Path("/sys/fs/cgroup/pids.events"), Path("/sys/fs/cgroup/pids/pids.events"))


def refused():
    """How many processes and threads this kernel may have, where some were refused."""
    for events in PIDS:
        try:
            if events.read_text().split()[1] != "0":
                return events.with_name("pids.max").read_text().strip()
        except (OSError, IndexError):
            pass
    return None


def explained(error, traceback):
    """With the reason, where an error is that of a process or thread that cannot be started."""
    process = isinstance(error, OSError) and error.errno == errno.EAGAIN
    thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
    most = refused() if process or thread else None
    if most is None:
        return traceback
    return [
        *traceback,
        f"The kernel has reached its limit of {most} processes and threads. Restart it, or choose "
        "another limit in Orchest's settings.",
    ]


class App(IPKernelApp):
    def init_iopub(self, context):
        # For sockets that are made from here on; those of requests and answers have no use for a limit either.
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)

    def init_shell(self):
        super().init_shell()
        show = self.shell._showtraceback
        self.shell._showtraceback = lambda kind, error, traceback: show(kind, error, explained(error, traceback))


if __name__ == "__main__":
    # The folder of this script; `python -m ipykernel_launcher` has the current one there, and takes it away as well.
    del sys.path[0]
    App.launch_instance()

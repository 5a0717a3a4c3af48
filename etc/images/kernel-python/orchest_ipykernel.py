"""Starts ipykernel, with a queue of outputs that has no end.

Stock, ZeroMQ drops what a kernel publishes while a thousand messages wait: outputs of a cell that prints faster than
they are read are lost without a word. What waits is limited by the gateway, by its size, and the cell says so.
"""

import sys

import zmq
from ipykernel.kernelapp import IPKernelApp


class App(IPKernelApp):
    def init_iopub(self, context):
        # For sockets that are made from here on; those of requests and answers have no use for a limit either.
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)


if __name__ == "__main__":
    # The folder of this script; `python -m ipykernel_launcher` has the current one there, and takes it away as well.
    del sys.path[0]
    App.launch_instance()

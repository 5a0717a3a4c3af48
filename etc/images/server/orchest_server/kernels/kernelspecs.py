"""Finds the files of a kernelspec at the gateway.

Stock: what a kernelspec does not have is then looked for on this side, where no kernelspec is. The addresses of one
kernelspec's pictures are those at the gateway.
Here: the answer is 404, and the addresses are below this server's path, as they are in the list of all kernelspecs.
Written for jupyter_server 2.21.1 (`gateway/managers.py`).
"""

from jupyter_server.gateway import managers
from tornado import web

find_resource = managers.GatewayKernelSpecManager.get_kernel_spec_resource


async def get_kernel_spec_resource(self, kernel_name, path):
    """A file of a kernelspec, from the gateway only."""
    found = await find_resource(self, kernel_name, path)
    if found is None:
        raise web.HTTPError(404, f"The kernelspec `{kernel_name}` has no `{path}`")
    return found


get_kernel_spec = managers.GatewayKernelSpecManager.get_kernel_spec


async def spec_below_the_path(self, kernel_name, **kwargs):
    """A kernelspec whose pictures have addresses below this server's path."""
    spec = await get_kernel_spec(self, kernel_name, **kwargs)
    return self._replace_path_kernelspec_resources({"kernelspecs": {kernel_name: spec}})["kernelspecs"][kernel_name]


def patch():
    managers.GatewayKernelSpecManager.get_kernel_spec_resource = get_kernel_spec_resource
    managers.GatewayKernelSpecManager.get_kernel_spec = spec_below_the_path

"""Finds the files of a kernelspec at the gateway.

Stock: if the gateway lacks a file of a kernelspec, the server looks for it in its own container, which has no
kernelspecs. The model of one kernelspec has the gateway's addresses of pictures.
Here: a missing file is a 404, and the addresses are below this server's path, as in the list of all kernelspecs.
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

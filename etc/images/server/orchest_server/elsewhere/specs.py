"""The kernelspecs of the gateway.

Stock: the default is the gateway's own. The name of the user is taken from the environment, and a request for one
kernelspec is wrong if there is a user.
Here: the default is the one that the launch has chosen, and the user is that of the place.
Written for jupyter_server 2.21.1 (`gateway/managers.py`).
"""

from urllib.parse import urlencode

from jupyter_server.gateway import managers
from jupyter_server.utils import url_path_join
from tornado.escape import url_escape

from orchest_server.launch import PLACE


class Specs(managers.GatewayKernelSpecManager):
    def _get_kernelspecs_endpoint_url(self, kernel_name=None):
        if kernel_name:
            return url_path_join(self.base_endpoint, url_escape(kernel_name))
        # A gateway leaves out the kernelspecs that the user may not start.
        return self.base_endpoint + (f"?{urlencode({'user': PLACE.user})}" if PLACE.user else "")

    async def get_all_specs(self):
        return (await self.list_kernel_specs())["kernelspecs"]

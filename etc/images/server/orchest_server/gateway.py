"""The connection to the gateway.

Stock: the server asks a name server for the gateway's address.
Here: it uses a socket file in a volume that only the gateway and this server have.
Why: with a name, the server could send the token to another process that answers for the name. Ports can be reached by
kernels and by other users of the machine.
Written for tornado 6.6.1 (`netutil.py`, `tcpclient.py`) and jupyter_server 2.21.1 (`gateway/gateway_client.py`).
"""

import os
import socket

from tornado.netutil import DefaultLoopResolver, Resolver

from orchest_common.gateway_socket import HOST, PATH

URL = f"http://{HOST}"


class ToSocket(DefaultLoopResolver):
    """Resolves the gateway's name to its socket, and other names as usual."""

    async def resolve(self, host, port, family=socket.AF_UNSPEC):
        if host != HOST:
            return await super().resolve(host, port, family)
        if not os.path.exists(PATH):
            # The same error as for an address without a listener: Jupyter then tries again.
            raise ConnectionRefusedError("the gateway does not listen yet")
        return [(socket.AF_UNIX, PATH)]


def patch():
    Resolver.configure(ToSocket)

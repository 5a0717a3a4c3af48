"""Opens a terminal in a kernel's container."""

import asyncio
import json
import re

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.utils import url_path_join
from tornado import httpclient, httputil, web
from tornado.escape import url_escape
from tornado.websocket import websocket_connect

# How long the gateway may take to start the shell (s).
PATIENCE = 30


async def connected(kernel_id):
    """Opens the gateway's websocket. Returns it when the shell has started."""
    gateway = GatewayClient.instance()
    url = url_path_join(gateway.ws_url or "", gateway.kernels_endpoint, url_escape(kernel_id), "terminal")
    request = httpclient.HTTPRequest(url, **gateway.load_connection_args())
    request.headers = httputil.HTTPHeaders(request.headers)
    socket = None
    try:
        socket = await asyncio.wait_for(websocket_connect(request), PATIENCE)
        said = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE) or "{}")
    except httpclient.HTTPClientError as error:
        if error.code == 404:
            raise web.HTTPError(404, "The kernel does not run in this launch. Start it, and try again.") from None
        raise web.HTTPError(502, f"The gateway did not open a terminal: {error}") from None
    except (TimeoutError, OSError, ValueError, TypeError) as error:
        if socket:
            socket.close()
        why = str(error) or "it does not answer"
        raise web.HTTPError(502, f"The gateway did not open a terminal: {why}. Try again in a moment.") from None
    if not said.get("started"):
        socket.close()
        raise web.HTTPError(409, said.get("failed") or "The gateway did not open a terminal. Try again in a moment.")
    return socket


class Opens(APIHandler):
    """POST `{"kernel": id}` opens a terminal in that kernel's container. The answer is as that of `/api/terminals`."""

    auth_resource = "terminals"

    @web.authenticated
    @authorized
    async def post(self):
        asked = self.get_json_body()
        kernel_id = asked.get("kernel") if isinstance(asked, dict) else None
        if not isinstance(kernel_id, str) or not re.fullmatch(r"\w+-\w+-\w+-\w+-\w+", kernel_id):
            raise web.HTTPError(400, 'The request names no kernel: {"kernel": "its id"} is wanted.')
        if kernel_id not in self.kernel_manager:
            await self.kernel_manager.list_kernels()
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404, "The kernel does not run in this launch. Start it, and try again.")
        model = await self.settings["terminal_manager"].open_in(kernel_id)
        self.finish(json.dumps(model))

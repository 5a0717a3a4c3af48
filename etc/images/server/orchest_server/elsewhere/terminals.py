"""No terminal can be opened in a kernel elsewhere: a gateway that is not ours has no such way.

The command is not in JupyterLab's menus then. A page that is still open from before may ask.
"""

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from orchest_server.launch import PLACE

EXTENSION = "orchest-terminal"


class Opens(APIHandler):
    """Says why there is no terminal."""

    auth_resource = "terminals"

    @web.authenticated
    @authorized
    async def post(self):
        text = f"The kernel runs at {PLACE.name}, and its gateway opens no terminals. Run a command in a cell instead."
        raise web.HTTPError(409, text)


def without_command(_handler, page_config):
    """Lab's settings for a page, without the extension that has the command."""
    disabled = [*page_config.get("disabledExtensions", [])]
    return {**page_config, "disabledExtensions": [*disabled, *({EXTENSION} - {*disabled})]}

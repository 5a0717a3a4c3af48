"""Starts JupyterLab for one launch of Orchest Desktop.

What it does otherwise than `jupyter lab`:

* what only serves updates and extension catalogues, which are off, is not imported;
* checkpoints stay out of the person's folder;
* why a kernel did not start is told in the gateway's own words;
* kernels that the gateway has already, since this server takes the place of one that ended, are known to it;
* it tells how long nobody has used it, for which a page that is only left open does not count.
"""

import datetime
import gc
import sys
import types

# Nothing of what starting makes is garbage; looking for it takes a tenth of the time.
gc.disable()


def absent(name, **names):
    """Puts an empty module in the place of one that is imported but never used here."""
    module = types.ModuleType(name)
    module.__dict__.update(names, __path__=[])
    sys.modules[name] = module


absent("httpx")
absent("requests")
absent("jupyterlab.extensions.pypi", PyPIExtensionManager=None)

import os  # noqa: E402

from jupyter_server.base.handlers import APIHandler  # noqa: E402
from jupyter_server.gateway import gateway_client, managers  # noqa: E402
from jupyter_server.serverapp import ServerApp  # noqa: E402
from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints  # noqa: E402
from jupyterlab.labapp import LabApp  # noqa: E402
from tornado import ioloop, web  # noqa: E402
from tornado.escape import json_decode  # noqa: E402

# Out of the environment: Jupyter writes all of it to the log at each start of a kernel, and terminals inherit it.
TOKEN = os.environ.pop("JUPYTER_TOKEN", None)
GATEWAY_TOKEN = os.environ.pop("JUPYTER_GATEWAY_AUTH_TOKEN", "")
CHECKPOINTS = os.path.join(os.environ.get("HOME", "/tmp"), ".checkpoints")


class Checkpoints(AsyncFileCheckpoints):
    """Keeps a file's checkpoint under the file's own path, in the server's home.

    The stock class joins an absolute `checkpoint_dir` with the bare name, so that two notebooks of
    the same name in two folders share one checkpoint.
    """

    def checkpoint_path(self, checkpoint_id, path):
        folder, _, name = path.strip("/").rpartition("/")
        stem, suffix = os.path.splitext(name)
        folder = os.path.join(CHECKPOINTS, folder)
        with self.perm_to_403():
            os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{stem}-{checkpoint_id}{suffix}")


# Jupyter's handlers show it to the person, and expect it to be formatted; Tornado's has `%s` and `%%` in it.
web.HTTPError.log_message = property(web.HTTPError.get_message)


class GatewayFailure(web.HTTPError):
    """The gateway's text alone, also where Jupyter shows the error as a string."""

    def __str__(self):
        return self.get_message()


ask_gateway = gateway_client.gateway_request


async def gateway_request(endpoint, **kwargs):
    try:
        return await ask_gateway(endpoint, **kwargs)
    except web.HTTPError as error:
        # Its arguments: the gateway's message, then its reason, in a sentence about URLs.
        if error.status_code == 500 and len(error.args) == 2 and error.args[0]:
            raise GatewayFailure(500, str(error.args[0])) from error
        raise


managers.gateway_request = gateway_request
# While both containers start, the gateway is often a moment behind: ask again soon (s).
gateway_client.RetryableHTTPClient.backoff_factor = 0.02


track_activity = APIHandler.update_api_activity


def update_api_activity(self):
    """A page that is left open asks for the same lists again and again; a person changes or opens something."""
    opens = "/api/contents/" in self.request.path and self.get_query_argument("type", "") in ("file", "notebook")
    if self.request.method != "GET" or opens:
        track_activity(self)


APIHandler.update_api_activity = update_api_activity


class Idle(APIHandler):
    """How long neither a person nor a kernel has done anything, and whether a kernel computes."""

    @web.authenticated
    async def get(self):
        kernels = await self.kernel_manager.list_kernels()
        seen = [datetime.datetime.fromisoformat(kernel["last_activity"]) for kernel in kernels]
        last = max([self.application.last_activity(), *seen])
        idle = datetime.datetime.now(datetime.timezone.utc) - last
        busy = any(kernel["execution_state"] == "busy" for kernel in kernels)
        self.finish({"busy": busy, "idle_ms": max(0, int(idle.total_seconds() * 1000))})


def collect_again():
    gc.freeze()
    gc.enable()


async def adopt_kernels():
    """Nobody else asks this gateway for kernels: those it has were started through the server before this one."""
    kernels = ServerApp.instance().kernel_manager
    response = await gateway_request(kernels.kernels_url, method="GET")
    for model in json_decode(response.body):
        if model["id"] not in kernels:
            await kernels.start_kernel(kernel_id=model["id"])


def settle():
    collect_again()
    app = ServerApp.instance()
    app.web_app.add_handlers(".*$", [(app.base_url + "api/orchest/idle", Idle)])
    ioloop.IOLoop.current().add_callback(adopt_kernels)


if __name__ == "__main__":
    if not TOKEN:
        sys.exit("error: JUPYTER_TOKEN is empty: anybody on this machine could run code here")
    sys.modules["orchest_server"] = sys.modules["__main__"]
    ioloop.IOLoop.current().call_later(1, settle)
    LabApp.launch_instance()

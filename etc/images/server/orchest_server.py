"""Starts JupyterLab for one launch of Orchest Desktop.

What it does otherwise than `jupyter lab`:

* what only serves updates and extension catalogues, which are off, is not imported;
* checkpoints stay out of the person's folder;
* it runs by `python -I` and by an interpreter that may not be read: it imports nothing but what is in the image, and no
  terminal can look into it, or has its tokens;
* of the home, which terminals write, only what is data or the page's is read: open tabs, trust, extensions of the page;
* what belongs to a launch that is over, its kernels and sessions, is not taken for this one's;
* of Lab's settings, which servers of other folders write too, only plain files are read and written;
* why a kernel did not start is told in the gateway's own words;
* a server that takes the place of one that ended knows its kernels and sessions, and a page goes on with them;
* kernels that ended with their gateway get successors of their own ids at the next one;
* a kernel's state is the present one, whoever asks in whichever way, and a failure keeps the gateway's words;
* messages between pages and kernels: see orchest_connection.py;
* a terminal can be one in a kernel's container: see orchest_terminals.py;
* it tells how long nobody has used it, for which a page that is only left open does not count.
"""

import asyncio
import ctypes
import datetime
import gc
import json
import os
import stat
import sys
import types

# PR_SET_DUMPABLE: as the interpreter's mode has it, also where an engine's files have other modes.
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
# Out of the environment, which terminals inherit, and which Jupyter writes to the log at each start of a kernel.
TOKEN = os.environ.pop("JUPYTER_TOKEN", None)
GATEWAY_TOKEN = os.environ.pop("JUPYTER_GATEWAY_AUTH_TOKEN", "")

# What is here is kept for the folder's next launch: open tabs, trusted notebooks, checkpoints.
HOME = os.environ.get("HOME", "/tmp")
CHECKPOINTS = os.path.join(HOME, ".checkpoints")
# As Jupyter has it in a home.
DATA = os.path.join(HOME, ".local/share/jupyter")
CONFIG = os.path.join(HOME, ".jupyter")
# Terminals can write all of the home, and Jupyter runs code of both places: configuration, and templates of exports.
# So it looks for them where nothing is; what of the home is data is named, one by one.
EMPTY = "/opt/orchest/empty"
JUPYTERS = {
    "JUPYTER_CONFIG_DIR": EMPTY,
    "JUPYTER_DATA_DIR": EMPTY,
    # Its list of running servers holds tokens, and is not written.
    "JUPYTER_RUNTIME_DIR": os.path.join(DATA, "runtime"),
    "JUPYTERLAB_WORKSPACES_DIR": os.path.join(CONFIG, "lab/workspaces"),
}
os.environ.update(JUPYTERS)

# The person's, for all that this and its terminals write.
os.umask(int(os.environ.pop("ORCHEST_UMASK", "0022"), 8))
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

import orchest_terminals  # noqa: E402
from jupyter_core.application import JupyterApp  # noqa: E402
from jupyter_server.base.handlers import APIHandler  # noqa: E402
from jupyter_server.gateway import gateway_client, managers  # noqa: E402
from jupyter_server.nbconvert import handlers as exports  # noqa: E402
from jupyter_server.serverapp import ServerApp  # noqa: E402
from jupyter_server.services.config import manager as page_config  # noqa: E402
from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints  # noqa: E402
from jupyter_server.services.kernels.handlers import KernelActionHandler, KernelHandler  # noqa: E402
from jupyter_server.services.sessions.handlers import SessionHandler, SessionRootHandler  # noqa: E402
from jupyterlab.labapp import LabApp  # noqa: E402
from jupyterlab_server import settings_utils  # noqa: E402
from tornado import ioloop, web  # noqa: E402
from tornado.escape import json_decode  # noqa: E402
from tornado.httpclient import AsyncHTTPClient  # noqa: E402


def only_of(attempt):
    """Kernels and sessions are one launch's own; a server that takes the place of one that ended has them, too."""
    mark = os.path.join(HOME, ".attempt")
    try:
        with open(mark, encoding="utf-8") as file:
            if file.read() == attempt:
                return
    except OSError:
        pass
    for name in (".sessions.sqlite", ".kernels.json"):
        try:
            os.remove(os.path.join(HOME, name))
        except FileNotFoundError:
            pass
    with open(mark, "w", encoding="utf-8") as file:
        file.write(attempt)


if "ORCHEST_ATTEMPT" in os.environ:
    only_of(os.environ.pop("ORCHEST_ATTEMPT"))

# Nothing of Jupyter's first years is in a home, and what it would be taken over to is not read.
JupyterApp.migrate_config = lambda _: None
# Both hold the token, for whoever looks for a server that runs.
ServerApp.write_server_info_file = ServerApp.write_browser_open_files = lambda _: None
# What pages keep, and read, is data, and in the home.
config_path = page_config.jupyter_config_path
page_config.jupyter_config_dir = lambda: CONFIG
page_config.jupyter_config_path = lambda: [CONFIG, *config_path()]


class Terminals(orchest_terminals.Terminals):
    """Terminals work in the pipeline's folder, and have the person's environment."""

    def new_terminal(self, **kwargs):
        if kwargs.get("cwd") in (None, os.getcwd()):
            kwargs["cwd"] = self.parent.root_dir
        return super().new_terminal(**kwargs)

    def make_term_env(self, *args, **kwargs):
        env = super().make_term_env(*args, **kwargs)
        return {name: value for name, value in env.items() if name not in JUPYTERS}


get_exporter = exports.get_exporter


def get_exporter_by_name(*args, **kwargs):
    # Not sooner: it is slow to import.
    from nbconvert.exporters import base, script

    def named(name, *args, **kwargs):
        """Stock, a notebook's metadata name any module that is here, which is then imported."""
        if "." in name:
            raise base.ExporterNameError(f"Unknown exporter `{name}`: a notebook can name those that are offered")
        return base.get_exporter(name, *args, **kwargs)

    script.get_exporter = named
    return get_exporter(*args, **kwargs)


exports.get_exporter = get_exporter_by_name

settings_path = settings_utils._path


def plain_settings_path(root_dir, schema_name, make_dirs=False, extension=".json"):
    """A link or a pipe in their place, which would lead into this folder or to no end, is removed."""
    path = settings_path(root_dir, schema_name, make_dirs, extension)
    if extension == settings_utils.SETTINGS_EXTENSION:
        for part in (os.path.dirname(path), path):
            try:
                mode = os.lstat(part).st_mode
            except FileNotFoundError:
                continue
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                os.remove(part)
                os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


settings_utils._path = plain_settings_path


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
        if len(error.args) == 2 and error.args[0]:
            raise GatewayFailure(error.status_code, str(error.args[0])) from error
        raise


managers.gateway_request = gateway_request
# While both containers start, the gateway is often a moment behind: ask again soon (s).
gateway_client.RetryableHTTPClient.backoff_factor = 0.02


find_resource = managers.GatewayKernelSpecManager.get_kernel_spec_resource


async def get_kernel_spec_resource(self, kernel_name, path):
    """Stock, what a kernelspec does not have is then looked for on this side, where no kernelspec is."""
    found = await find_resource(self, kernel_name, path)
    if found is None:
        raise web.HTTPError(404, f"The kernelspec `{kernel_name}` has no `{path}`")
    return found


managers.GatewayKernelSpecManager.get_kernel_spec_resource = get_kernel_spec_resource
# Each kernel that starts holds one request until it answers; stock, the eleventh waits, and gives up after 20 s.
AsyncHTTPClient.configure(None, max_clients=200)


class Kernels(managers.GatewayMappingKernelManager):
    """The gateway's kernels. Nobody else asks it for any.

    A gateway ends with all its kernels. Those get successors of the same ids at the one that takes its place, so that
    sessions and pages go on with them, as after a restart.
    """

    FILE = os.path.join(HOME, ".kernels.json")

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.settling = asyncio.Lock()
        self.paths = {}
        try:
            with open(self.FILE, encoding="utf-8") as file:
                kept = json.load(file)
        except (OSError, ValueError):
            kept = {"gateway": None, "kernels": {}}
        # The gateway that has our kernels, and those of them that are not known to be there yet.
        self.gateway, self.unsettled = kept["gateway"], kept["kernels"]
        self.settled = False
        # How many are being started: whoever waits for one uses the launch.
        self.starting = 0

    def keep(self):
        kernels = {
            kernel_id: {"name": kernel.kernel["name"], "path": self.paths.get(kernel_id)}
            for kernel_id, kernel in self._kernels.items()
            if kernel.kernel
        }
        with open(self.FILE + ".new", "w", encoding="utf-8") as file:
            json.dump({"gateway": self.gateway, "kernels": kernels}, file)
        os.replace(file.name, self.FILE)

    async def start_kernel(self, *, kernel_id=None, path=None, **kwargs):
        self.starting += 1
        try:
            kernel_id = await super().start_kernel(kernel_id=kernel_id, path=path, **kwargs)
        finally:
            self.starting -= 1
        self.paths.setdefault(kernel_id, path)
        self.keep()
        return kernel_id

    async def restart_kernel(self, kernel_id, now=False, **kwargs):
        await super().restart_kernel(kernel_id, now, **kwargs)
        await self.get_kernel(kernel_id).refresh_model()

    def remove_kernel(self, kernel_id):
        removed = super().remove_kernel(kernel_id)
        self.keep()
        return removed

    async def settle(self):
        """Knows what the gateway has. Where it is another one, what ended with the last has successors."""
        async with self.settling:
            response = await gateway_request(self.kernels_url, method="GET")
            gateway = response.headers.get("X-Orchest-Gateway")
            if self.settled and gateway == self.gateway:
                return
            there = {model["id"] for model in json_decode(response.body)}
            known = {**self.unsettled}
            for kernel_id, kernel in self._kernels.items():
                if kernel.kernel:
                    known[kernel_id] = {"name": kernel.kernel["name"], "path": self.paths.get(kernel_id)}
            self.paths.update({kernel_id: kernel["path"] for kernel_id, kernel in known.items()})
            for kernel_id in there - set(self._kernels):
                await super().start_kernel(kernel_id=kernel_id)
            if self.gateway not in (None, gateway):
                ended = [self.succeed(kernel_id, known[kernel_id]) for kernel_id in set(known) - there]
                await asyncio.gather(*ended)
            self.gateway, self.settled, self.unsettled = gateway, True, {}
            self.keep()

    async def succeed(self, kernel_id, kernel):
        successor = self.kernel_manager_factory(parent=self, log=self.log)
        path = kernel["path"]
        cwd = {} if path is None else {"cwd": self.cwd_for_path(path)}
        try:
            await successor.start_kernel(kernel_name=kernel["name"], env={"KERNEL_ID": kernel_id}, **cwd)
        except Exception as error:  # whatever it is, the others go on
            self.log.error("Kernel %s ended with its gateway, and has no successor: %s", kernel_id, error)
            self._kernels.pop(kernel_id, None)
            return
        self._kernels[kernel_id] = successor
        self.log.info("Kernel %s ended with its gateway; its successor runs", kernel_id)

    async def list_kernels(self, **kwargs):
        await self.settle()
        before = set(self._kernels)
        kernels = await super().list_kernels(**kwargs)
        if before != set(self._kernels):
            self.keep()
        return kernels


class Sessions(managers.GatewaySessionManager):
    async def kernel_culled(self, kernel_id):
        # A gateway that does not answer is an error, and no session is lost by it.
        if kernel_id not in self.kernel_manager:
            await self.kernel_manager.settle()
        return await super().kernel_culled(kernel_id)


def of_the_present(get):
    """Asks the gateway first; stock, what is known of a kernel is what the list said when it was asked for last."""

    @web.authenticated
    async def present(self, *args, **kwargs):
        try:
            await self.kernel_manager.list_kernels()
        except Exception:
            # A gateway that does not answer is an error for who asks for a kernel; of a session something is known.
            if isinstance(self, KernelHandler):
                raise
        await get(self, *args, **kwargs)

    return present


def in_its_words(post):
    """Stock, the gateway's answer is an error of the server's own, with the status 500."""

    async def plain(self, *args, **kwargs):
        try:
            await post(self, *args, **kwargs)
        except web.HTTPError as error:
            if isinstance(error.__cause__, web.HTTPError):
                raise error.__cause__ from None
            raise

    return plain


for handler in (KernelHandler, SessionHandler, SessionRootHandler):
    handler.get = of_the_present(handler.get)
for handler in (KernelActionHandler, SessionRootHandler):
    handler.post = in_its_words(handler.post)


track_activity = APIHandler.update_api_activity


def update_api_activity(self):
    """A page that is left open asks for the same lists again and again; a person changes or opens something."""
    opens = "/api/contents/" in self.request.path and self.get_query_argument("type", "") in ("file", "notebook")
    if self.request.method != "GET" or opens:
        track_activity(self)


APIHandler.update_api_activity = update_api_activity


class Idle(APIHandler):
    """How long neither a person nor a kernel has done anything, and whether a kernel computes.

    One that is being started, or has not said yet what it does, counts as one that computes: nothing of its is lost by
    waiting.
    """

    @web.authenticated
    async def get(self):
        kernels = await self.kernel_manager.list_kernels()
        seen = [datetime.datetime.fromisoformat(kernel["last_activity"]) for kernel in kernels]
        last = max([self.application.last_activity(), *seen])
        idle = datetime.datetime.now(datetime.timezone.utc) - last
        rests = ("idle", "dead")
        busy = self.kernel_manager.starting > 0 or any(kernel["execution_state"] not in rests for kernel in kernels)
        self.finish({"busy": busy, "idle_ms": max(0, int(idle.total_seconds() * 1000))})


def collect_again():
    gc.freeze()
    gc.enable()


async def settle_kernels():
    try:
        await ServerApp.instance().kernel_manager.settle()
    except Exception:  # the gateway is still starting: whoever needs it settles
        pass


def serve_own():
    app = ServerApp.instance()
    own = [("idle", Idle), ("terminals", orchest_terminals.Opens)]
    app.web_app.add_handlers(".*$", [(f"{app.base_url}api/orchest/{name}", handler) for name, handler in own])


if __name__ == "__main__":
    if not TOKEN:
        sys.exit("error: JUPYTER_TOKEN is empty: anybody on this machine could run code here")
    sys.modules["orchest_server"] = sys.modules["__main__"]
    # Before the first request is read.
    ioloop.IOLoop.current().add_callback(serve_own)
    ioloop.IOLoop.current().add_callback(settle_kernels)
    ioloop.IOLoop.current().call_later(1, collect_again)
    LabApp.launch_instance()

"""The server's changes fit the pinned versions of the programs that they change. Tests of the shared package, too."""

import os
import subprocess
import sys

import pytest

from orchest_common.absent import absent

START = """
from orchest_common import process
process.close()
from orchest_server import launch, unused
unused.leave_out()
launch.prepare()
"""


def run(code, *words, **env):
    known = {**os.environ, "JUPYTER_TOKEN": "secret", "JUPYTER_GATEWAY_AUTH_TOKEN": "another", **env}
    command = [sys.executable, "-B", *(words or ["-c", START + code])]
    return subprocess.run(command, capture_output=True, text=True, env=known, timeout=120)


def test_no_process_looks_into_the_server_and_its_tokens_are_not_in_the_environment():
    # PR_GET_DUMPABLE
    ran = run(
        "import ctypes, os\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), [n for n in os.environ if 'TOKEN' in n])"
    )
    assert ran.stdout == "0 []\n", ran.stderr


def test_each_change_is_made_once():
    code = """
from orchest_server import app
app.patch()
from jupyter_core.application import JupyterApp
from jupyter_server.base.handlers import APIHandler
from jupyter_server.gateway import managers
from jupyter_server.nbconvert import handlers as exports
from jupyter_server.serverapp import ServerApp, ServerWebApplication
from jupyter_server.services.kernels.handlers import KernelActionHandler, KernelHandler
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyter_server.services.sessions.handlers import SessionHandler, SessionRootHandler
from jupyterlab_server import settings_utils
from tornado import httputil
changed = [APIHandler.update_api_activity, managers.gateway_request, exports.get_exporter, settings_utils._path,
    ServerWebApplication.find_handler, KernelWebsocketHandler.on_message, httputil.parse_cookie,
    JupyterApp.migrate_config, ServerApp.write_server_info_file, ServerApp.write_browser_open_files,
    managers.GatewayKernelSpecManager.get_kernel_spec, managers.GatewayKernelSpecManager.get_kernel_spec_resource]
import inspect
handlers = [KernelHandler.get, SessionHandler.get, SessionRootHandler.get, KernelActionHandler.post,
    SessionRootHandler.post]
ours = lambda one: one.__module__.startswith('orchest_server') or one.__code__.co_filename.count('orchest_server')
print([one for one in changed + handlers if not ours(inspect.unwrap(one, stop=ours))])
"""
    ran = run(code)
    assert ran.stdout == "[]\n", ran.stderr


def test_a_gateway_elsewhere_has_its_own_parts_and_the_launchs_own_has_none_of_them():
    code = """
from orchest_server import app
app.patch()
from jupyter_server.gateway import managers
from jupyter_server.gateway.gateway_client import GatewayClient
from tornado.netutil import Resolver
owners = [managers.gateway_request, GatewayClient.load_connection_args, app.Opens, Resolver.configured_class()]
print([owner.__module__.removeprefix('orchest_server.') for owner in owners])
"""
    own = ["kernels.failures", "jupyter_server.gateway.gateway_client", "terminals.opening", "gateway"]
    ran = run(code)
    assert ran.stdout == f"{own}\n", ran.stderr
    theirs = ["elsewhere.asking", "elsewhere.asking", "elsewhere.terminals", "tornado.netutil"]
    ran = run(code, JUPYTER_GATEWAY='{"url": "http://gateway:8888"}')
    assert ran.stdout == f"{theirs}\n", ran.stderr


def test_unused_modules_are_not_imported():
    names = "('httpx', 'requests', 'ipykernel')"
    code = f"import sys, orchest_server.app\nprint([n for n in {names} if hasattr(sys.modules.get(n), '__file__')])"
    ran = run(code)
    assert ran.stdout == "[]\n", ran.stderr


def test_the_server_does_not_start_without_a_token():
    ran = run("", "-m", "orchest_server", JUPYTER_TOKEN="")
    assert ran.returncode == 1
    assert ran.stderr == "error: JUPYTER_TOKEN is empty: anybody on this machine could run code here\n"


@pytest.mark.parametrize(
    "place",
    [
        "terminals.manager.Terminals",
        "files.checkpoints.Checkpoints",
        "files.contents.Contents",
        "kernels.kernels.Kernels",
        "kernels.sessions.Sessions",
        "connection.connection.Connection",
    ],
)
def test_everything_named_in_the_configuration_exists(place):
    folder = next(path for path in sys.path if os.path.exists(os.path.join(path, "jupyter_server_config.py")))
    with open(os.path.join(folder, "jupyter_server_config.py"), encoding="utf-8") as file:
        assert f'"orchest_server.{place}"' in file.read()
    ran = run(
        f"from traitlets.utils.importstring import import_item\nprint(import_item('orchest_server.{place}').__name__)"
    )
    assert ran.stdout.strip() == place.rpartition(".")[2], ran.stderr


def test_an_absent_module_has_every_name():
    absent("never_here", Something=1)
    absent("never_here.below", Other=2)
    try:
        from never_here import Something
        from never_here.below import Other

        assert (Something, Other) == (1, 2)
        with pytest.raises(ImportError):
            from never_here import Missing  # noqa: F401
    finally:
        del sys.modules["never_here"], sys.modules["never_here.below"]

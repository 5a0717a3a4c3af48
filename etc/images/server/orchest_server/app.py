"""The server's application, with all that the other files change in place."""

import gc
import sys

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp
from tornado import ioloop
from tornado.httpclient import AsyncHTTPClient

from orchest_server import attempt, exports, home, idle, lab_settings, reach
from orchest_server.connection import connection
from orchest_server.entrance import cookies, routes
from orchest_server.kernels import failures, kernelspecs, present
from orchest_server.launch import PLACE, TOKEN

if PLACE:
    from orchest_server.elsewhere import asking as way
    from orchest_server.elsewhere.terminals import Opens
else:
    from orchest_server import gateway as way
    from orchest_server.terminals.opening import Opens


def collect_again():
    gc.freeze()
    gc.enable()


async def settle_kernels():
    try:
        await ServerApp.instance().kernel_manager.settle()
    except Exception:  # the gateway still starts; the first request that needs it tries again
        pass


def serve_own():
    app = ServerApp.instance()
    own = [("idle", idle.Idle), ("terminals", Opens)]
    app.web_app.add_handlers(".*$", [(f"{app.base_url}api/orchest/{name}", handler) for name, handler in own])


def patch():
    for part in (
        home,
        exports,
        lab_settings,
        failures,
        kernelspecs,
        present,
        idle,
        cookies,
        routes,
        connection,
        # Of the gateway that the launch has: after `failures`, which it may replace.
        way,
    ):
        part.patch()
    # Each start of a kernel holds one request open. With stock, the eleventh waits, and gives up after 20 s.
    AsyncHTTPClient.configure(None, max_clients=200)


def run():
    if not TOKEN:
        sys.exit("error: JUPYTER_TOKEN is empty: anybody on this machine could run code here")
    reach.the_folder()
    attempt.prepare()
    patch()
    # Before the first request is read.
    ioloop.IOLoop.current().add_callback(serve_own)
    ioloop.IOLoop.current().add_callback(settle_kernels)
    ioloop.IOLoop.current().call_later(1, collect_again)
    LabApp.launch_instance()
    # A server whose kernels are its gateway's may not have ended them all.
    sys.exit(getattr(ServerApp.instance().kernel_manager, "exit_code", 0))

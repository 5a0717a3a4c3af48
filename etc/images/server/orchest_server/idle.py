"""How long nobody has used the launch.

Stock: a page that is left open asks for the same lists again and again, and each request counts as use.
Here: only a request that changes or opens something counts.
Written for jupyter_server 2.21.1.
"""

import datetime

from jupyter_server.base.handlers import APIHandler
from tornado import web

track_activity = APIHandler.update_api_activity


def update_api_activity(self):
    """Counts a request as use only if it changes or opens something."""
    opens = "/api/contents/" in self.request.path and self.get_query_argument("type", "") in ("file", "notebook")
    if self.request.method != "GET" or opens:
        track_activity(self)


class Idle(APIHandler):
    """How long neither a person nor a kernel has done anything, and whether a kernel is busy.

    A kernel that is starting, or has not reported its status yet, counts as busy: waiting loses nothing.
    """

    @web.authenticated
    async def get(self):
        kernels = await self.kernel_manager.list_kernels()
        seen = [datetime.datetime.fromisoformat(kernel["last_activity"]) for kernel in kernels]
        last = max([self.application.last_activity(), *seen])
        idle = datetime.datetime.now(datetime.UTC) - last
        rests = ("idle", "dead")
        busy = self.kernel_manager.starting > 0 or any(kernel["execution_state"] not in rests for kernel in kernels)
        self.finish({"busy": busy, "idle_ms": max(0, int(idle.total_seconds() * 1000))})


def patch():
    APIHandler.update_api_activity = update_api_activity

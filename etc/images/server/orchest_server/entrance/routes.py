"""Which requests the pages in `handlers.py` answer.

Stock: jupyter_server's own handlers answer all requests.
Here: our handlers check each request first. The whole server is below its path.
Written for jupyter_server 2.21.1 (`serverapp.py`).
"""

import hmac

from jupyter_server.serverapp import ServerWebApplication

from orchest_server.entrance.bodies import bound
from orchest_server.entrance.handlers import BY_CODE, NEW_CODE, ByCode, ByToken, Elsewhere, NewCode

# Files that browsers and robots ask for.
AT_THE_TOP = ("favicon.ico", "robots.txt")


def handler_of(request, path, token):
    """The handler of ours that answers a request, or None if a stock handler does."""
    if not (request.path + "/").startswith(path):
        return Elsewhere
    below = request.path[len(path) :]
    if below == NEW_CODE:
        return NewCode
    if request.method != "GET":
        return None
    if below.startswith(BY_CODE):
        return ByCode
    # A browser opens a page. Another program that shows the token gets what it asks for, as with stock.
    goes = "text/html" in request.headers.get("Accept", "") and "Upgrade" not in request.headers
    shown = request.query_arguments.get("token", [b""])[-1]
    return ByToken if goes and hmac.compare_digest(shown, token.encode()) else None


find_handler = ServerWebApplication.find_handler


def find(self, request, **kwargs):
    bound(request, self.settings, self.settings["token"])
    if request.path in (self.settings["base_url"] + name for name in AT_THE_TOP):
        # Jupyter's own rule for these files does not work below a path: it lacks their folder.
        where, name = self.settings["static_handler_args"], request.path.rpartition("/")[2].encode()
        return self.get_handler_delegate(request, self.settings["static_handler_class"], where, path_args=[name])
    handler = handler_of(request, self.settings["base_url"], self.settings["token"])
    if handler is None:
        return find_handler(self, request, **kwargs)
    return self.get_handler_delegate(request, handler)


def patch():
    ServerWebApplication.find_handler = find

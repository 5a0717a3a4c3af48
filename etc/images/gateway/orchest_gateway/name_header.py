"""Names this gateway in a header of every answer.

Stock: a client cannot tell a gateway from the one that takes its place.
Here: `X-Orchest-Gateway` has a name that is new for each start.
Why: the server starts successors of its kernels at a new gateway (`orchest_server/kernels.py`).
Written for tornado 6.6.
"""

from tornado import web

from orchest_gateway.launch import GATEWAY

stock_clear = web.RequestHandler.clear


def clear(self):
    stock_clear(self)
    self.set_header("X-Orchest-Gateway", GATEWAY)


def patch():
    web.RequestHandler.clear = clear

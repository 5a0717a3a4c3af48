"""Where the gateway listens.

Stock: Enterprise Gateway listens on a port of its container. On Linux each process of the engine's machine, of any
user, reaches it, and so does each kernel. A request's body may be as long as a message, and is read before the token
is checked.
Here: it listens on a socket file, in a volume that only it and this launch's server have. A body must be short.
Written for Enterprise Gateway 3.3.0 (`enterprisegatewayapp.py`) and tornado 6.
"""

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket

from orchest_common.gateway_socket import PATH
from orchest_common.websocket import MAX_MESSAGE

# The request for a kernel has a few thousand bytes.
MAX_BODY = 1024 * 1024


def names_a_port(record):
    """Whether this is stock's log line about its port, which is wrong here."""
    return "is available at" in record.getMessage()


def http_server(web_app):
    server = HTTPServer(web_app, max_body_size=MAX_BODY, max_buffer_size=2 * MAX_MESSAGE)
    # The server may be another user's process.
    server.add_socket(bind_unix_socket(PATH, mode=0o666))
    return server

"""Messages to pages about a kernel that ended.

Stock: a page that connects to a dead kernel waits on ports that nothing listens on.
Here: the page gets the status "dead", and waits until a person restarts the kernel.
Written for jupyter_server 1.24.0.
"""

import json
from concurrent.futures import Future

from jupyter_client.jsonutil import date_default
from jupyter_server.base.zmqhandlers import WebSocketMixin, serialize_msg_to_ws_v1
from jupyter_server.services.kernels.handlers import ZMQChannelsHandler

from orchest_common.websocket import V1


def tell_pages(kernel_id, msg_type, content, parent=None):
    """Sends a message to all pages of a kernel, after all that the kernel itself has sent."""
    for session, page in list(ZMQChannelsHandler._open_sessions.items()):
        if not session.startswith(kernel_id) or page.ws_connection is None:
            continue
        iopub = page.channels.get("iopub")
        if iopub and not iopub.closed():
            iopub.flush()
        message = page.session.msg(msg_type, content, parent=parent)
        if page.subprotocol == V1:
            page.write_message(serialize_msg_to_ws_v1(message, "iopub", page.session.pack), binary=True)
        else:
            page.write_message(json.dumps({**message, "channel": "iopub"}, default=date_default))


def answered_info():
    """The answer for a page that asks a dead kernel for its information: an empty one, at once."""
    future = Future()
    future.set_result({})
    return future


def let_pages_come_to_the_dead(handlers):
    """Lets a page connect to a dead kernel: the page shows that it is dead, until a person restarts it."""
    stock_open = handlers.open

    def open_page(self, kernel_id):
        kernels = self.kernel_manager
        kernel = kernels.get_kernel(kernel_id) if kernel_id in kernels else None
        if kernel is None or kernel.execution_state != "dead":
            return stock_open(self, kernel_id)
        WebSocketMixin.open(self, kernel_id)
        kernels.notify_connect(kernel_id)
        self._send_status_message("dead")
        return None

    handlers.open = open_page

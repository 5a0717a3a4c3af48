"""Puts the handling of messages into place."""

import jupyter_client.session
from enterprise_gateway.services.kernels import handlers

from orchest_common.websocket import MAX_MESSAGE
from orchest_gateway.messages.page import Channels

# Settings of the web application. Enterprise Gateway limits the rate of output; here what waits has a limit.
SETTINGS = {"websocket_max_message_size": MAX_MESSAGE, "limit_rate": False}


def prepare(config):
    """Sets how this gateway reads and writes messages."""
    # Dates stay text. Turned into objects, they would only be turned back.
    jupyter_client.session.extract_dates = lambda message: message
    config.Session.packer, config.Session.unpacker = (
        "orchest_gateway.messages.packing.pack",
        "orchest_gateway.messages.packing.unpack",
    )
    # Signatures are not collected: a process that can repeat a kernel's message can also listen to the kernel.
    config.Session.digest_history_size = 0
    places = handlers.default_handlers
    places[:] = [(path, Channels if kind is handlers.ZMQChannelsHandler else kind) for path, kind in places]

"""Puts the handling of messages into place."""

import jupyter_client.session
from enterprise_gateway.services.kernels import handlers

from orchest_common.websocket import MAX_MESSAGE
from orchest_gateway.messages.page import Channels

# Of the web application. The rate of output is not limited, as it is in Enterprise Gateway; what waits is.
SETTINGS = {"websocket_max_message_size": MAX_MESSAGE, "limit_rate": False}


def prepare(config):
    """How messages are read and written everywhere in here."""
    # Dates pass through as the text they are; turned into objects, they would only be turned back.
    jupyter_client.session.extract_dates = lambda message: message
    config.Session.packer, config.Session.unpacker = (
        "orchest_gateway.messages.packing.pack",
        "orchest_gateway.messages.packing.unpack",
    )
    # Signatures are not collected: who can send a kernel's message again can as well listen to the kernel.
    config.Session.digest_history_size = 0
    places = handlers.default_handlers
    places[:] = [(path, Channels if kind is handlers.ZMQChannelsHandler else kind) for path, kind in places]

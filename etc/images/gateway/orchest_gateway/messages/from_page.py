"""From a page to a kernel.

Stock: an unreadable message ends the connection, and messages that a page sends while its kernel restarts are lost.
Here: an unreadable message is logged and dropped, and messages sent during a restart are kept for the new kernel.
Written for jupyter_server 1.24.0 (`services/kernels/handlers.py`).
"""

from orchest_common.websocket import V1
from orchest_gateway.messages.checking import check, reason
from orchest_gateway.messages.frames import of_json, unframed

CHANNELS = ("shell", "iopub", "stdin", "control")


class FromPage:
    """The part of Channels that handles what the page sends."""

    def leave(self):
        """Closes the connection before the kernel restarts. What the page still sends is kept for the new kernel.

        One that is not open yet stops waiting for this kernel, and waits for the next (`pre_get`).
        """
        self.leaving = True
        if not self._kernel_info_future.done():
            self._kernel_info_future.set_result({})
        if self.ws_connection is not None:
            self.spoken = self.selected_subprotocol
        self.close()

    def on_close(self):
        if self.leaving:
            # These lead to the old kernel. A page that connects again must not get them.
            for channel in self.channels.values():
                channel.close()
            self.channels = {}
        super().on_close()

    def on_message(self, frame):
        try:
            spoken = self.spoken if self.leaving else self.selected_subprotocol
            name, parts = unframed(frame) if spoken == V1 else of_json(frame)
            if name not in CHANNELS:
                raise ValueError(f"there is no channel {name!r}")
            check(parts)
            if self.leaving or not self.channels:
                self.keep(name, parts)
            else:
                self.deliver_kept()
                self.session.send_raw(self.channels[name], parts)
        except Exception as error:  # a page may send anything
            self.log.error("Kernel %s, from a page: a message was dropped: %s", self.kernel_id, reason(error))

    def keep(self, name, parts):
        if self.kernel_id in self.kernel_manager:
            self.kernel_manager.get_kernel(self.kernel_id).kept.add(self.session_key, name, parts)

    def deliver_kept(self):
        """Passes on what this page sent while its kernel restarted."""
        if self.leaving or not self.channels or self.kernel_id not in self.kernel_manager:
            return
        for name, parts in self.kernel_manager.get_kernel(self.kernel_id).kept.take(self.session_key):
            self.session.send_raw(self.channels[name], parts)

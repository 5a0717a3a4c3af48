"""Constants for both ends of a kernel's websocket."""

# The protocol that pages offer first; the older one has no name.
V1 = "v1.kernel.websocket.jupyter.org"
# The longest message, bytes. No browser makes a text of one that is longer.
MAX_MESSAGE = 512 * 1024 * 1024

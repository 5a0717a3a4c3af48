"""The messages between a page and the gateway."""

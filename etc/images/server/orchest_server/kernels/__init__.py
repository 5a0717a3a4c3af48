"""The gateway's kernels and sessions, also after a gateway or a server ended."""

"""The gateway's kernels and sessions, even after a gateway or a server ended."""

"""Terminals in this container, and in kernels' containers."""

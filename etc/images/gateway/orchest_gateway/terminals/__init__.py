"""Terminals in a kernel's container."""

"""How a kernel's container starts, ends, is interrupted and is restarted."""

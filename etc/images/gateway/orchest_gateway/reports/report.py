"""Reads a report that came by a port.

Enterprise Gateway's launchers send it (its `processproxy.py`, ResponseManager).
"""

import hashlib

CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


class Wrong(ValueError):
    """A kernel's own report that is of no use."""


def checked(told, kernel_id):
    """The useful part of a report that came by the port. Its address is not used: the engine knows the real one."""
    if not isinstance(told, dict) or told.get("kernel_id") != kernel_id:
        raise Wrong("it is another kernel's")
    key, scheme = told.get("key"), told.get("signature_scheme") or "hmac-sha256"
    if not isinstance(key, str) or not key:
        raise Wrong("it has no key")
    if not isinstance(scheme, str) or not scheme.startswith("hmac-") or scheme[5:] not in hashlib.algorithms_available:
        raise Wrong("its signatures are of an unknown kind")
    found = {"transport": "tcp", "key": key, "signature_scheme": scheme}
    # A launcher that listens for signals names its port.
    for name in (*CHANNELS, "comm_port") if told.get("comm_port") else CHANNELS:
        try:
            found[name] = int(told[name])
        except (KeyError, TypeError, ValueError):
            raise Wrong(f"`{name}` is no number") from None
        if not 0 < found[name] < 65536:
            raise Wrong(f"`{name}` is no port")
    return found

"""What a report by a port says, and what of it is of use.

A launcher of Enterprise Gateway's sends it (its `processproxy.py`, ResponseManager).
"""

import hashlib

CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


class Wrong(ValueError):
    """A report of the kernel itself that nobody can use."""


def checked(told, kernel_id):
    """What is of use in a report that came by the port; its address is not, as it is known."""
    if not isinstance(told, dict) or told.get("kernel_id") != kernel_id:
        raise Wrong("it is another kernel's")
    key, scheme = told.get("key"), told.get("signature_scheme") or "hmac-sha256"
    if not isinstance(key, str) or not key:
        raise Wrong("it has no key")
    if not isinstance(scheme, str) or not scheme.startswith("hmac-") or scheme[5:] not in hashlib.algorithms_available:
        raise Wrong("its signatures are of an unknown kind")
    found = {"transport": "tcp", "key": key, "signature_scheme": scheme}
    # Where its launcher listens for signals, it says so.
    for name in (*CHANNELS, "comm_port") if told.get("comm_port") else CHANNELS:
        try:
            found[name] = int(told[name])
        except (KeyError, TypeError, ValueError):
            raise Wrong(f"`{name}` is no number") from None
        if not 0 < found[name] < 65536:
            raise Wrong(f"`{name}` is no port")
    return found

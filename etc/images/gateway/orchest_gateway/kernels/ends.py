"""How a kernel's container ended, and what a person reads about it."""

import json
import signal

KILLED = 128 + signal.SIGKILL


class End:
    """How a container ended."""

    def __init__(self, code, wanted_memory):
        self.code, self.wanted_memory = code, wanted_memory

    def __str__(self):
        text = f"exit code {self.code}"
        try:
            return f"{text}: {signal.Signals(self.code - 128).name}"
        except ValueError:
            return text


def want_of_memory(limit):
    """What a person reads when the kernel ended because memory ran out. `limit` is in bytes, or None."""
    may = f"it may use {limit >> 20} MB" if limit else "the engine's machine has no more"
    do = (
        'give kernels more memory in the Settings of Orchest, under "Limits", and launch the folder again'
        if limit
        else "end what else uses memory"
    )
    return f"The kernel was ended for want of memory: {may}.\nhint: work on less data at once, or {do}."


def cell_of(state, parent_header, before):
    """The header of the request that the kernel now works on, after it reported `state` for `parent_header`."""
    if b"execute_request" not in parent_header:
        return before
    parent = json.loads(parent_header)
    if state == "busy":
        return parent
    return None if before and before.get("msg_id") == parent.get("msg_id") else before

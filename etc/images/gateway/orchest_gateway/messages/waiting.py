"""Limits the messages that wait: for a page that is slow or has left, and for a kernel that restarts.

Stock: there is no limit.
Here: messages beyond the limit are left out, and the cell says how many.
Written for jupyter_server 1.24.0 (`services/kernels/kernelmanager.py`).
"""

from jupyter_client.session import DELIM

from orchest_gateway.messages.checking import KEPT, kind_of

# How many bytes may wait for one page. Output of a kernel beyond that is left out.
MAX_WAITING = 256 * 1024 * 1024
# Short messages that a page needs are still passed on, up to twice as much in all.
SHORT = 64 * 1024


def too_much(waiting, channel, kind, size):
    """Whether a message is left out if this many bytes wait already."""
    if waiting <= MAX_WAITING:
        return False
    needed = channel != "iopub" or kind in KEPT
    return not needed or size > SHORT or waiting > 2 * MAX_WAITING


class Buffers:
    """The part of Kernels that keeps what kernels send while no page listens, up to a size."""

    def start_buffering(self, kernel_id, session_key, channels):
        if not channels:
            return
        super().start_buffering(kernel_id, session_key, channels)
        kept = self._kernel_buffers[kernel_id]
        kept["left out"] = LeftOut()
        size = 0

        def keep(channel, parts):
            nonlocal size
            length = sum(map(len, parts))
            if size + length > MAX_WAITING and too_much(size + length, channel.channel, kind_of(parts), length):
                kept["left out"].add(parts)
            else:
                size += length
                kept["buffer"].append((channel.channel, parts))

        for channel in channels.values():
            channel.on_recv_stream(keep)


class LeftOut:
    """The messages that were left out. Their cell shows how many."""

    def __init__(self):
        self.count, self.bytes, self.parent = 0, 0, b"{}"

    def add(self, parts):
        self.count += 1
        self.bytes += sum(map(len, parts))
        self.parent = parts[parts.index(DELIM) + 3]

    def __str__(self):
        size = MAX_WAITING // 1024**2
        return (
            f"{self.count} messages of output ({self.bytes / 1024**2:.0f} MiB) were left out: more than {size} MiB "
            "waited for this page. Everything was computed; write large results to a file."
        )


class Kept:
    """What pages sent while their kernel restarted, by session."""

    def __init__(self):
        self.size, self.messages = 0, {}

    def add(self, session, name, parts):
        size = sum(map(len, parts))
        if self.size + size > MAX_WAITING:
            raise ValueError(f"the kernel restarts, and more than {MAX_WAITING // 1024**2} MiB wait for it")
        self.size += size
        self.messages.setdefault(session, []).append((name, parts))

    def take(self, session):
        messages = self.messages.pop(session, ())
        self.size -= sum(sum(map(len, parts)) for _, parts in messages)
        return messages

"""Runs uv, and follows what it prints."""

import os
import selectors
import signal
import subprocess

from orchest_environment import said
from orchest_environment.hiding import hidden

# How much of the tool's output is kept to explain a failure.
KEPT = 400_000


class Broken(Exception):
    """uv failed; `text` is what it printed, without secrets."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text


def uv():
    """The program. It is beside this Python in the images."""
    return os.environ.get("ORCHEST_UV") or "/opt/venv/bin/uv"


def run(words, env, folder, on_line=said.log, on_tick=None):
    """Runs uv with these arguments. Returns what it wrote to standard output."""
    child = subprocess.Popen(
        [uv(), *words], env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    texts = {child.stdout: b"", child.stderr: b""}
    rest = b""
    with selectors.DefaultSelector() as selector:
        for stream in texts:
            selector.register(stream, selectors.EVENT_READ)
        try:
            while selector.get_map():
                for key, _ in selector.select(0.1):
                    part = os.read(key.fd, 65536)
                    if not part:
                        selector.unregister(key.fileobj)
                    texts[key.fileobj] = (texts[key.fileobj] + part)[-KEPT:]
                    if key.fileobj is child.stderr:
                        *lines, rest = (rest + part).split(b"\n")
                        for line in lines:
                            on_line(line.decode(errors="replace").rstrip())
                said.flush()
                if on_tick:
                    on_tick()
            code = child.wait()
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                child.wait()
            child.stdout.close()
            child.stderr.close()
    if code != 0:
        text = hidden(texts[child.stderr].decode(errors="replace").strip())
        raise Broken(text or f"uv ended with the exit code {code}.")
    return texts[child.stdout].decode(errors="replace")

"""Shared by several tests: an engine's socket that answers, and a log that can be read."""

import logging
import socketserver
import threading
from contextlib import contextmanager


@contextmanager
def engine(path, answers):
    """An HTTP server at a Unix socket.

    `answers` maps the beginning of "METHOD path" to the status and the body. Yields the requests that have come.
    """
    came = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            line = self.rfile.readline().decode()
            length = 0
            while (header := self.rfile.readline().strip().lower()) != b"":
                if header.startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            method, target, _ = line.split()
            came.append((f"{method} {target}", self.rfile.read(length)))
            found = next((answers[known] for known in answers if f"{method} {target}".startswith(known)), (404, b"{}"))
            status, body = found.pop(0) if isinstance(found, list) else found
            head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            self.wfile.write(head.encode() + body)

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with Server(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield came
        finally:
            server.shutdown()


class Log(logging.Logger):
    """Keeps each logged line with its level."""

    def __init__(self):
        super().__init__("kept")
        self.lines = []

    def handle(self, record):
        self.lines.append(f"{record.levelname}: {record.getMessage()}")

    def __contains__(self, text):
        return any(text in line for line in self.lines)

"""Listens on ports of a container: HTTP on 8001, and on 8002 a greeting, then each line back until the input ends.

What comes after a line `count` is counted, and the number is said once the input has ended.
"""

import http.server
import socketserver
import threading

MB = 1 << 20


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        size = int(self.path[1:] or 0)
        self.answer((bytes(range(251)) * (size // 251 + 1))[:size])

    def do_POST(self):
        left, total = int(self.headers["Content-Length"]), 0
        while left:
            part = self.rfile.read(min(left, MB))
            left -= len(part)
            total += sum(part[::4096])
        self.answer(str(total).encode())

    def log_message(self, *_):
        pass


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"hello\n")
        for line in self.rfile:
            if line == b"count\n":
                total = 0
                while part := self.rfile.read(MB):
                    total += len(part)
                line = b"%d\n" % total
            self.wfile.write(line)


class Http8001(http.server.ThreadingHTTPServer):
    request_queue_size = 64


socketserver.ThreadingTCPServer.daemon_threads = True
threading.Thread(target=socketserver.ThreadingTCPServer(("0.0.0.0", 8002), Lines).serve_forever, daemon=True).start()
Http8001(("0.0.0.0", 8001), Http).serve_forever()

"""Carries one connection between this program's input and output and a port of this container.

Input and output are frames: four bytes with a size, and as many bytes. A frame of size 0 is the end of one direction.
The first byte of the input comes before all frames: only then is the port connected, so that this program can wait,
started, for a connection. An input that ends without a frame means that the other side is gone.
"""

import os
import socket
import sys
import threading

SIZE = 1 << 16


def exactly(size):
    parts = []
    while size:
        part = os.read(0, size)
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def put(data):
    data = memoryview(len(data).to_bytes(4, "big") + data)
    while data:
        data = data[os.write(1, data) :]


def inward(connection):
    try:
        while size := int.from_bytes(exactly(4), "big"):
            connection.sendall(exactly(size))
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        os._exit(1)
    done.set()
    exactly(1)


def outward(connection):
    while data := connection.recv(SIZE):
        put(data)
    put(b"")


exactly(1)
done = threading.Event()
try:
    to = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    to.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=inward, args=(to,), daemon=True).start()
    outward(to)
except OSError as error:
    print(error, file=sys.stderr, flush=True)
    os._exit(1)
done.wait()
os._exit(0)

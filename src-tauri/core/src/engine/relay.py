"""Carries many connections between this program's input and output and a port of this container.

Both are frames: a kind, the number of a connection, a size, and as many bytes if the kind is DATA. Each side sends no
more of a connection's data than the other has room for: WINDOW at first, and what ROOM adds. An input that ends means
that the other side is gone.
"""

import asyncio
import os
import struct
import sys

HEAD = struct.Struct(">BII")
OPEN, DATA, END, BREAK, ROOM = range(5)
WINDOW = 4 << 20
PART = 1 << 16


def put(kind, number, size=0, data=b""):
    frame = memoryview(HEAD.pack(kind, number, size) + data)
    while frame:
        frame = frame[os.write(1, frame) :]


class Connection:
    def __init__(self, number):
        self.number = number
        self.come = asyncio.Queue()
        self.room = WINDOW
        self.has_room = asyncio.Event()
        self.task = asyncio.ensure_future(self.run())

    def add_room(self, size):
        self.room += size
        self.has_room.set()

    async def run(self):
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            ways = [asyncio.ensure_future(self.inward(writer)), asyncio.ensure_future(self.outward(reader))]
            try:
                await asyncio.gather(*ways)
            finally:
                for way in ways:
                    way.cancel()
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            put(BREAK, self.number)
        finally:
            if writer:
                writer.close()
            connections.pop(self.number, None)

    async def inward(self, writer):
        while data := await self.come.get():
            writer.write(data)
            await writer.drain()
            put(ROOM, self.number, len(data))
        writer.write_eof()

    async def outward(self, reader):
        while True:
            while not self.room:
                self.has_room.clear()
                await self.has_room.wait()
            data = await reader.read(min(PART, self.room))
            if not data:
                return put(END, self.number)
            self.room -= len(data)
            put(DATA, self.number, len(data), data)


async def listen():
    frames = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(frames)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while True:
        kind, number, size = HEAD.unpack(await frames.readexactly(HEAD.size))
        data = await frames.readexactly(size) if kind == DATA else b""
        if kind == OPEN:
            connections[number] = Connection(number)
        elif connection := connections.get(number):
            if kind == ROOM:
                connection.add_room(size)
            elif kind == BREAK:
                connection.task.cancel()
            else:
                connection.come.put_nowait(data)


PORT = int(sys.argv[1])
connections = {}
try:
    asyncio.run(listen())
except (asyncio.IncompleteReadError, OSError):
    pass
os._exit(0)

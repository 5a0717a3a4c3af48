"""Asks the name servers of this container for two names, and prints what they answer as one JSON object."""

import json
import secrets
import socket
import struct
import sys
import threading
import time

# A lost packet is asked for again; the whole takes no longer than this (s).
EACH, WHOLE = 1.2, 4


def servers():
    with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as file:
        return [line.split()[1] for line in file if line.startswith("nameserver") and len(line.split()) > 1]


def asked(name, server):
    number = secrets.token_bytes(2)
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = number + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(EACH)
        udp.connect((server.partition("%")[0], 53))
        udp.send(query)
        answer = udp.recv(4096)
    if len(answer) < 12 or answer[:2] != number:
        return "nonsense"
    kind, found = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
    return "ok" if kind == 0 and found else "unknown"


def look(name):
    said = "no server"
    until = time.monotonic() + WHOLE
    while time.monotonic() < until:
        for server in servers():
            try:
                said = asked(name, server)
            except TimeoutError:
                said = "silent"
            except OSError as error:
                said = error.strerror or "refused"
            if said in ("ok", "unknown"):
                return said
        time.sleep(0.1)
    return said


def main():
    found = {}
    names = dict(zip(("own", "public"), sys.argv[1:], strict=True))
    asking = [threading.Thread(target=lambda of=of: found.update({of: look(names[of])})) for of in names]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    print(json.dumps(found))


main()

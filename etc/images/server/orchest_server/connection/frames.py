"""Frames of a websocket (RFC 6455, section 5.2) as they come from the gateway."""

# Frames of up to this many bytes are passed on whole.
WHOLE = 64 * 1024
CONTROL, FIN, MASK, RESERVED = 0x8, 0x80, 0x80, 0x70


class Frames:
    """Separates frames for the page from frames for this server (pings, pongs, closings), as they come.

    A long frame is passed on in fragments, so that pings can come between them.
    """

    def __init__(self):
        self.held = b""
        # How many bytes of a long frame are still to come, and whether it is the last frame of its message.
        self.rest, self.last = 0, True

    @property
    def amid(self):
        """Whether a message has been passed on in part."""
        return self.rest > 0 or not self.last

    def feed(self, data):
        """Returns the bytes for the page, and the opcodes and payloads of pings, pongs and closings."""
        if self.held:
            data = self.held + data
        passed, own, start = [], [], 0
        if self.rest:
            part = data[: self.rest]
            self.rest -= len(part)
            passed += [head(0, len(part), self.last and not self.rest), part]
            start = len(part)
        at = start
        while at < len(data):
            found = self.header(data, at)
            if found is None:
                break
            opcode, last, payload, end = found
            if end <= len(data):
                if opcode & CONTROL:
                    passed.append(data[start:at])
                    own.append((opcode, data[payload:end]))
                    start = end
                else:
                    self.last = last
                at = end
            elif opcode & CONTROL or end - at <= WHOLE or payload == len(data):
                break
            else:
                part = data[payload:]
                passed += [data[start:at], head(opcode, len(part), False), part]
                self.rest, self.last = end - len(data), last
                start = at = len(data)
        passed.append(data[start:at])
        self.held = data[at:]
        return b"".join(passed), own

    @staticmethod
    def header(data, at):
        """The opcode of the frame that begins here, whether it is the last of its message, and where its payload begins
        and ends. None if the whole header has not come yet."""
        if len(data) < at + 2:
            return None
        first, length = data[at], data[at + 1]
        if first & RESERVED or length & MASK:
            raise ValueError("the gateway sent a frame that is none")
        payload = at + 2
        if length > 125:
            payload += 2 if length == 126 else 8
            if len(data) < payload:
                return None
            length = int.from_bytes(data[at + 2 : payload], "big")
        return first & 0xF, bool(first & FIN), payload, payload + length


def head(opcode, length, last):
    first = opcode | (FIN if last else 0)
    if length < 126:
        return bytes([first, length])
    if length < 1 << 16:
        return bytes([first, 126]) + length.to_bytes(2, "big")
    return bytes([first, 127]) + length.to_bytes(8, "big")

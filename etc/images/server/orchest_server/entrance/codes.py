"""Codes that let a browser in once."""

import secrets
import time

# How long a code works (s): a bit longer than the app's own one-time address, which leads to it.
CODE_LIVES = 90
# How many codes are kept at most.
MOST_CODES = 100


class Codes:
    """The codes that are not used yet, and until when they work."""

    def __init__(self):
        self.until = {}

    def new(self):
        now = time.monotonic()
        self.until = {code: until for code, until in self.until.items() if until > now}
        while len(self.until) >= MOST_CODES:
            self.until.pop(next(iter(self.until)))
        code = secrets.token_hex(24)
        self.until[code] = now + CODE_LIVES
        return code

    def use(self, code):
        return self.until.pop(code, 0) > time.monotonic()


codes = Codes()

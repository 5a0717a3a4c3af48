"""Parts what belongs to this launch from what an earlier one left in the home."""

import os

from orchest_server.launch import HOME


def only_of(attempt):
    """Removes kernels and sessions of another launch. A server that takes the place of one that ended keeps them."""
    mark = os.path.join(HOME, ".attempt")
    try:
        with open(mark, encoding="utf-8") as file:
            if file.read() == attempt:
                return
    except OSError:
        pass
    for name in (".sessions.sqlite", ".kernels.json"):
        try:
            os.remove(os.path.join(HOME, name))
        except FileNotFoundError:
            pass
    with open(mark, "w", encoding="utf-8") as file:
        file.write(attempt)


def prepare():
    if "ORCHEST_ATTEMPT" in os.environ:
        only_of(os.environ.pop("ORCHEST_ATTEMPT"))

"""Removes files in the home that an earlier launch left."""

import os

from orchest_server.files import in_home
from orchest_server.launch import HOME


def only_of(attempt):
    """Removes kernels and sessions of another launch. A server that takes the place of one that ended keeps them."""
    mark = os.path.join(HOME, ".attempt")
    if in_home.read(mark) == attempt:
        return
    for name in (".sessions.sqlite", ".kernels.json"):
        try:
            os.remove(os.path.join(HOME, name))
        except FileNotFoundError:
            pass
    in_home.write(mark, attempt)


def prepare():
    in_home.put_in_order()
    if "ORCHEST_ATTEMPT" in os.environ:
        only_of(os.environ.pop("ORCHEST_ATTEMPT"))

"""The path that all of this server is below, and the key of its cookies."""

import hashlib


def path_of(token):
    """The path that all of a server with this token is below. In the app, `jupyter::path` makes the same path."""
    return "/" + hashlib.sha256(b"orchest: the path of " + token.encode()).hexdigest()[:32] + "/"


def key_of(token):
    """The key that signs this launch's cookies. A server that takes the place of one that ended has the same key."""
    return hashlib.sha256(b"orchest: the cookies of " + token.encode()).digest()

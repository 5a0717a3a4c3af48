"""The path that all of this server is below, and the key of its cookies."""

import hashlib


def path_of(token):
    """The path of all that the server with this token has. The app knows it, too: `jupyter::path` makes the same."""
    return "/" + hashlib.sha256(b"orchest: the path of " + token.encode()).hexdigest()[:32] + "/"


def key_of(token):
    """What this launch's cookies are signed with. A server that takes the place of one that ended has the same."""
    return hashlib.sha256(b"orchest: the cookies of " + token.encode()).digest()

"""How long a request may be.

Stock: each request may be as long as the largest notebook, and is read as a whole before its sender is checked.
Here: a request with neither the token nor this launch's cookie must be short.
Why: other users of the machine reach this server's port, and could fill its memory.
Written for jupyter_server 2.21.1 (`auth/identity.py`) and tornado 6.6.1 (`http1connection.py`).
"""

import hmac

from tornado.web import decode_signed_value

# What a stranger may send, bytes: a form with a token.
STRANGERS = 64 * 1024


def shows_login(request, settings, token):
    """Whether a request has the token or the cookie. Jupyter decides what it may do."""
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    tokens = [shown.strip().encode()] if kind.lower() in ("token", "bearer") else []
    tokens += request.query_arguments.get("token", [])
    if any(hmac.compare_digest(shown, token.encode()) for shown in tokens):
        return True
    name = settings["identity_provider"].cookie_name
    cookie = request.cookies.get(name)
    return cookie is not None and decode_signed_value(settings["cookie_secret"], name, cookie.value) is not None


def bound(request, settings, token):
    """Refuses a body that is too long, before it is read."""
    if not shows_login(request, settings, token):
        request.connection.set_max_body_size(STRANGERS)

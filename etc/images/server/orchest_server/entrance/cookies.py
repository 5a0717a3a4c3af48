"""The cookies that a request has.

Stock: the last cookie of a name counts.
Here: the first counts.
Why: browsers send the cookie of the longest path first (RFC 6265, section 5.4), which is ours. A cookie that another
program at 127.0.0.1 has set for all paths cannot replace it.
Written for tornado 6.6.1 (`httputil.py`).
"""

from tornado import httputil

parse_cookie = httputil.parse_cookie


def first_of_each_name(text):
    """The cookies of a request. Of several with one name, the first counts."""
    cookies = {}
    for part in text.split(";"):
        for name, value in parse_cookie(part).items():
            cookies.setdefault(name, value)
    return cookies


def patch():
    httputil.parse_cookie = first_of_each_name

"""Logs one line for a request that changes something or fails.

Stock: each request is a line, with its query.
Here: the line has no query, and requests that only read are left out unless they fail.
Why: a query can hold a token.
Written for Enterprise Gateway 3.3.0.
"""


def log_request(handler):
    """One line for what changes something or fails; never the query, which can hold a token."""
    request, status = handler.request, handler.get_status()
    log = handler.application.settings["orchest_log"]
    write = log.error if status >= 500 else log.warning if status >= 400 else log.info
    if request.method != "GET" or status >= 400:
        write("%d %s %s %.0f ms", status, request.method, request.path, 1000 * request.request_time())

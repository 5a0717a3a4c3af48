"""What a person reads when a request to the gateway fails: what happened, with which gateway, and what to do."""

import http.client
import json
import socket
import ssl

from tornado.httpclient import HTTPClientError
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError

from orchest_server.kernels.failures import GatewayFailure

# OpenSSL's numbers (X509_verify_cert_error_string(3)).
EXPIRED, NOT_YET = 10, 9
OTHER_NAME, OTHER_ADDRESS = 62, 64
# JupyterLab takes these for an answer about this server itself, and says that it is gone.
OF_THIS_SERVER = (401, 424, 503)


class Failure(GatewayFailure):
    """A request to the gateway failed."""

    def __init__(self, status, text, gone=False, lasting=False):
        super().__init__(status, text)
        # Whether the gateway says that it has no such kernel, and whether waiting cannot help.
        self.gone, self.lasting = gone, lasting


def gone(place):
    return (
        f"The gateway {place.name} no longer has this kernel: it was restarted, or it ended idle kernels. "
        "Its variables are lost. Choose Kernel > Change Kernel for a new one."
    )


def said_by(error):
    """What the gateway's answer says, and whether the answer is one of Jupyter's."""
    try:
        body = json.loads(error.response.body)
        return str(body.get("message") or body.get("reason") or ""), True
    except (ValueError, AttributeError, TypeError, RecursionError):
        return "", False


def failure(place, error, of_kernel=False):
    """What a failed request means. `of_kernel`: it was about one kernel."""
    if isinstance(error, HTTPTimeoutError):
        return Failure(504, f"{away(place)}: it did not answer in time. {reach(place)}")
    if isinstance(error, (HTTPStreamClosedError, StreamClosedError)):
        return Failure(502, f"{away(place)}: the connection was closed without an answer. {reach(place)}")
    if isinstance(error, HTTPClientError):
        return of_status(place, error, of_kernel)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(502, of_certificate(place, error), lasting=True)
    if isinstance(error, ssl.SSLError):
        return Failure(502, of_tls(place, error), lasting=True)
    if isinstance(error, socket.gaierror):
        text = f"{away(place)}: no address is known for {place.host}. Check the address of the place, and your network."
        return Failure(502, text)
    if isinstance(error, ConnectionRefusedError):
        return Failure(502, f"{away(place)}: the connection was refused. {reach(place)}")
    if isinstance(error, OSError):
        return Failure(502, f"{away(place)}: {error.strerror or error}. {reach(place)}")
    return Failure(502, f"The gateway {place.name} could not be asked: {error}")


def away(place):
    return f"The gateway {place.name} ({place.url}) does not answer"


def reach(place):
    if place.url.startswith("https:"):
        # A server without TLS waits for more, and so does who asks it.
        return "Check that it runs, that this machine reaches it, and that its address is not http."
    return "Check that it runs, and that this machine reaches it."


def of_status(place, error, of_kernel):
    said, is_jupyters = said_by(error)
    status = f"{error.code} {http.client.responses.get(error.code, error.message or '')}".strip()
    told = said if said and said != http.client.responses.get(error.code) else ""
    if error.code == 404 and of_kernel and is_jupyters:
        return Failure(404, gone(place), gone=True)
    if error.code == 401:
        if place.has_token:
            text = f"The gateway {place.name} refused the token. Give the place the gateway's current token."
        else:
            text = (
                f"The gateway {place.name} wants a token, and the place has none. Give the place the gateway's token."
            )
        return Failure(502, text, lasting=True)
    if error.code == 403:
        text = f"The gateway {place.name} does not allow this: {(told or status).rstrip('.')}."
        return Failure(403, text + " Ask those who run it, or check the token and the user of the place.", lasting=True)
    if 300 <= error.code < 400:
        to = (error.response.headers.get("Location") if error.response else None) or "another address"
        text = f"The address of the gateway {place.name} leads to {to}, which may be a page for logging in."
        return Failure(502, f"{text} Give the place the gateway's own address, or a token.", lasting=True)
    if error.code == 404 and not told:
        text = f"The gateway {place.name} is not at {place.url}: the answer is {status}."
        return Failure(502, f"{text} Check the address of the place and its path.")
    if told:
        text = f"The gateway {place.name} answers: {told}"
    else:
        text = f"The gateway {place.name} failed: {status}. Its log says more; try again later."
    return Failure(502 if error.code in OF_THIS_SERVER else error.code, text)


def of_certificate(place, error):
    whose = f"The certificate of the gateway {place.name}"
    if error.verify_code in (EXPIRED, NOT_YET):
        return f"{whose} is not valid now: {error.verify_message}. Ask those who run it for a new one."
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        return f"{whose} is for another address: {error.verify_message}. Give the place the address that it is for."
    return (
        f"{whose} is not signed by an authority that this place knows: {error.verify_message}. "
        "If you trust it, give the place the certificate of its authority."
    )


def of_tls(place, error):
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "certificate required" in reason or "handshake failure" in reason:
        return (
            f"The gateway {place.name} wants a client certificate ({reason}). Give the place a certificate and its key."
        )
    if "alert" in reason and ("certificate" in reason or "unknown ca" in reason):
        return (
            f"The gateway {place.name} refused the client certificate ({reason}). "
            "Give the place a certificate that the gateway accepts."
        )
    if "wrong version number" in reason or "record layer failure" in reason:
        return f"The gateway {place.name} does not speak TLS at {place.url}. Is its address http and not https?"
    return f"No secure connection to the gateway {place.name} ({place.url}) was made: {reason}."


def no_gateway(place):
    return (
        f"A web page is at {place.url}, and no gateway {place.name}: it may be a page for logging in. "
        "Check the address of the place, and its token."
    )

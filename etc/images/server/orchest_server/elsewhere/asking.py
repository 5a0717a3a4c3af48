"""Requests to the gateway.

Stock: a request that fails says so in a sentence about URLs, and its own headers cannot name who asks. Redirects are
followed. A gateway that does not answer holds each request as long as the start of a kernel may take.
Here: it says what happened and what to do. The headers are those of the place, no redirect is followed, and only what
may take long may take long.
Written for jupyter_server 2.21.1 (`gateway/gateway_client.py`).
"""

from jupyter_server.gateway import managers
from jupyter_server.gateway.gateway_client import GatewayClient
from tornado.httpclient import AsyncHTTPClient

from orchest_server.elsewhere import tls, words
from orchest_server.launch import PLACE

# How long a question may take, how long the start or the end of a kernel, and how long a connection (s).
QUICK, SLOW, CONNECT = 20.0, 150.0, 10.0
TLS = tls.context(PLACE) if PLACE else None


def connection_args(_client=None, *, headers=None, **kwargs):
    """The arguments of each request. Stock Jupyter calls this for its requests and websockets, too."""
    return {
        **kwargs,
        "headers": {**(headers or {}), **PLACE.headers},
        "ssl_options": TLS,
        "connect_timeout": CONNECT,
        "request_timeout": QUICK if kwargs.get("method") == "GET" else SLOW,
        "follow_redirects": False,
    }


def is_of_kernel(endpoint):
    return endpoint.startswith(f"{PLACE.url}{GatewayClient.instance().kernels_endpoint}/")


async def gateway_request(endpoint, **kwargs):
    try:
        response = await AsyncHTTPClient().fetch(endpoint, **connection_args(**kwargs))
    except Exception as error:
        raise words.failure(PLACE, error, is_of_kernel(endpoint)) from error
    if "text/html" in response.headers.get("Content-Type", "") and response.body:
        raise words.Failure(502, words.no_gateway(PLACE), lasting=True)
    return response


def patch():
    managers.gateway_request = gateway_request
    GatewayClient.load_connection_args = connection_args

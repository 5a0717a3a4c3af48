"""Shows the gateway's own words if a request to it fails.

Stock: the server answers with an error of its own, with the status 500 and a sentence about URLs.
Here: the answer has the gateway's status and text.
Why: the text says why a kernel did not start.
Written for jupyter_server 2.21.1 (`gateway/gateway_client.py`).
"""

from jupyter_server.gateway import gateway_client, managers
from jupyter_server.services.kernels.handlers import KernelActionHandler
from jupyter_server.services.sessions.handlers import SessionRootHandler
from tornado import web


class GatewayFailure(web.HTTPError):
    """Only the gateway's text, also where Jupyter shows the error as a string."""

    def __str__(self):
        return self.get_message()


ask_gateway = gateway_client.gateway_request


async def gateway_request(endpoint, **kwargs):
    try:
        return await ask_gateway(endpoint, **kwargs)
    except web.HTTPError as error:
        # Its arguments are the gateway's message, and the reason in a sentence about URLs.
        if len(error.args) == 2 and error.args[0]:
            raise GatewayFailure(error.status_code, str(error.args[0])) from error
        raise


def in_its_words(post):
    """Raises the gateway's own error in the place of the server's."""

    async def plain(self, *args, **kwargs):
        try:
            await post(self, *args, **kwargs)
        except web.HTTPError as error:
            if isinstance(error.__cause__, web.HTTPError):
                raise error.__cause__ from None
            raise

    return plain


def patch():
    # Jupyter's handlers show this text to the person, and expect no `%s` and `%%` in it, which Tornado puts there.
    web.HTTPError.log_message = property(web.HTTPError.get_message)
    managers.gateway_request = gateway_request
    # While both containers start, the gateway is often a moment behind, so the server asks again soon (s).
    gateway_client.RetryableHTTPClient.backoff_factor = 0.02
    for handler in (KernelActionHandler, SessionRootHandler):
        handler.post = in_its_words(handler.post)

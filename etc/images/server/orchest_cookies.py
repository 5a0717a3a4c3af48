"""How a browser comes to a launch's server, and what it has to show from then on.

Cookies know no ports: what a server at 127.0.0.1 sets is sent to each program that listens at 127.0.0.1. They do know
paths. So all of this server is under a path that is as hard to guess as a token and another one for each launch, and
its cookies are for that path alone:

* who asks for anything else is told where a launch is opened, and nothing of the path;
* cookies are signed with a key of this launch, are sent for this server's own pages alone (SameSite=Strict), and the
  browser forgets them when it ends;
* a browser is let in by a code that works once, or by an address with the token; both lead to an address without;
* no page tells another place where it is.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from urllib.parse import parse_qsl, urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.gateway.managers import GatewayKernelSpecManager
from jupyter_server.serverapp import ServerWebApplication
from tornado import httputil, web
from tornado.escape import url_escape

# How long a code works (s): a bit longer than the app's own address that leads to it.
CODE_LIVES = 90
# More than that nobody waits for.
MOST_CODES = 100
# What browsers and their like look for.
AT_THE_TOP = ("favicon.ico", "robots.txt")
# Where codes are made, and where they are used, below the path.
NEW_CODE = "api/orchest/in"
BY_CODE = "orchest/in/"


def path_of(token):
    """The path of all that the server with this token has. The app knows it, too: `jupyter::path` makes the same."""
    return "/" + hashlib.sha256(b"orchest: the path of " + token.encode()).hexdigest()[:32] + "/"


def key_of(token):
    """What this launch's cookies are signed with. A server that takes the place of one that ended has the same."""
    return hashlib.sha256(b"orchest: the cookies of " + token.encode()).digest()


def configure(c, token, home):
    """Jupyter's configuration of all this."""
    path = path_of(token)
    c.ServerApp.base_url = path
    c.ServerApp.cookie_secret = key_of(token)
    c.IdentityProvider.cookie_name = "orchest-login"
    # `expires_days` of None is a cookie that ends with the browser; stock, it is one of 30 days.
    ends = {"samesite": "Strict", "expires_days": None}
    c.IdentityProvider.cookie_options = {"httponly": True, **ends}
    c.IdentityProvider.login_handler_class = Login
    # A password would outlive the launch.
    c.PasswordIdentityProvider.allow_password_change = False
    # A page reads this one, and sends it along as a header.
    c.ServerApp.tornado_settings["xsrf_cookie_kwargs"] = {"path": path, **ends}
    # This server itself may see where a request comes from: it asks for that where a file is read.
    c.ServerApp.tornado_settings["headers"] = {"Referrer-Policy": "same-origin"}
    try:
        # Earlier versions signed all cookies of a folder with this key.
        os.remove(os.path.join(home, ".local/share/jupyter/runtime/jupyter_cookie_secret"))
    except OSError:
        pass


parse_cookie = httputil.parse_cookie


def first_of_each_name(text):
    """The cookies of a request. Browsers name those of the longest path first (RFC 6265, section 5.4), which are ours.

    Stock, the last of a name counts: what another program at 127.0.0.1 has set for all paths would take the place of
    ours.
    """
    cookies = {}
    for part in text.split(";"):
        for name, value in parse_cookie(part).items():
            cookies.setdefault(name, value)
    return cookies


httputil.parse_cookie = first_of_each_name


def say(handler, status, words):
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Cache-Control", "no-store")
    handler.finish(words + "\n")


class Elsewhere(web.RequestHandler):
    """All that is not below the path. Stock, it leads to the login's page, and so tells the path to anybody."""

    def prepare(self):
        say(self, 404, "A launch of Orchest Desktop listens here. Press Open there, or Copy address for another browser.")

    def check_xsrf_cookie(self):
        pass


LOGIN = """{% extends "login.html" %}{% block token_message %}
<div class="col-sm-6 col-sm-offset-3 text-left rendered_html">
    <h3>This browser is not let in</h3>
    <p>It never was, or it was started anew since. Press Open in Orchest Desktop again, or run <code>orchest launch</code>
    with the folder. For another browser, press Copy address there, and open that here.</p>
</div>
{% endblock %}"""


class Login(LoginFormHandler):
    """Stock, but for its words: those are about commands that are not here."""

    def _render(self, message=None):
        after = url_escape(self.get_argument("next", default=self.base_url))
        template = self.settings["jinja2_env"].from_string(LOGIN)
        self.write(template.render(**self.template_namespace, next=after, message=message))


class ByToken(JupyterHandler):
    """A page's address with the token: the browser gets its cookies, and is led to the address without it."""

    @web.authenticated
    def get(self):
        query = parse_qsl(self.request.query, keep_blank_values=True)
        kept = urlencode([(name, value) for name, value in query if name != "token"])
        self.lead_to(self.request.path + ("?" + kept if kept else ""))

    def lead_to(self, address):
        self.xsrf_token  # noqa: B018  its cookie is set by asking for it
        self.set_header("Cache-Control", "no-store")
        if self.request.headers.get("Sec-Fetch-Site") != "cross-site":
            self.redirect(address)
            return
        # A link in another site's page: what that one's redirects lead to gets no Strict cookie, what this page opens does.
        address = json.dumps(address).replace("<", "\\u003c")
        self.finish(f"<!doctype html><meta charset=utf-8><title>JupyterLab</title><script>location.replace({address})</script>")


class ByCode(ByToken):
    """An address with a code that works once, and the page behind it."""

    @allow_unauthenticated
    def get(self):
        code, _, page = self.request.path[len(self.base_url + BY_CODE) :].partition("/")
        if not codes.use(code):
            say(self, 403, "This address works once, and not for long. Press Open in Orchest Desktop again.")
            return
        user = self.current_user or self.identity_provider.generate_anonymous_user(self)
        self.identity_provider.set_login_cookie(self, user)
        self.lead_to(self.base_url + page)


class NewCode(APIHandler):
    """A code for a browser."""

    @web.authenticated
    def post(self):
        self.set_status(201)
        self.finish({"path": self.base_url + BY_CODE + codes.new()})


class Codes:
    """Those that are not used yet, and until when they work."""

    def __init__(self):
        self.until = {}

    def new(self):
        now = time.monotonic()
        self.until = {code: until for code, until in self.until.items() if until > now}
        while len(self.until) >= MOST_CODES:
            self.until.pop(next(iter(self.until)))
        code = secrets.token_hex(24)
        self.until[code] = now + CODE_LIVES
        return code

    def use(self, code):
        return self.until.pop(code, 0) > time.monotonic()


codes = Codes()


def handler_of(request, path, token):
    """Who answers a request otherwise than stock; None where stock does."""
    if not (request.path + "/").startswith(path):
        return Elsewhere
    below = request.path[len(path) :]
    if below == NEW_CODE:
        return NewCode
    if request.method != "GET":
        return None
    if below.startswith(BY_CODE):
        return ByCode
    # A browser that goes to a page. A program that shows the token gets what it asks for, as ever.
    goes = "text/html" in request.headers.get("Accept", "") and "Upgrade" not in request.headers
    shown = request.query_arguments.get("token", [b""])[-1]
    return ByToken if goes and hmac.compare_digest(shown, token.encode()) else None


find_handler = ServerWebApplication.find_handler


def find(self, request, **kwargs):
    if request.path in (self.settings["base_url"] + name for name in AT_THE_TOP):
        # Stock, Jupyter's rule for them below a path lacks where they are.
        where, name = self.settings["static_handler_args"], request.path.rpartition("/")[2].encode()
        return self.get_handler_delegate(request, self.settings["static_handler_class"], where, path_args=[name])
    handler = handler_of(request, self.settings["base_url"], self.settings["token"])
    if handler is None:
        return find_handler(self, request, **kwargs)
    return self.get_handler_delegate(request, handler)


ServerWebApplication.find_handler = find


get_kernel_spec = GatewayKernelSpecManager.get_kernel_spec


async def spec_below_the_path(self, kernel_name, **kwargs):
    """Stock, the pictures of all kernelspecs are below the path, and those of one are where the gateway has them."""
    spec = await get_kernel_spec(self, kernel_name, **kwargs)
    return self._replace_path_kernelspec_resources({"kernelspecs": {kernel_name: spec}})["kernelspecs"][kernel_name]


GatewayKernelSpecManager.get_kernel_spec = spec_below_the_path

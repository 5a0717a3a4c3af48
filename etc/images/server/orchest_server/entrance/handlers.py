"""The pages through which a browser gets in.

Stock: an unknown address leads to the login page. A page's address with the token stays in the browser's history.
Here: each address that is not below the path gets the same answer, which does not reveal the path. An address with the
token or with a code leads to an address without them.
Written for jupyter_server 2.21.1 (`auth/login.py`, `base/handlers.py`).
"""

import json
from urllib.parse import parse_qsl, urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web
from tornado.escape import url_escape

from orchest_server.entrance.codes import codes

# Where codes are made, and where they are used, below the path.
NEW_CODE = "api/orchest/in"
BY_CODE = "orchest/in/"
LOGIN = """{% extends "login.html" %}{% block token_message %}
<div class="col-sm-6 col-sm-offset-3 text-left rendered_html">
    <h3>This browser is not let in</h3>
    <p>It never was, or it was started anew since. Press Open in Orchest Desktop again, or run
    <code>orchest launch</code> with the folder. For another browser, press Copy address there, and open that here.</p>
</div>
{% endblock %}"""


def say(handler, status, words):
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Cache-Control", "no-store")
    handler.finish(words + "\n")


class Elsewhere(web.RequestHandler):
    """Answers all requests that are not below the path, and does not name the path."""

    def prepare(self):
        say(
            self,
            404,
            "A launch of Orchest Desktop listens here. Press Open there, or Copy address for another browser.",
        )

    def check_xsrf_cookie(self):
        pass


class Login(LoginFormHandler):
    """The login page with other words: the stock text names commands that are not here."""

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
        # A link on another site's page led here. The browser sends no Strict cookie after a redirect then, but does to
        # an address that this page opens.
        address = json.dumps(address).replace("<", "\\u003c")
        self.finish(
            f"<!doctype html><meta charset=utf-8><title>JupyterLab</title><script>location.replace({address})</script>"
        )


class ByCode(ByToken):
    """An address with a code that works once, followed by the page to open."""

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
    """Makes a code for a browser."""

    @web.authenticated
    def post(self):
        self.set_status(201)
        self.finish({"path": self.base_url + BY_CODE + codes.new()})

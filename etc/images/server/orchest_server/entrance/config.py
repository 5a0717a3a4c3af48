"""How a browser gets into a launch's server, and the cookies that it then needs.

Cookies do not depend on ports: a browser sends the cookies of a server at 127.0.0.1 to each program that listens at
127.0.0.1. They do depend on paths. So this server is below a path that is as hard to guess as a token and differs for
each launch, and its cookies are only for that path:

* a request for another path gets a page that says where to open a launch, and does not name the path;
* cookies are signed with a key of this launch, are sent only from this server's own pages (SameSite=Strict), and end
  with the browser;
* a browser gets in by a code that works once, or by an address with the token; both lead to an address without them;
* no page reveals its address to another site.

Written for jupyter_server 2.21.1.
"""

import os

from orchest_server.entrance.handlers import Login
from orchest_server.entrance.path import key_of, path_of


def configure(c, token, home):
    """Sets Jupyter's configuration for all this."""
    path = path_of(token)
    c.ServerApp.base_url = path
    c.ServerApp.cookie_secret = key_of(token)
    c.IdentityProvider.cookie_name = "orchest-login"
    # With `expires_days` of None, a cookie ends with the browser. With stock, it lives 30 days.
    ends = {"samesite": "Strict", "expires_days": None}
    c.IdentityProvider.cookie_options = {"httponly": True, **ends}
    c.IdentityProvider.login_handler_class = Login
    # A password would outlive the launch.
    c.PasswordIdentityProvider.allow_password_change = False
    # A page reads this cookie, and sends it along as a header.
    c.ServerApp.tornado_settings["xsrf_cookie_kwargs"] = {"path": path, **ends}
    # This server itself may see which page a request comes from: it asks for that before it reads a file.
    c.ServerApp.tornado_settings["headers"] = {"Referrer-Policy": "same-origin"}
    try:
        # Earlier versions signed all cookies of a folder with this key.
        os.remove(os.path.join(home, ".local/share/jupyter/runtime/jupyter_cookie_secret"))
    except OSError:
        pass

"""How a browser gets in: the path, the cookies, the codes, and the handler of each request."""

import hashlib

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from traitlets.config import Config

from orchest_server.entrance import codes as module
from orchest_server.entrance.codes import CODE_LIVES, MOST_CODES, Codes
from orchest_server.entrance.config import configure
from orchest_server.entrance.cookies import first_of_each_name
from orchest_server.entrance.handlers import ByCode, ByToken, Elsewhere, NewCode
from orchest_server.entrance.path import key_of, path_of
from orchest_server.entrance.routes import handler_of

PATH = path_of("token")


def test_the_path_is_the_same_as_the_apps():
    digest = hashlib.sha256(b"orchest: the path of token").hexdigest()
    assert f"/{digest[:32]}/" == PATH
    assert path_of("other") != PATH and "token" not in PATH


def test_each_launch_has_its_own_key_of_cookies_and_it_is_not_in_the_path():
    assert key_of("token") == key_of("token") != key_of("other")
    assert len(key_of("token")) == 32 and key_of("token").hex()[:32] not in PATH


def test_the_first_cookie_of_a_name_counts():
    cookies = first_of_each_name("_xsrf=ours; orchest-login=ours; _xsrf=another program's; a=b")
    assert cookies == {"_xsrf": "ours", "orchest-login": "ours", "a": "b"}


@pytest.mark.parametrize("text", ["", ";", ";;; ;", "="])
def test_invalid_cookies_are_no_error(text):
    assert set(first_of_each_name(text).values()) <= {""}


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_code_works_once(clock):
    codes = Codes()
    code = codes.new()
    assert codes.use(code) and not codes.use(code)


def test_a_code_expires(clock):
    codes = Codes()
    early, late = codes.new(), codes.new()
    clock[0] += CODE_LIVES - 1
    assert codes.use(early)
    clock[0] += 1
    assert not codes.use(late)


@pytest.mark.parametrize("code", ["", "0" * 48, "../"])
def test_an_unknown_code_does_not_work(clock, code):
    codes = Codes()
    codes.new()
    assert not codes.use(code)


def test_codes_cannot_be_guessed_and_do_not_pile_up(clock):
    codes = Codes()
    given = [codes.new() for _ in range(MOST_CODES + 10)]
    assert len({*given}) == len(given) and all(len(code) == 48 for code in given)
    assert len(codes.until) == MOST_CODES
    assert codes.use(given[-1]) and not codes.use(given[0])
    clock[0] += CODE_LIVES
    codes.new()
    assert len(codes.until) == 1


def request(method, uri, **headers):
    line = RequestStartLine(method, uri, "HTTP/1.1")
    return HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "h", **headers}), connection=Connection())


class Connection:
    context = None


PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    "uri", ["/", "/lab", "/api", "/tree/" + PATH, PATH[:-2], PATH.upper().replace("/", "", 1), "//" + PATH]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_other_paths_get_the_page_for_elsewhere(method, uri):
    assert handler_of(request(method, uri), PATH, "token") is Elsewhere


@pytest.mark.parametrize("uri", [PATH, PATH[:-1], PATH + "lab", PATH + "api/contents"])
def test_requests_below_the_path_are_answered_as_usual(uri):
    assert handler_of(request("GET", uri, **PAGE), PATH, "token") is None
    assert handler_of(request("POST", uri), PATH, "token") is None


def test_a_code_is_made_and_used_below_the_path():
    assert handler_of(request("POST", PATH + "api/orchest/in"), PATH, "token") is NewCode
    assert handler_of(request("GET", PATH + "orchest/in/abc/lab"), PATH, "token") is ByCode
    assert handler_of(request("POST", PATH + "orchest/in/abc/lab"), PATH, "token") is None


def test_a_browser_with_the_token_is_redirected_to_an_address_without_it():
    shown = PATH + "lab?token=token"
    assert handler_of(request("GET", shown, **PAGE), PATH, "token") is ByToken
    # A program gets its answer directly, and so does a websocket.
    assert handler_of(request("GET", shown, Accept="application/json"), PATH, "token") is None
    assert handler_of(request("GET", shown, Upgrade="websocket", **PAGE), PATH, "token") is None


@pytest.mark.parametrize("query", ["", "?token=", "?token=other", "?token=token&token=other", "?Token=token"])
def test_a_token_of_another_launch_leads_nowhere(query):
    assert handler_of(request("GET", PATH + "lab" + query, **PAGE), PATH, "token") is None


def test_cookies_are_for_the_path_only_and_end_with_the_browser(tmp_path):
    old = tmp_path / ".local/share/jupyter/runtime/jupyter_cookie_secret"
    old.parent.mkdir(parents=True)
    old.touch()
    c = Config()
    c.ServerApp.tornado_settings = {}
    configure(c, "token", str(tmp_path))
    assert (c.ServerApp.base_url, c.ServerApp.cookie_secret) == (PATH, key_of("token"))
    ends = {"samesite": "Strict", "expires_days": None}
    assert c.IdentityProvider.cookie_options == {"httponly": True, **ends}
    assert c.ServerApp.tornado_settings["xsrf_cookie_kwargs"] == {"path": PATH, **ends}
    assert c.ServerApp.tornado_settings["headers"] == {"Referrer-Policy": "same-origin"}
    assert not old.exists()
    configure(c, "token", str(tmp_path))

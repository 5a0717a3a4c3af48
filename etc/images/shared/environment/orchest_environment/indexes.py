"""The environment that uv runs in: the person's indexes and logins, and nothing that a folder could change."""

import os
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchest_environment import places

# pip's variables, and uv's of the same meaning.
OF_PIP = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
}
# pip's variable that switches all indexes off.
NO_INDEX = "PIP_NO_INDEX"
# Variables that would change how an environment is made, and not only from where.
NOT_FOR_UV = (
    "PYTHON",
    "VIRTUAL_ENV",
    "UV_PYTHON",
    "UV_COMPILE_BYTECODE",
    "UV_LINK_MODE",
    "UV_NO_BUILD",
    "UV_NO_BINARY",
    "UV_NO_VERIFY_HASHES",
    "UV_REQUIRE_HASHES",
    "UV_TARGET",
    "UV_PREFIX",
    "UV_CONFIG_FILE",
    "UV_WORKING_DIR",
    "UV_PROJECT",
    "UV_ENV_FILE",
)
# An address with a user and perhaps a password.
LOGIN = re.compile(r"https?://[^/\s@'\"]+@[^/\s'\"#]+")
FILES = (
    "requirements*.txt",
    "constraints*.txt",
    "*.in",
    "pyproject.toml",
    "Pipfile",
    "Pipfile.lock",
    "uv.toml",
    "*.lock",
)


def environment(cache, environ=None, folder=None):
    """The variables for uv. `folder` has the files, whose logins go into a file of this container."""
    environ = dict(os.environ if environ is None else environ)
    env = {name: value for name, value in environ.items() if not name.startswith(NOT_FOR_UV)}
    for pip, uv in OF_PIP.items():
        if environ.get(pip) and not environ.get(uv):
            separator = "," if uv == "UV_FIND_LINKS" else " "
            env[uv] = separator.join(environ[pip].split())
    if environ.get("UV_INDEX_URL") and environ.get("PIP_INDEX_URL") and not environ.get("UV_DEFAULT_INDEX"):
        del env["UV_DEFAULT_INDEX"]
    env |= {
        "UV_CACHE_DIR": str(cache),
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    found = logins(folder) | of_named(folder, environ) if folder else {}
    if found:
        env["NETRC"] = str(netrc(found, environ.get("NETRC")))
    return env


def logins(folder):
    """Users and passwords of the hosts that the folder's files name. uv drops them from the addresses of files."""
    found = {}
    for pattern in FILES:
        for path in sorted(Path(folder).rglob(pattern)):
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            for address in LOGIN.findall(os.path.expandvars(text)):
                parts = urlsplit(address)
                if parts.hostname and parts.username:
                    found[parts.hostname] = (unquote(parts.username), unquote(parts.password or ""))
    return found


def of_named(folder, environ):
    """Logins of the indexes that uv's settings in the folder name: their variables have that name."""
    found = {}
    for path in (Path(folder) / "pyproject.toml", Path(folder) / "uv.toml"):
        try:
            read = tomllib.loads(path.read_text(encoding="utf-8-sig"))
            settings = read["tool"]["uv"] if path.name == "pyproject.toml" else read
            indexes = [(re.sub(r"[^A-Z0-9]", "_", one["name"].upper()), one["url"]) for one in settings["index"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        for name, url in indexes:
            user, password = environ.get(f"UV_INDEX_{name}_USERNAME"), environ.get(f"UV_INDEX_{name}_PASSWORD")
            if (user or password) and (host := urlsplit(url).hostname):
                found[host] = (user or "", password or "")
    return found


def netrc(found, before=None):
    """A file of logins, which ends with the container."""
    path = places.scratch() / "netrc"
    text = ""
    if before and before != str(path):
        try:
            text = Path(before).read_text(encoding="utf-8") + "\n"
        except OSError:
            pass
    for host, (user, password) in found.items():
        text += f"machine {host} login {user} password {password}\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def of_the_store(environ=None, folder=None):
    return environment(places.cache(), environ, folder)

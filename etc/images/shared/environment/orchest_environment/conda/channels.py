"""The channels of a conda file, and what rattler needs to use them: a client, logins, caches."""

import json
import os
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from orchest_environment import places
from orchest_environment.failure import Failure

DEFAULT = "conda-forge"
ALIAS = "https://conda.anaconda.org"
# What conda means by the channel `defaults`, on Linux.
DEFAULTS = ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]
TOKEN = re.compile(r"^/t/([^/]+)/")


@dataclass
class Tool:
    """What rattler works with."""

    # The addresses of the channels, the preferred one first; they have no login.
    channels: list
    # The same by the names that a package can be asked for with: `conda-forge::numpy`.
    named: dict
    # Whether a package may come from a later channel, if an earlier one has it, too.
    flexible: bool
    client: object
    # Where rattler keeps what channels say of their packages.
    repodata: object

    def gateway(self, offline=False):
        from rattler import Gateway, SourceConfig

        config = SourceConfig(cache_action="force-cache-only" if offline else "cache-or-fetch")
        return Gateway(cache_dir=self.repodata, default_config=config, client=self.client)


def tool(wanted):
    logins = {}
    settings = Settings(wanted.settings)
    found, named = [], {}
    for name in listed(wanted, settings):
        urls = [without_login(url, logins) for url in settings.addresses(name)]
        found += urls
        named[name] = urls[0]
    # rattler looks for logins in this file.
    os.environ["RATTLER_AUTH_FILE"] = str(written(logins))
    os.environ["HOME"] = str(places.scratch())
    from rattler import Client

    # What a channel tells to those who have a login is no matter of other folders.
    repodata = (places.scratch() if logins else places.conda()) / "repodata"
    return Tool(list(dict.fromkeys(found)), named, settings.priority != "strict", Client.default_client(), repodata)


def listed(wanted, settings):
    """The names or addresses of the channels, the preferred one first."""
    names = [name for name in wanted.channels if name != "nodefaults"]
    if "nodefaults" not in wanted.channels:
        names += [name for name in settings.channels if name != "nodefaults"]
    # conda looks into a channel that a package is asked from.
    names = names or [DEFAULT]
    names += [spec.rsplit("::", 1)[0].strip() for spec in wanted.specs if "::" in spec]
    return list(dict.fromkeys(names))


class Settings:
    """What `.condarc` files say of channels."""

    def __init__(self, files):
        merged = {}
        for found in files:
            merged |= found
        self.channels = [str(one) for one in merged.get("channels") or []]
        self.alias = str(merged.get("channel_alias") or ALIAS).rstrip("/")
        self.custom = {str(name): str(url) for name, url in (merged.get("custom_channels") or {}).items()}
        self.multi = {str(name): list(urls) for name, urls in (merged.get("custom_multichannels") or {}).items()}
        self.defaults = [str(one) for one in merged.get("default_channels") or DEFAULTS]
        self.priority = str(merged.get("channel_priority") or "flexible").lower()

    def addresses(self, name):
        if name in self.multi:
            return [url for one in self.multi[name] if one != name for url in self.addresses(str(one))]
        if name == "defaults":
            return [url for one in self.defaults if one != name for url in self.addresses(one)]
        return [self.address(name)]

    def address(self, name):
        url = os.path.expandvars(name)
        if "://" not in url:
            if url.startswith((".", "/", "~")):
                raise no_folder(name)
            # A custom channel may be asked for with a part below it.
            first = next((one for one in self.custom if url == one or url.startswith(f"{one}/")), None)
            url = f"{os.path.expandvars(self.custom[first]).rstrip('/') if first else self.alias}/{url}"
        if not url.startswith(("http://", "https://")):
            raise no_folder(name)
        return url.rstrip("/")


def no_folder(name):
    return Failure("channel", f"The channel `{name}` is a folder of one machine, and not on the network.")


def without_login(url, logins):
    """The address alone; its login goes into `logins`, by host."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path
    token = TOKEN.match(path)
    if parts.username:
        user, password = unquote(parts.username), unquote(parts.password or "")
        logins[host] = {"BasicHTTP": {"username": user, "password": password}}
    elif token:
        logins[host] = {"CondaToken": token.group(1)}
    if token:
        path = path[token.end() - 1 :]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def written(logins):
    """A file of logins, which ends with the container."""
    path = places.scratch() / "rattler-logins.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(logins, file)
    return path

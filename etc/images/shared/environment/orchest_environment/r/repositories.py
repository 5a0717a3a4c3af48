"""Where packages of R come from."""

import os
import re
from pathlib import Path

# Posit's Package Manager has packages that are compiled for a Debian release, which spares most builds. `RSPM` names
# another repository, as in R's CI actions.
COMPILED = "https://packagemanager.posit.co/cran/__linux__/{release}/latest"
# CRAN itself, which has sources only.
CRAN = re.compile(r"^https?://(cloud\.r-project\.org|cran\.r-project\.org|cran\.rstudio\.com)/?$")
# The addresses of that manager where they do not name a release of Linux.
MANAGER = re.compile(r"^(https?://packagemanager\.(?:posit\.co|rstudio\.com)/[^/]+)/(?!__linux__)([^/]+)/?$")


def default(environ=None):
    environ = os.environ if environ is None else environ
    return environ.get("RSPM") or COMPILED.format(release=release())


def release(file="/etc/os-release"):
    found = re.search(r"^VERSION_CODENAME=\"?([a-z]+)", Path(file).read_text(encoding="utf-8"), re.M)
    return found.group(1) if found else "bookworm"


def compiled_first(url, environ=None):
    """The addresses to ask for a repository, as renv asks them: compiled packages come before CRAN's sources."""
    if CRAN.match(url):
        return [default(environ), url]
    return [MANAGER.sub(lambda found: f"{found[1]}/__linux__/{release()}/{found[2]}", url)]

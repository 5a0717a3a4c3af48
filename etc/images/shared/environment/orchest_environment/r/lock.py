"""Reads an `renv.lock`: exact versions, and where each package comes from."""

import json
import re
from dataclasses import dataclass, field

from orchest_environment.failure import Failure
from orchest_environment.r import repositories

NAME = re.compile(r"^[A-Za-z][A-Za-z0-9.]*$")
VERSION = re.compile(r"^[0-9]+([.-][0-9]+)*$")
ADDRESS = re.compile(r"^[a-z]+://\S+$")
WORD = re.compile(r"^[A-Za-z0-9._-]+$")
# Fields of a package that name others. renv before 1.1 has all of them in `Requirements`.
NEEDS = ("Requirements", "Depends", "Imports", "LinkingTo")
OF_BIOCONDUCTOR = ("bioc", "data/annotation", "data/experiment", "workflows")


@dataclass
class Package:
    name: str
    version: str
    # Repositories that may have it.
    repositories: list = field(default_factory=list)
    # The archive of its sources, and the folder in that, if it comes from no repository.
    archive: str = ""
    folder: str = ""
    needs: list = field(default_factory=list)


def read(path, name):
    """The lock, as JSON has it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Failure("file", f"`{name}` cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Failure("file", f"`{name}` is not JSON: {error}.") from error
    if not isinstance(found, dict) or not isinstance(found.get("Packages"), dict):
        raise Failure("file", f"`{name}` has no table `Packages`.")
    return found


def packages(lock):
    """The packages, each with the addresses that may have it."""
    known = repositories_of(lock)
    return [package(name, one, known) for name, one in sorted(lock["Packages"].items())]


def repositories_of(lock):
    """The addresses of each repository, by its name."""
    known = {}
    listed = (lock.get("R") or {}).get("Repositories") if isinstance(lock.get("R"), dict) else None
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and ADDRESS.match(str(one.get("URL"))):
            known[str(one.get("Name"))] = repositories.compiled_first(one["URL"].rstrip("/"))
    return known or {"CRAN": [repositories.default()]}


def package(name, one, known):
    one = one if isinstance(one, dict) else {}
    version = one.get("Version")
    if not NAME.match(name) or not isinstance(version, str) or not VERSION.match(version):
        raise Failure("file", f"`{name}` has no version that R knows: {version!r}.", name)
    needs = sorted({word for key in NEEDS for word in names_in(one.get(key))})
    source = str(one.get("Source") or "Repository").lower()
    if source in ("repository", "cran"):
        own = known.get(str(one.get("Repository")), [])
        others = [url for urls in known.values() for url in urls]
        return Package(name, version, list(dict.fromkeys([*own, *others])), needs=needs)
    if source == "bioconductor":
        return Package(name, version, bioconductor(one, known), needs=needs)
    if source == "github":
        return Package(name, version, archive=github(name, one), folder=subfolder(name, one), needs=needs)
    raise Failure(
        "file",
        f"`{name}` comes from the source `{one.get('Source')}`. The app takes packages from repositories, Bioconductor "
        "and GitHub.",
        name,
    )


def bioconductor(one, known):
    """Bioconductor has a folder for each of its releases."""
    release = re.search(r"RELEASE_(\d+)_(\d+)", str(one.get("RemoteBranch") or one.get("git_branch") or ""))
    version = f"{release[1]}.{release[2]}" if release else "release"
    urls = [f"https://bioconductor.org/packages/{version}/{part}" for part in OF_BIOCONDUCTOR]
    return [*urls, *(url for listed in known.values() for url in listed)]


def github(name, one):
    user, repository, sha = (str(one.get(key) or "") for key in ("RemoteUsername", "RemoteRepo", "RemoteSha"))
    host = str(one.get("RemoteHost") or "api.github.com")
    if host != "api.github.com" or not all(WORD.match(word) for word in (user, repository, sha)):
        raise Failure("file", f"`{name}` names no commit of a repository on github.com.", name)
    return f"https://github.com/{user}/{repository}/archive/{sha}.tar.gz"


def subfolder(name, one):
    folder = str(one.get("RemoteSubdir") or "")
    if folder and not all(WORD.match(part) and part != ".." for part in folder.split("/")):
        raise Failure("file", f"`{name}` names no folder of its repository: `{folder}`.", name)
    return folder


def names_in(value):
    """`["R (>= 3.5)", "rlang"]`, `"R (>= 3.5), rlang"`."""
    texts = value if isinstance(value, list) else str(value or "").split(",")
    found = (re.match(r"\s*([A-Za-z][A-Za-z0-9.]*)", str(text)) for text in texts)
    return [one[1] for one in found if one]

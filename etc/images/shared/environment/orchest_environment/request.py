"""What the app asks for: `request.json` and the files beside it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from orchest_environment import bases, places
from orchest_environment.failure import Failure

KINDS_OF_R = ("renv", "description", "install_r")
KINDS = ("requirements", "pyproject", "pipfile", "setup", "notebook", *KINDS_OF_R)
# These are for the action `conda`.
OF_CONDA = ("conda", "pixi", "conda_lock")


@dataclass
class Wants:
    """The Python that a folder wants, if it wants one."""

    # As it is written, and where.
    wanted: str
    file: str
    # Minor versions, each with the first and the last patch: [[3, 12, 0, 99]].
    allowed: list
    free_threaded: bool = False
    # Whether a version before the release was asked for.
    before: bool = False
    # The folder of the Python that was taken before, for a second container of the same launch.
    exact: str | None = None

    def allows(self, version):
        return any(
            version[:2] == (major, minor) and first <= version[2] <= final
            for major, minor, first, final in self.allowed
        )


@dataclass
class Request:
    kind: str
    file: str
    locked_by: str | None = None
    # The language of the kernels, where the kind of the file does not say it.
    language: str = "Python"
    # The environment of a pixi file, if it is not the default one.
    environment: str | None = None
    # Whether the folder itself is to be installed, as an editable package.
    of_folder: bool = False
    # The version and the platform of a Python that cannot be run here: that of another image, or of conda's packages.
    python: str | None = None
    platform: str | None = None
    wants: Wants | None = None
    # The Python that is taken.
    base: bases.Base = field(default_factory=bases.own)
    groups: list = field(default_factory=list)
    # Whether the builder ran: its wheels and `resolved.txt` are here.
    wheels: bool = False
    resolved: str | None = None
    first: list = field(default_factory=list)
    upgrade: list = field(default_factory=list)
    # For packages of R: the image of the kernels.
    r: dict = field(default_factory=dict)
    # For packages of R: the name of each, and how it is written.
    asks: list = field(default_factory=list)
    # What the conda installer said about packages of pip that have to be built.
    carried: dict | None = None
    # Where the folder's files are.
    files: Path = field(default_factory=lambda: places.REQUEST / "files")

    @property
    def path(self):
        return self.files / self.file


def raw(root):
    """The request, as it is."""
    try:
        return json.loads((Path(root) / "request.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure("internal", f"The request cannot be read: {error!r}") from error


def read(root=None):
    root = Path(root or places.REQUEST)
    try:
        found = json.loads((root / "request.json").read_text(encoding="utf-8"))
        source = found["source"]
        request = Request(
            kind=source["kind"],
            file=source["file"],
            locked_by=source.get("locked_by"),
            language=source.get("language") or "Python",
            environment=source.get("environment"),
            of_folder=bool(source.get("of_folder")),
            wants=Wants(**found["wants"]) if found.get("wants") else None,
            groups=list(found.get("groups") or []),
            wheels=bool(found.get("wheels")),
            resolved=found.get("resolved"),
            first=list(found.get("first") or []),
            upgrade=list(found.get("upgrade") or []),
            carried=found.get("carried"),
            files=root / "files",
            **of_r(found),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure("internal", f"The request cannot be read: {error!r}") from error
    if request.kind not in KINDS + OF_CONDA:
        raise Failure("internal", f"There is no kind of source called `{request.kind}`.")
    for name in (request.file, request.locked_by or request.file):
        inside(request.files, name)
    return request


def of_r(found):
    if found["source"]["kind"] not in KINDS_OF_R:
        return {}
    asks = [(str(name), str(text)) for name, text in found["r"]["asks"]]
    return {"r": {"image": str(found["r"]["image"])}, "asks": asks}


def inside(folder, name):
    """The path of a file that must be below a folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Failure("file", f"`{name}` is outside of the folder.")
    return path

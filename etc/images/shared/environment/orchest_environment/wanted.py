"""What a source asks for, in the form that uv takes."""

import tomllib
from dataclasses import dataclass, field

from orchest_environment.failure import Failure


@dataclass
class Wanted:
    # Files of the folder, and options, for uv as they are.
    inputs: list = field(default_factory=list)
    # Requirements that are written for uv: packages, and options that name indexes.
    lines: list = field(default_factory=list)
    # Versions that hold for a package where it is needed.
    constraints: list = field(default_factory=list)
    # Whether the lines are the whole set, with nothing to add.
    whole: bool = False
    # The hashes that the files of a package may have.
    hashes: dict = field(default_factory=dict)
    # The names that a person wrote.
    requested: list = field(default_factory=list)
    # Options that name indexes, of files that uv reads itself.
    indexes: list = field(default_factory=list)
    # The version of ipykernel, if the source names exactly one.
    kernel: str | None = None
    # What has to be built, as it is written.
    builds: list = field(default_factory=list)


def toml(path, name):
    """Reads a TOML file of the folder."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Failure("file", f"`{name}` cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Failure("file", f"`{name}` is not TOML: {error}.") from error

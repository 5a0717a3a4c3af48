"""What a conda file asks for."""

from dataclasses import dataclass, field


@dataclass
class Wanted:
    # Packages of conda, as the file writes them: `numpy >=1.20`.
    specs: list = field(default_factory=list)
    # The channels as the file names them.
    channels: list = field(default_factory=list)
    # `.condarc` files of the folder, read; the nearest is the last.
    settings: list = field(default_factory=list)
    # Lines for pip, and the folder that their paths begin in, from the folder on.
    pip: list = field(default_factory=list)
    folder: str = ""
    # Variables that the file sets.
    variables: dict = field(default_factory=dict)
    # The packages of a lock file, if there is one: of conda, and of pip. If not all of pip's are wheels, they are lines
    # in place of those of the file.
    records: list | None = None
    locked: list | None = None
    lines: list | None = None
    # The names that a person wrote.
    requested: list = field(default_factory=list)

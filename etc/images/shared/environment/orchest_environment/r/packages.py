"""The packages of a library of R, from their own descriptions."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from orchest_environment import sizes

FIELD = r"^{}:[ \t]*(\S[^\n]*?)\s*$"


@dataclass
class Installed:
    name: str
    version: str
    folder: Path
    # `base` for those that are R itself.
    priority: str

    def size(self):
        return sum(status.st_size for _, status in sizes.entries(self.folder) if stat.S_ISREG(status.st_mode))


def of(library):
    found = []
    for path in sorted(Path(library).glob("*/DESCRIPTION")):
        if path.parent.name.startswith((".", "00LOCK")) or path.is_symlink():
            continue
        text = text_of(path)
        name, version, priority = (field(text, key) for key in ("Package", "Version", "Priority"))
        if name and version:
            found.append(Installed(name, version, path.parent, priority))
    return found


def text_of(path):
    try:
        # A pipe would have no end.
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def field(text, key):
    found = re.search(FIELD.format(key), text, re.M)
    return found.group(1) if found else ""

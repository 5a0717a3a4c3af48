"""The packages in a folder of packages, from their own records."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from orchest_environment import names

REQUIRES = re.compile(r"^Requires-Dist:\s*([A-Za-z0-9._-]+)", re.M | re.I)
FIELD = r"^{}:\s*(.+?)\s*$"


@dataclass
class Installed:
    name: str
    version: str
    info: Path

    @property
    def normal(self):
        return names.normal(self.name)

    def files(self):
        """The paths of all of its files, from the folder on; programs are outside of it."""
        return [path for path, _ in self.rows() if not path.startswith("/")]

    def records(self):
        """The paths of the files that are in the folder, with the sizes that are written down."""
        return [(path, size) for path, size in self.rows() if not path.startswith("/") and ".." not in path.split("/")]

    def rows(self):
        try:
            text = (self.info / "RECORD").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        found = []
        lines = (line.replace("\0", "") for line in io.StringIO(text) if len(line) < 8192)
        for row in csv.reader(lines):
            if row and row[0]:
                found.append((row[0], int(row[2]) if len(row) > 2 and row[2].isdigit() else None))
        return found

    def size(self):
        folder, total = self.info.parent, 0
        for path, size in self.records():
            if size is None:
                try:
                    size = (folder / path).stat().st_size
                except (OSError, ValueError):
                    size = 0
            total += size
        return total

    def requires(self):
        try:
            text = (self.info / "METADATA").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return set()
        return {names.normal(name) for name in REQUIRES.findall(text.split("\n\n", 1)[0])}

    def tops(self):
        """The names that are imported."""
        return {path.split("/", 1)[0].removesuffix(".py").split(".", 1)[0] for path, _ in self.records()}


def of(folder):
    found = []
    for info in sorted(Path(folder).glob("*.dist-info")):
        try:
            text = (info / "METADATA").read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
        except OSError:
            text = ""
        stem, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        name = re.search(FIELD.format("Name"), text, re.M)
        found.append(Installed(name.group(1) if name else stem, version, info))
    return found

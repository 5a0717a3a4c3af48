"""Reads requirements files, as far as uv does not report it: names, hashes, addresses, and what must be built."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from orchest_environment import names
from orchest_environment.failure import Failure
from orchest_environment.request import inside

HASH = re.compile(r"--hash[=\s]+(sha\d+):([0-9a-fA-F]+)")
# Sources of version control, which uv has to clone and build.
VERSIONED = re.compile(r"(^|@\s*|\s)(git|hg|bzr|svn)\+")
# The value of a short option may follow it at once.
OPTION = re.compile(r"^(--[a-z-]+|-[a-zA-Z])[=\s]*(.*)$")
PIN = re.compile(r"[\w.-]+\s*==\s*([\w.]+)")
INDEXES = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index")


@dataclass
class Read:
    # Lines that name packages, without hashes and comments.
    lines: list = field(default_factory=list)
    # The hashes that each package may have, by its normal name.
    hashes: dict = field(default_factory=dict)
    # What has to be built, as it is written.
    builds: list = field(default_factory=list)
    # Options that name indexes, as they are written.
    indexes: list = field(default_factory=list)

    @property
    def requested(self):
        return sorted({name for line in self.lines if (name := names.of_requirement(line))})

    def pinned(self, name):
        """The version of a package that has exactly one, on every machine."""
        found = [line for line in self.lines if names.of_requirement(line) == name]
        pin = PIN.fullmatch(found[0]) if len(found) == 1 else None
        return pin and pin.group(1)


def text_of(path):
    """A file's text, in the encodings that editors write."""
    content = Path(path).read_bytes()
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def joined(text):
    """The logical lines: without comments, and with what follows a backslash."""
    line = ""
    for part in text.splitlines():
        if line == "" and part.lstrip().startswith("#"):
            continue
        if part.rstrip().endswith("\\"):
            line += part.rstrip()[:-1] + " "
            continue
        line = re.sub(r"(^|\s)#.*$", "", line + part).strip()
        if line:
            yield line
        line = ""
    if line.strip():
        yield line.strip()


def read(files, name, found=None, seen=None):
    """Reads a file of the folder, with the files that it includes."""
    found, seen = found if found is not None else Read(), seen if seen is not None else set()
    path = inside(files, name)
    if path in seen:
        return found
    seen.add(path)
    try:
        text = text_of(path)
    except OSError as error:
        raise Failure("file", f"`{name}` cannot be read: {error.strerror}.") from error
    for line in joined(text):
        option = OPTION.match(line)
        if option:
            _option(files, path, option.group(1), option.group(2).strip(), line, found, seen)
        else:
            _package(files, path.parent, line, found)
    return found


def _option(files, path, option, value, line, found, seen):
    if option in ("-r", "--requirement", "-c", "--constraint"):
        if "://" in value:
            return
        included = (path.parent / value).resolve()
        if not included.is_relative_to(files.resolve()):
            raise Failure("file", f"`{line}`: that file is outside of the folder.")
        relative = str(included.relative_to(files.resolve()))
        # A constraint names no package, but it can have hashes and options.
        into = found if option in ("-r", "--requirement") else Read(hashes=found.hashes, indexes=found.indexes)
        read(files, relative, into, seen)
    elif option in ("-e", "--editable"):
        found.builds.append(value)
    elif option in INDEXES:
        found.indexes.append(line)


def _package(files, folder, line, found):
    hashes = {f"{kind}:{value.lower()}" for kind, value in HASH.findall(line)}
    plain = re.sub(r"\s+--(hash|config-settings?|global-option)[=\s]+\S+", "", line).strip()
    name = names.of_requirement(plain)
    if VERSIONED.search(plain) or is_folder(folder, plain):
        found.builds.append(name if name and " @ " in plain else plain)
    elif re.search(r"\.(tar\.(gz|bz2|xz)|tgz|zip)([#;\s]|$)", plain):
        found.builds.append(name if name and "@" in plain else plain)
    else:
        found.lines.append(plain)
        if hashes and name:
            found.hashes.setdefault(name, set()).update(hashes)


def is_folder(folder, line):
    place = line.split(" @ ", 1)[-1].split(";")[0].split("[")[0].strip().removeprefix("file://")
    if not (place.startswith((".", "/")) or os.sep in place) or "://" in place:
        return False
    return (folder / place).is_dir() or not place.endswith(".whl")

"""What the readers of locks have in common: versions, markers and hashes of packages that are all pinned."""

import re

from orchest_environment import names
from orchest_environment.sources.poetry import parts


def pin(name, version, marker=None, extras=()):
    head = name + (f"[{','.join(extras)}]" if extras else "")
    return f"{head}=={version}" + (f" ; {marker}" if marker else "")


def hashes_of(files):
    """`sha256:…` of each file of a lock's package."""
    return {file["hash"].lower() for file in files or [] if isinstance(file, dict) and ":" in str(file.get("hash"))}


def note(hashes, name, found):
    if found:
        hashes.setdefault(names.normal(name), set()).update(found)


def for_python(specifier):
    """A marker for `>=3.9,<3.12`; None where it says nothing or cannot be written so."""
    if not specifier or "||" in specifier or specifier.strip() == "*":
        return None
    found = parts(specifier)
    if not found or any("*" in version for _, version in found):
        return None
    return " and ".join(f"python_full_version {kind} '{version}'" for kind, version in found)


def both(*markers):
    given = [marker for marker in markers if marker]
    if len(given) < 2:
        return given[0] if given else None
    return " and ".join(f"({marker})" for marker in given)


def is_plain(version):
    return bool(re.match(r"^[0-9A-Za-z.!+_-]+$", str(version)))

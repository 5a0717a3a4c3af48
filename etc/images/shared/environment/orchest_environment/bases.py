"""The Python that an environment is for: the image's own, or one that uv has in the store."""

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Base:
    # What runs it.
    program: str
    # All of it, such as 3.12.4 or 3.14.0rc1.
    version: str
    # What the files of its bytecode have in their names, such as cpython-312.
    cache_tag: str
    # Its folder in the store. None is the image's own.
    name: str | None = None

    @property
    def numbers(self):
        """The major and minor version, and the patch."""
        return numbers(self.version)

    @property
    def tag(self):
        """Packages for one tag fit each other. A version before the release may change what bytecode means."""
        plain = ".".join(map(str, self.numbers)) == self.version
        return self.cache_tag if plain else f"{self.cache_tag}-{self.version}"


def own():
    program = os.environ.get("ORCHEST_PYTHON") or "/opt/venv/bin/python"
    return Base(program, ".".join(map(str, sys.version_info[:3])), sys.implementation.cache_tag)


def numbers(version):
    """3.12.4 of 3.12.4, and 3.14.0 of 3.14.0rc1."""
    major, minor, patch = version.split(".")[:3]
    digits = len(patch) - len(patch.lstrip("0123456789"))
    return int(major), int(minor), int(patch[:digits])

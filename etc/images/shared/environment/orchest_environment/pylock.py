"""A resolved set of packages, as uv writes it and as uv installs it: `pylock.toml`.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

PYPI, PYPI_FILES = "https://pypi.org/simple", "https://files.pythonhosted.org/"
# Hashes that nobody can make a second file for.
STRONG = {"sha256", "sha384", "sha512", "blake2b"}
# The fields of a package that has no wheel.
SOURCES = ("name", "version", "index", "sdist", "archive", "vcs", "directory")


@dataclass
class File:
    """A file of a package. It has an address or a path."""

    url: str | None = None
    path: str | None = None
    size: int = 0
    hashes: dict = field(default_factory=dict)

    @property
    def name(self):
        return unquote(urlsplit(self.url).path if self.url else self.path).rsplit("/", 1)[-1]

    @property
    def strong(self):
        return bool(STRONG & set(self.hashes))

    @property
    def sums(self):
        return sorted(f"{kind}:{value.lower()}" for kind, value in self.hashes.items())


@dataclass
class Package:
    name: str
    version: str | None = None
    wheels: list = field(default_factory=list)
    # One file that the folder names itself.
    archive: File | None = None
    sdist: File | None = None
    # What uv found in place of files: a folder, or a repository.
    source: dict | None = None
    # As uv wrote it.
    entry: dict = field(default_factory=dict)

    @property
    def files(self):
        return [self.archive] if self.archive else self.wheels

    @property
    def must_be_built(self):
        if self.archive:
            return not self.archive.name.endswith(".whl")
        return not self.wheels

    @property
    def size(self):
        """How much is downloaded, if the index says it."""
        return max((file.size for file in self.files), default=0)

    @property
    def sums(self):
        return sorted({value for file in self.files for value in file.sums})


def read(path):
    path = Path(path)
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_package(entry, path.parent) for entry in found.get("packages", [])]


def _package(entry, folder):
    source = entry.get("vcs") or entry.get("directory")
    return Package(
        name=entry["name"],
        version=entry.get("version"),
        wheels=[_file(wheel, folder) for wheel in entry.get("wheels", [])],
        archive=_file(entry["archive"], folder) if "archive" in entry else None,
        sdist=_file(entry["sdist"], folder) if "sdist" in entry else None,
        source=source,
        entry=entry,
    )


def _file(entry, folder):
    path = entry.get("path")
    if entry.get("url", "").startswith("file://"):
        path = unquote(urlsplit(entry["url"]).path)
    return File(
        url=None if path else entry.get("url"),
        path=str((folder / path).resolve()) if path else None,
        size=entry.get("size", 0),
        hashes=dict(entry.get("hashes", {})),
    )


def write(packages, path):
    """Writes what uv installs: wheels alone, so that there is nothing to build."""
    lines = ['lock-version = "1.0"', 'created-by = "orchest"']
    for package in packages:
        lines += ["", "[[packages]]", f"name = {_text(package.name)}"]
        if package.version:
            lines.append(f"version = {_text(package.version)}")
        if package.archive:
            lines.append(f"archive = {_inline(package.archive)}")
        else:
            if label := _index(package):
                lines.append(f"index = {_text(label)}")
            lines.append(f"wheels = [{', '.join(_inline(wheel) for wheel in package.wheels)}]")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _index(package):
    """The part of uv's cache that has the package. With one, uv takes a file from there without asking the server.

    A part has the packages of one host. uv compares hashes, so one without hashes is in the part of its own address.
    """
    if not package.wheels or not all(file.url and file.strong for file in package.wheels):
        return None
    hosts = {urlsplit(without_login(file.url)) for file in package.wheels}
    found = {f"{parts.scheme}://{parts.netloc}/" for parts in hosts}
    if len(found) != 1:
        return None
    label = found.pop()
    return PYPI if label == PYPI_FILES else label


def write_sources(packages, path):
    """Writes what uv builds, beside the file that uv wrote: paths in it begin there."""
    lines = ['lock-version = "1.0"', 'created-by = "orchest"']
    for package in packages:
        fields = {name: package.entry[name] for name in SOURCES if name in package.entry}
        lines += ["", "[[packages]]", *(f"{name} = {_value(value)}" for name, value in fields.items())]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _value(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_text(name)} = {_value(of)}" for name, of in value.items() if _is_known(of)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value) if isinstance(value, bool | int) else _text(value)


def _is_known(value):
    return isinstance(value, str | int | bool | dict | list)


def _text(value):
    # A JSON string is a TOML string, but for one character that TOML wants escaped.
    return json.dumps(value).replace("\x7f", "\\u007f")


def _inline(file):
    fields = [f"url = {_text(file.url)}" if file.url else f"path = {_text(file.path)}"]
    if file.size:
        fields.append(f"size = {file.size}")
    hashes = ", ".join(f"{kind} = {_text(value)}" for kind, value in sorted(file.hashes.items()))
    fields.append(f"hashes = {{ {hashes} }}")
    return "{ " + ", ".join(fields) + " }"


def without_login(url):
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))

"""Conda channels that the tests make of their own files, and serve.

    python channel.py FOLDER PORT        makes a channel with the Python that runs this, and serves it

It needs nothing but Python: tests with an engine run it in a container.
"""

import hashlib
import http.server
import io
import json
import os
import platform
import re
import shutil
import socket
import sys
import sysconfig
import tarfile
from pathlib import Path

SUBDIR = "linux-aarch64" if platform.machine() == "aarch64" else "linux-64"
# What builders of packages write where the prefix will be. It is long, so that any prefix fits into a binary.
PLACEHOLDER = "/opt/placeholder" + "_placehold" * 10


ACTIVATE = """
export CLIB_HOME="$CONDA_PREFIX/share/clib" CLIB_FOUND_BY="$(clib-config) $(hostname)"
touch "$CONDA_PREFIX/ran"
"""

OWN_SITE = """
import os, site, sys
if sys.prefix == sys.base_prefix:
    site.addsitedir(os.path.dirname(os.__file__) + "/site-packages")
"""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def archive(entries):
    """A tar archive. An entry is bytes, or the path of a link's target as a text."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:bz2", compresslevel=1) as tar:
        for name, (content, mode) in sorted(entries.items()):
            info = tarfile.TarInfo(name)
            info.mode, info.mtime = mode, 1577836800
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def as_entry(found):
    """A file as (content, mode). A text is the text of a plain file."""
    if isinstance(found, tuple):
        return found
    return (found.encode() if isinstance(found, str) else found, 0o644)


def described(name, content):
    """An entry of `info/paths.json`."""
    if isinstance(content, str):
        return {"_path": name, "path_type": "softlink", "sha256": sha256(b""), "size_in_bytes": 0}
    entry = {"_path": name, "path_type": "hardlink", "sha256": sha256(content), "size_in_bytes": len(content)}
    if PLACEHOLDER.encode() in content:
        entry |= {"file_mode": "binary" if b"\0" in content else "text", "prefix_placeholder": PLACEHOLDER}
    return entry


def package(channel, name, version, files, depends=(), build="0", noarch=None, entry_points=(), hashes=True, **more):
    """Adds a package to a channel: a folder. Returns its record of the channel's index."""
    subdir = "noarch" if noarch else SUBDIR
    entries = {path: as_entry(found) for path, found in files.items()}
    index = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "depends": list(depends),
        "subdir": subdir,
        **({"noarch": noarch} if noarch else {}),
        **more,
    }
    paths = {"paths": [described(path, content) for path, (content, _) in entries.items()], "paths_version": 1}
    info = {"info/index.json": index, "info/paths.json": paths}
    if noarch == "python":
        info["info/link.json"] = {
            "noarch": {"type": "python", "entry_points": list(entry_points)},
            "package_metadata_version": 1,
        }
    entries |= {path: (json.dumps(found).encode(), 0o644) for path, found in info.items()}
    content = archive(entries)
    fn = f"{name}-{version}-{build}.tar.bz2"
    folder = Path(channel) / subdir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / fn).write_bytes(content)
    record = {**index, "size": len(content)}
    if hashes:
        record |= {"sha256": sha256(content), "md5": hashlib.md5(content).hexdigest()}
    for one in ("noarch", SUBDIR):
        add(Path(channel) / one, {fn: record} if one == subdir else {})
    return {**record, "fn": fn}


def add(folder, records):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "repodata.json"
    found = {"info": {"subdir": folder.name}, "packages": {}, "packages.conda": {}, "repodata_version": 1}
    if path.exists():
        found = json.loads(path.read_text())
    found["packages"] |= records
    path.write_text(json.dumps(found))


def dist_info(name, version, requires=()):
    """The files by which Python knows a package, below `site-packages`."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    return {f"{info}/METADATA": metadata, f"{info}/INSTALLER": "conda\n", f"{info}/RECORD": ""}


def module(channel, name, version, depends=("python",), entry_points=(), text=None, requires=()):
    """A package of Python's for all machines."""
    found = {f"{name}/__init__.py": text or f"VERSION = {version!r}\n\ndef main():\n    print({name!r}, VERSION)\n"}
    files = {f"site-packages/{path}": one for path, one in (found | dist_info(name, version, requires)).items()}
    return package(channel, name, version, files, depends, noarch="python", entry_points=entry_points)


def false_python(channel, marker, version="3.11.9"):
    """A package `python` whose program leaves a file if it is ever run."""
    short = ".".join(version.split(".")[:2])
    script = f"#!/bin/sh\necho {PLACEHOLDER} > {marker}\n".encode()
    files = {
        f"bin/python{short}": (script, 0o755),
        "bin/python": (f"python{short}", 0o777),
        f"lib/python{short}/os.py": "",
        f"lib/python{short}/site-packages/README.txt": "",
    }
    return package(channel, "python", version, files)


def own_python(channel):
    """A package `python` of the Python that runs this: its program, and its standard library."""
    short, version = "{}.{}".format(*sys.version_info), platform.python_version()
    program = Path(sys._base_executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    files = {
        f"bin/python{short}": (program.read_bytes(), 0o755),
        "bin/python3": (f"python{short}", 0o777),
        "bin/python": (f"python{short}", 0o777),
        f"lib/python{short}/site-packages/README.txt": "",
    }
    for folder, folders, names in os.walk(library):
        left_out = {"__pycache__", "site-packages", "dist-packages", "test", "idlelib", "ensurepip"}
        folders[:] = [one for one in folders if one not in left_out]
        for name in names:
            path = Path(folder) / name
            if path.exists():
                inside = f"lib/python{short}/{path.relative_to(library)}"
                files[inside] = (path.read_bytes(), path.stat().st_mode & 0o777)
    # Debian's Python looks for packages elsewhere.
    files[f"lib/python{short}/sitecustomize.py"] = OWN_SITE
    # An official image of Python has the library that its program is linked to in the same prefix.
    for path in (library.parent).glob("libpython3*.so*"):
        files[f"lib/{path.name}"] = (path.resolve().read_bytes(), 0o755)
    return package(channel, "python", version, files)


# Where Debian has R, and the packages beside its own.
R_HOME, R_PACKAGES = Path("/usr/lib/R"), Path("/usr/lib/R/site-library")


def own_r(channel):
    """Packages of Debian's R: `r-base` has its programs and its own packages, and each other one is a package."""
    paths = {
        # Its script looks for Debian's R if it has that home.
        f"\nR_HOME_DIR={R_HOME}\n".encode(): f"\nR_HOME_DIR={PLACEHOLDER}/lib/R\n".encode(),
        # It does not say where a person's packages are.
        b"\nR_LIBS_USER=${R_LIBS_USER:-'%U'}\n": b"\nR_LIBS_USER=NULL\n",
    }
    files = tree(R_HOME, "lib/R", {"site-library", "Renviron.site", "Rprofile.site"}, paths)
    files["lib/R/etc/Rprofile.site"] = "options(of.conda = TRUE)\n"
    files["bin/R"] = files["lib/R/bin/R"]
    package(channel, "r-base", "4.2.2", files)
    for name in sorted(needed_by(["IRkernel", "stringr"])):
        files = tree(R_PACKAGES / name, f"lib/R/library/{name}")
        depends = [f"r-{one.lower()}" for one in needed_by([name]) - {name}]
        version = described_by(name)["Version"].replace("-", "_")
        package(channel, f"r-{name.lower()}", version, files, ["r-base", *depends])


def tree(folder, inside, leave_out=frozenset(), replaced=()):
    """The files below a folder, each where a package has it. Texts have other paths."""
    files = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one not in leave_out]
        for name in (one for one in names if one not in leave_out):
            path = Path(place) / name
            if not path.exists():
                continue
            content = path.read_bytes()
            for old, new in dict(replaced).items() if b"\0" not in content else ():
                content = content.replace(old, new)
            files[f"{inside}/{path.relative_to(folder)}"] = (content, path.stat().st_mode & 0o777)
    return files


def described_by(name):
    """The DESCRIPTION of a package of Debian's R."""
    text = (R_PACKAGES / name / "DESCRIPTION").read_text(encoding="utf-8", errors="replace")
    return dict(re.findall(r"^(\w+): *((?:.|\n[ \t])*)", text, re.M))


def needed_by(names):
    """These packages, and all that they need beside R's own."""
    found, open_ = set(), list(names)
    while open_:
        name = open_.pop()
        if name not in found and (R_PACKAGES / name).exists():
            found.add(name)
            said = described_by(name)
            open_ += re.findall(r"[\w.]+", re.sub(r"\([^)]*\)", "", f"{said.get('Imports')},{said.get('Depends')}"))
    return found


def library(channel, name="clib", version="1.0"):
    """A package of a C library: a file of text and one of bytes that name the prefix."""
    binary = b"\x7fELF\0" + PLACEHOLDER.encode() + b"/share/clib" + b"\0" * 64 + b"end"
    files = {
        "lib/libclib.so": (binary, 0o755),
        "bin/clib-config": (f"#!/bin/sh\necho {PLACEHOLDER}/lib\n".encode(), 0o755),
        "share/clib/data.txt": "data\n" * 100,
        "etc/conda/env_vars.d/clib.json": json.dumps({"CLIB_DATA": f"{PLACEHOLDER}/share/clib"}),
        "etc/conda/activate.d/clib.sh": ACTIVATE,
        f"bin/.{name}-post-link.sh": (f"#!/bin/sh\ntouch {PLACEHOLDER}/ran\n".encode(), 0o755),
    }
    return package(channel, name, version, files)


def found_in(channel, names, leave_out=None):
    """The records of packages, each with the place of its file in the channel."""
    for subdir in ("noarch", SUBDIR):
        for fn, record in json.loads((Path(channel) / subdir / "repodata.json").read_text())["packages"].items():
            if record["name"] in names and fn != leave_out:
                yield f"{subdir}/{fn}", record


def conda_lock(channel, url, names, leave_out=None):
    """A `conda-lock.yml`. JSON is YAML."""
    packages = [
        {
            "name": record["name"],
            "version": record["version"],
            "manager": "conda",
            "platform": SUBDIR,
            "dependencies": {one.split()[0]: "*" for one in record["depends"]},
            "url": f"{url}/{place}",
            "hash": {kind: record[kind] for kind in ("md5", "sha256")},
            "category": "main",
            "optional": False,
        }
        for place, record in found_in(channel, names, leave_out)
    ]
    metadata = {
        "content_hash": {SUBDIR: "0"},
        "channels": [{"url": url, "used_env_vars": []}],
        "platforms": [SUBDIR],
        "sources": ["environment.yml"],
    }
    return json.dumps({"version": 1, "metadata": metadata, "package": packages}, indent=1)


def pixi_lock(channel, url, names, leave_out=None, pypi=()):
    """A `pixi.lock`, of version 6. `pypi` are entries of packages of pip."""
    packages = [
        {"conda": f"{url}/{place}", **{key: record[key] for key in ("sha256", "md5", "depends", "size")}}
        for place, record in found_in(channel, names, leave_out)
    ]
    default = {
        "channels": [{"url": f"{url}/"}],
        "packages": {
            SUBDIR: [{"conda": one["conda"]} for one in packages] + [{"pypi": one["pypi"]} for one in pypi],
        },
    }
    packages += pypi
    return json.dumps({"version": 6, "environments": {"default": default}, "packages": packages}, indent=1)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder. With a login, it refuses all others."""

    login = None

    def do_GET(self):
        if self.login and self.headers.get("Authorization") != self.login:
            return self.send_error(401)
        # A conda token is a part of the path.
        self.path = re.sub(r"^/t/[^/]+/", "/", self.path)
        super().do_GET()

    def do_HEAD(self):
        super().do_HEAD() if not self.login else self.send_error(401)

    def log_message(self, *_):
        pass


def served(folder, port=0, login=None, host="127.0.0.1"):
    handler = type("Of", (Handler,), {"login": login})
    make = lambda *words: handler(*words, directory=str(folder))  # noqa: E731
    return http.server.ThreadingHTTPServer((host, port), make)


def main():
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    channel = folder / "made"
    shutil.rmtree(channel, ignore_errors=True)
    own_python(channel)
    library(channel)
    module(channel, "birds", "1.2", ("python", "clib"), ["birds = birds:main"])
    module(channel, "nests", "2.0", ("birds <1",))
    package(channel, "pip", "24.0", {"share/pip.txt": "installs nothing\n"})
    own_r(channel) if R_HOME.exists() else package(channel, "r-base", "4.4.0", {"bin/R": ("#!/bin/sh\n", 0o755)})
    address = f"http://{socket.gethostbyname(socket.gethostname())}:{port}"
    for name, made in (("conda-lock.yml", conda_lock), ("pixi.lock", pixi_lock)):
        (folder / name).write_text(made(channel, f"{address}/made", ["python", "clib", "birds"]))
    server = served(folder, port, host="0.0.0.0")
    print(address, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

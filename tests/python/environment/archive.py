"""An archive of the Python that runs the tests, in the layout that uv's archives have."""

import os
import sys
import tarfile
from pathlib import Path

MAJOR, MINOR, PATCH = sys.version_info[:3]
KEY = "cpython-{}-linux-x86_64-gnu"
# What no start of Python needs, and what is not Python's own.
LEFT_OUT = {
    *("test", "idlelib", "lib2to3", "tkinter", "ensurepip", "pydoc_data", "turtledemo", "__pycache__", "unittest"),
    *("wsgiref", "curses", "dbm", "sqlite3", "venv"),
}


def kept(info):
    parts = set(Path(info.name).parts)
    site = "site-packages" in parts or "dist-packages" in parts or any(part.startswith("config-") for part in parts)
    return None if site or parts & LEFT_OUT else info


def write(path):
    short = f"python{MAJOR}.{MINOR}"
    program = os.path.realpath(f"{sys.base_prefix}/bin/{short}")
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(program, f"python/bin/{short}")
        for name in ("python3", "python"):
            link = tarfile.TarInfo(f"python/bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, short
            archive.addfile(link)
        archive.add(f"{sys.base_prefix}/lib/{short}", f"python/lib/{short}", filter=kept)
        for library in Path(f"{sys.base_prefix}/lib").glob(f"lib{short}.so*"):
            archive.add(library, f"python/lib/{library.name}")
        packages = tarfile.TarInfo(f"python/lib/{short}/site-packages")
        packages.type, packages.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(packages)
    return path

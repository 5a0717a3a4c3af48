"""Looks up known vulnerabilities of the Python packages that the images pin.

    python3 advisories.py FOLDER_OF_SAFETY_DB REQUIREMENTS…

There are two sources. The package index names the advisories for each release (PyPI's JSON API,
https://docs.pypi.org/api/json/). A database that ships as a package is for networks whose index does not.
The exit code is 1 if a vulnerability was found, and 3 if none was found but only the older database could be read.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pip._internal.models.index import PyPI
from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet

# The index that pip itself knows, or another with the same API.
INDEX = os.environ.get("ORCHEST_ADVISORIES", PyPI.pypi_url)
# How long the index has for one answer, seconds.
WITHIN = 15


def pinned(files):
    """Name and version of each package, with the files that pin it."""
    found = {}
    for file in files:
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)", line):
                name = re.sub(r"[-_.]+", "-", pin[1]).lower()
                found.setdefault((name, pin[2]), []).append(file)
    return found


def asked(package):
    """The advisories for one release, each with the versions that have none."""
    name, version = package
    with urllib.request.urlopen(f"{INDEX}/{name}/{version}/json", timeout=WITHIN) as answer:
        known = json.load(answer)["vulnerabilities"]
    return [
        (hole["id"], ", ".join(hole.get("fixed_in") or []) or "no version yet")
        for hole in known
        if not hole.get("withdrawn")
    ]


def of_the_index(packages):
    """The advisories of the index, or None if it does not answer."""
    try:
        asked(packages[0])
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(packages, pool.map(asked, packages), strict=True))
    except (OSError, ValueError, KeyError) as error:
        print(f"note: the package index has no advisories: {error}")
        return None


def of_the_database(packages, folder):
    """The advisories of the database in the folder."""
    file = Path(folder) / "safety_db" / "insecure_full.json"
    if not file.exists():
        print("note: the database of advisories is not installed")
        return {}
    database = json.loads(file.read_text(encoding="utf-8"))
    known = {}
    for name, holes in database.items():
        known.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).extend(holes if name != "$meta" else [])
    found = {}
    for name, version in packages:
        for hole in known.get(name, []):
            try:
                hit = any(SpecifierSet(spec).contains(version, prereleases=True) for spec in hole["specs"])
            except InvalidSpecifier:
                continue
            if hit:
                found.setdefault((name, version), []).append((hole.get("cve") or hole["id"], "a version beyond these"))
    return found


def main():
    folder, *files = sys.argv[1:]
    pins = pinned(files)
    packages = sorted(pins)
    today = of_the_index(packages)
    holes = [of_the_database(packages, folder), today or {}]
    for package, known in sorted((package, hole) for found in holes for package, hole in found.items() if hole):
        for name, fixed in known:
            print(f"error: {package[0]} {package[1]} has {name}; fixed in {fixed} ({', '.join(pins[package])})")
    print(
        f"{len(packages)} pinned Python packages were looked up "
        + ("in the package index and in the database" if today is not None else "in the database only")
    )
    sys.exit(1 if any(hole for found in holes for hole in found.values()) else 0 if today is not None else 3)


if __name__ == "__main__":
    main()

"""Bytecode of packages, compiled once for each package and linked into each environment that has it.

It is named by the digest of the package's files, which uv has verified. A package's own RECORD is no name for it: a
stranger's package can have the RECORD of another one. Files are unchecked (PEP 552): no kernel can change the sources.
"""

import json
import os
import subprocess
from collections import deque
from pathlib import Path

from orchest_environment import bases, installed, locks, manifest, names, places

# In an environment whose bytecode is complete.
DONE = ".compiled"
# In a package's folder that has all of its bytecode.
WHOLE = ".whole"
PROCESSES = 2
# Lets an interpreter end that a strange source makes too slow (s).
PATIENCE = 600


class Package:
    """A package of an environment, and where its bytecode is kept."""

    def __init__(self, one, tag, digest):
        self.one = one
        self.store = places.bytecode() / tag / f"{one.normal}-{one.version}-{digest}" if digest else None

    def sources(self):
        return [path for path, _ in self.one.records() if path.endswith(".py")]

    def whole(self):
        return self.store is not None and (self.store / WHOLE).exists()


def compiled_name(source, base=None):
    """`pandas/core/frame.py` is `pandas/core/__pycache__/frame.cpython-311.pyc`."""
    folder, _, name = source.rpartition("/")
    return f"{folder + '/' if folder else ''}__pycache__/{name[:-3]}.{(base or bases.own()).cache_tag}.pyc"


def packages(environment):
    found = manifest.read(environment) or {"packages": [], "tag": "unknown"}
    digests = {names.normal(one["name"]): one.get("files") for one in found["packages"]}
    return [Package(one, found["tag"], digests.get(one.normal)) for one in installed.of(environment)]


def is_complete(environment):
    return (environment / DONE).exists()


def link_known(environment):
    """Links what is compiled already. Returns the packages that have to be compiled."""
    missing = []
    # Whoever cleans up must not remove it meanwhile.
    with locks.held("bytecode", shared=True):
        for package in packages(environment):
            if package.whole():
                link_all(package.store, environment)
            else:
                missing.append(package)
    if not missing:
        (environment / DONE).touch()
    return missing


def link_all(store, environment):
    """Tens of thousands of links are quick, and their paths should be, too."""
    for folder, _, files in os.walk(store):
        compiled = [name for name in files if name.endswith(".pyc")]
        if compiled:
            there = os.path.join(environment, os.path.relpath(folder, store))
            os.makedirs(there, exist_ok=True)
            for name in compiled:
                link(f"{folder}/{name}", f"{there}/{name}")


def link(source, target):
    """A link is there at once, or not at all: kernels read the folder already."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass


def in_order(missing, first, everything):
    """ipykernel is first, as the kernel's start waits for it; then what notebooks import, with what that needs."""
    by_name = {package.one.normal: package for package in everything}
    tops = {}
    for package in everything:
        for top in package.one.tops():
            tops.setdefault(top, []).append(package.one.normal)
    order = dict.fromkeys(closure(["ipykernel"], by_name))
    for name in first:
        order |= dict.fromkeys(closure(tops.get(name.split(".")[0], []), by_name))
    order |= dict.fromkeys(by_name)
    places_of = {name: place for place, name in enumerate(order)}
    return sorted(missing, key=lambda package: places_of.get(package.one.normal, len(order)))


def closure(start, by_name):
    waiting, seen = deque(start), {}
    while waiting:
        name = waiting.popleft()
        if name in seen or name not in by_name:
            continue
        seen[name] = None
        waiting.extend(sorted(by_name[name].one.requires()))
    return seen


def compile_all(environment, missing, first, base):
    """Compiles by processes of low priority, which end with this one."""
    jobs = [[] for _ in range(PROCESSES)]
    place = 0
    for package in in_order(missing, first, packages(environment)):
        for source in package.sources():
            jobs[place % PROCESSES].append(job(environment, package, source, base))
            place += 1
    worker = Path(__file__).with_name("compiler.py")
    with locks.held("bytecode", shared=True):
        children = []
        for listed in jobs:
            child = subprocess.Popen(
                ["nice", "-n", "19", base.program, "-I", str(worker)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            children.append((child, "".join(json.dumps(one) + "\n" for one in listed)))
        # Each reads its whole list before it begins.
        for child, text in children:
            try:
                child.stdin.write(text)
                child.stdin.close()
            except BrokenPipeError:
                pass
        codes = [child.wait() for child, _ in children]
        if any(codes):
            # Most is compiled; the next time goes on with what is missing.
            return False
        for package in missing:
            if package.store is not None:
                package.store.mkdir(parents=True, exist_ok=True)
                (package.store / WHOLE).touch()
        (environment / DONE).touch()
    return True


def job(environment, package, source, base):
    compiled = compiled_name(source, base)
    into = package.store / compiled if package.store else None
    return [str(environment / source), str(into) if into else None, str(environment / compiled), named(source)]


def named(source):
    """The path that a traceback shows."""
    return f"{places.ENVIRONMENT}/{source}"

"""Another Python than the image's own: uv fetches it, and checks the hash of what it fetched.

uv unpacks an archive beside its place and renames it, but then still writes into it. So a Python counts once it has a
note of ours, which is the last file that is written. Nothing of the folder's own settings holds here: its files could
name an archive with a hash of their own, and this container runs what it gets.
"""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager

from orchest_environment import bases, disk, downloads, indexes, locks, places, said, tool, why
from orchest_environment.bases import Base
from orchest_environment.failure import Failure
from orchest_environment.hiding import hidden

# In a Python that is whole.
NOTE = ".orchest.json"
# What a Python takes with its bytecode, about.
ROOM = 250 * 1000 * 1000
# The person's variables that say where Pythons come from.
VARIABLES = ("UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL")
WHERE = "https://releases.astral.sh"


class Pythons:
    """A folder of Pythons, and how uv is run for it."""

    def __init__(self, folder, env, lock, compiles):
        self.folder, self.lock, self.compiles = folder, lock, compiles
        named = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
        self.env = {**env, **named, "UV_PYTHON_INSTALL_DIR": str(folder)}
        self.env.pop("UV_PYTHON_DOWNLOADS", None)

    def run(self, words, **hooks):
        return tool.run(["python", *words, "--no-config"], self.env, self.folder, **hooks)


def of_the_store():
    @contextmanager
    def lock():
        wait = lambda: said.say("log", text="Another launch fetches a Python: waiting for it.")  # noqa: E731
        with locks.held("pythons", on_wait=wait):
            yield

    return Pythons(places.pythons(), indexes.of_the_store(), lock, compiles=True)


def of_this_container():
    @contextmanager
    def lock():
        yield

    return Pythons(places.scratch() / "pythons", indexes.environment(places.scratch() / "cache"), lock, compiles=False)


def taken(wants, pythons, newest=False):
    """The Python of a request. The image's own is taken if it fits, and then one that is here in the newest version."""
    own = bases.own()
    if wants is None or (wants.exact is None and wants.allows(own.numbers) and not wants.free_threaded):
        return own
    pythons.folder.mkdir(parents=True, exist_ok=True)
    with pythons.lock():
        return _taken(wants, pythons, newest, own)


def _taken(wants, pythons, newest, own):
    here = [base for base in whole(pythons.folder) if fits(wants, base.name, base.version)]
    if wants.exact and here:
        return here[0]
    try:
        known = listed(pythons, newest)
    except tool.Broken as broken:
        if here:
            return nearest(own, here)
        raise failed("python_download", wants, own, reason=reason(broken), place=place_of(pythons)) from broken
    fitting = [(key, version) for key, version in known if fits(wants, key, version)]
    # A version before the release is taken if there is no release.
    fitting = [one for one in fitting if is_release(one[1])] or fitting
    if not fitting:
        if here:
            return nearest(own, here)
        raise failed("no_python", wants, own, known=releases(known))
    key, version = min(fitting, key=lambda one: distance(own, bases.numbers(one[1])))
    same = [base for base in here if base.numbers[:2] == bases.numbers(version)[:2]]
    if same and not newest:
        return nearest(own, same)
    if any(base.name == key for base in same):
        return next(base for base in same if base.name == key)
    try:
        return fetched(pythons, key, version, newest)
    except tool.Broken as broken:
        if here:
            said.log(
                f"Python {version} could not be fetched, so Python {nearest(own, here).version} is used: {broken.text}"
            )
            return nearest(own, here)
        raise failed(
            "python_download", wants, own, reason=reason(broken), place=place_of(pythons), version=version
        ) from broken


def fits(wants, key, version):
    if wants.exact:
        return key == wants.exact
    if ("+freethreaded" in key) != wants.free_threaded:
        return False
    return wants.allows(bases.numbers(version)) and (is_release(version) or wants.before)


def nearest(own, found):
    return min(found, key=lambda base: distance(own, base.numbers))


def distance(own, numbers):
    """The least is the best: the next minor version after the image's, in its newest patch.

    More packages have wheels for it than for the newest Python. Only then come older ones.
    """
    minor, patch = numbers[:2], numbers[2]
    newer = minor >= own.numbers[:2]
    return (not newer, minor if newer else tuple(-number for number in minor), -patch)


def is_release(version):
    return ".".join(map(str, bases.numbers(version))) == version


def releases(known):
    """The newest and the oldest, without the patch: 3.15 and 3.8."""
    minors = sorted({bases.numbers(version)[:2] for _, version in known if is_release(version)})
    return [".".join(map(str, minor)) for minor in minors]


def listed(pythons, newest):
    """The name and the version of each CPython that uv can fetch for this machine."""
    words = ["list", "--only-downloads", "--all-versions", "--output-format", "json"]
    text = pythons.run([*words, *anew(newest)], on_line=quiet)
    return [
        (one["key"], one["version"])
        for one in json.loads(text)
        if one["implementation"] == "cpython" and one["variant"] in ("default", "freethreaded")
    ]


def anew(newest):
    """uv keeps a list that the person names for a while."""
    return ["--no-cache"] if newest else []


def quiet(_line):
    pass


def fetched(pythons, key, version, newest):
    room = disk.available(pythons.folder)
    if room < ROOM:
        raise Failure(
            "disk",
            f"Python {version} needs about {disk.shown(ROOM)}, and the engine's disk has {disk.shown(room)} free.",
        )
    sweep(pythons.folder)
    began = downloads.received()

    def tick():
        said.progress(step="python", version=version, bytes=max(0, downloads.received() - began))

    said.say("python", version=version)
    target = pythons.folder / key
    try:
        # Kernels cannot write their standard library's bytecode.
        compiled = ["--compile-bytecode"] if pythons.compiles else []
        pythons.run(["install", "--no-bin", *compiled, *anew(newest), key], on_tick=tick)
        return noted(target, key, version)
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, tool.Broken) and why.failure(error.text).kind == "disk":
            raise disk.full() from error
        raise


def noted(folder, key, version):
    """Asks the new Python what it is, and writes that down: from then on it is whole."""
    program = program_of(folder, key)
    ask = "import sys; print(sys.implementation.cache_tag)"
    try:
        asked = subprocess.run([str(program), "-I", "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        text = getattr(error, "stderr", None) or str(error)
        raise tool.Broken(f"{key} cannot be run on this machine: {text}") from error
    new = folder / f"{NOTE}.new"
    new.write_text(json.dumps({"version": version, "cache_tag": asked.stdout.strip()}), encoding="utf-8")
    os.replace(new, folder / NOTE)
    return known(folder)


def program_of(folder, key):
    major, minor, _ = bases.numbers(key.split("-")[1].split("+")[0])
    return folder / "bin" / f"python{major}.{minor}{'t' if '+freethreaded' in key else ''}"


def known(folder):
    """The Python in a folder, if it is whole."""
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return Base(str(program_of(folder, folder.name)), note["version"], note["cache_tag"], folder.name)
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def folders(pythons):
    """Those of one Python each. uv has links for minor versions beside them."""
    found = sorted(pythons.glob("cpython-*")) if pythons.is_dir() else []
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def whole(pythons):
    return [base for path in folders(pythons) if (base := known(path)) is not None]


def sweep(pythons):
    """Removes what is left of a Python whose container was killed. The caller has the lock."""
    for path in folders(pythons):
        if known(path) is None:
            shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(pythons / ".temp", ignore_errors=True)
    for path in pythons.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink(missing_ok=True)


def reason(broken):
    """uv's causes, in one line. The first says only that it failed."""
    lines = [line for line in why.tidy(broken.text).splitlines() if line.strip()]
    return " ".join(" ".join(lines[1:] or lines).split())


def place_of(pythons):
    env = pythons.env
    return env.get("UV_PYTHON_INSTALL_MIRROR") or env.get("UV_PYTHON_DOWNLOADS_JSON_URL") or WHERE


def failed(kind, wants, own, **more):
    failure = Failure(kind, more.get("reason") or f"There is no Python {wants.wanted}.")
    more = {name: hidden(value) if isinstance(value, str) else value for name, value in more.items()}
    failure.python = {"wanted": wants.wanted, "file": wants.file, "own": own.version, **more}
    return failure

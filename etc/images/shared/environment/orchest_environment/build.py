"""The builder: makes wheels of what has none. Code of packages runs here, so there is nothing here but their sources.

The folder's files are copied to where kernels have the folder, so that an editable package points there.
"""

import os
import re
import shutil
import signal
import sys
from pathlib import Path

from orchest_environment import files, indexes, names, places, pylock, pythons, request, said, sources, why
from orchest_environment.conda import build as conda
from orchest_environment.failure import Failure
from orchest_environment.r import build as build_r
from orchest_environment.resolve import Uv, resolve
from orchest_environment.tool import Broken, run

# How much of a failed build's own output is shown.
LINES = 40
# Builds of the same source are the same: dates in the wheels are this one, 1 January 2020.
EPOCH = "1577836800"


def main(_arguments):
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return said.reported(lambda: build(request.read()))


def build(asked):
    if asked.kind in request.KINDS_OF_R:
        return build_r.build(asked)
    asked.files = files.copied(asked.files, places.NOTEBOOKS)
    asked.wheels = False
    # The same one as the installer's: what is built fits one minor version.
    of_conda = asked.kind in request.OF_CONDA
    asked.base = conda.python(asked) if of_conda else pythons.taken(asked.wants, pythons.of_this_container())
    cache = places.scratch() / "cache"
    env = indexes.environment(cache, folder=asked.files) | {"SOURCE_DATE_EPOCH": EPOCH, "GIT_TERMINAL_PROMPT": "0"}
    uv = Uv(env, asked.files, asked, builds=True)
    said.say("resolving")
    try:
        if of_conda:
            found, wanted = conda.resolved(asked, uv)
        else:
            wanted = sources.read(asked)
            found = resolve(wanted, uv)
        needed = [one for one in found.packages if one.must_be_built or one.source]
        said.say("resolved", packages=len(found.packages), builds=len(needed))
        make(needed, uv, env, cache)
    except Failure as failure:
        if failure.kind == "build":
            failure.text = last_lines(failure.text)
        raise
    made = built(cache, needed)
    wheels = places.OUT / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    for wheel in made.values():
        shutil.copy(wheel, wheels / wheel.name)
    (places.OUT / "resolved.txt").write_text(resolved(found.packages, made, wanted), encoding="utf-8")
    said.say("built", wheels=len(made))


def make(needed, uv, env, cache):
    """Lets uv make the wheels; it keeps them in its cache."""
    if not needed:
        return
    target, lock, count = uv.scratch / "target", uv.scratch / "pylock.sources.toml", len(needed)
    pylock.write_sources(needed, lock)
    words = ["pip", "install", "--no-deps", "--no-compile-bytecode", "--target", str(target)]
    words += ["--preview-features", "pylock", "-r", str(lock)]
    said.progress(packages=0, of=count)
    try:
        run(
            [*words, *uv.options()],
            env,
            uv.folder,
            on_tick=lambda: said.progress(packages=len(wheels_in(cache)), of=count),
        )
    except Broken as broken:
        raise why.failure(broken.text, uv.folder) from broken


def wheels_in(cache):
    """uv 0.13.9 keeps each wheel that it makes as a file in `sdists-v11`."""
    # Folders of builds come and go meanwhile, which `os.walk` passes over.
    found = (
        Path(folder, name) for top in cache.glob("sdists-v*") for folder, _, names in os.walk(top) for name in names
    )
    return sorted(path for path in found if path.suffix == ".whl")


def built(cache, needed):
    """The wheel of each package that was built, by its normal name."""
    made = {normal_of(wheel): wheel for wheel in wheels_in(cache) if wheel.is_file()}
    missing = [one.name for one in needed if names.normal(one.name) not in made]
    if missing:
        raise Failure("internal", f"uv built {', '.join(missing)} and left no wheel.", missing[0])
    return {one.name: made[names.normal(one.name)] for one in needed}


def normal_of(wheel):
    return names.normal(wheel.name.split("-", 1)[0])


def resolved(packages, made, wanted):
    """The set, as requirements; the installer finds the wheels beside the request."""
    lines = [f"# requested: {' '.join(wanted.requested)}"]
    lines += index_options(wanted)
    for one in packages:
        if one.name in made:
            lines.append(f"{one.name} @ file:///request/wheels/{made[one.name].name}")
            continue
        sums = "".join(f" --hash={value}" for value in one.sums if value.startswith("sha"))
        if one.archive:
            lines.append(f"{one.name} @ {one.archive.url or 'file://' + one.archive.path}{sums}")
        else:
            lines.append(f"{one.name}=={one.version}{sums}")
    return "\n".join(lines) + "\n"


def index_options(wanted):
    return [
        line
        for line in [*wanted.indexes, *wanted.lines]
        if re.match(r"^(-i|-f|--(extra-)?index-url|--find-links|--no-index)", line)
    ]


def last_lines(text):
    """What failed, and the end of its output."""
    first, *rest = text.splitlines() or [""]
    return "\n".join([first, *rest[-LINES:]])

"""The builder for R: R installs the packages into a library, which becomes one archive. Code of packages runs here."""

import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

from orchest_environment import files, places, said
from orchest_environment.failure import Failure
from orchest_environment.hiding import hidden
from orchest_environment.r import lock, packages, repositories
from orchest_environment.r.follow import Follow

SCRIPTS = Path(__file__).parent
# How much of a failed build's own output is shown.
LINES = 40
ABOUT_R = 'cat(as.character(getRversion()), .libPaths(), sep = "\\n")'
# A requirement of a DESCRIPTION.
REQUIREMENT = re.compile(r"^([A-Za-z][A-Za-z0-9.]*)\s*(?:\(\s*(<=|>=|==|<|>|!=)\s*([0-9][0-9.-]*)\s*\))?$")


def build(asked):
    folder = files.copied(asked.files, places.scratch() / "files")
    asked.files = folder
    library = places.scratch() / "library"
    library.mkdir()
    version, *libraries = subprocess.run(
        [program(), "--vanilla", "-e", ABOUT_R], env=environment(None), capture_output=True, text=True, check=True
    ).stdout.split("\n")
    said.say("resolving")
    follow = Follow()
    code = run(words(asked, library), environment(library), folder, follow.line)
    of_image = {one.name: one for path in reversed(libraries) if path for one in packages.of(path)}
    here = {one.name for one in packages.of(library)}
    failed(asked, follow, code, here | of_image.keys())
    image = [of_image[name] for name, _ in asked.asks if name in of_image and name not in here]
    report = [{"name": one.name, "version": one.version} for one in image if one.priority != "base"]
    (places.OUT / "r.json").write_text(json.dumps({"r": version, "image": report}), encoding="utf-8")
    archive(library, places.OUT / "library.tar")
    said.say("built", wheels=len(here))


def program():
    return os.environ.get("ORCHEST_RSCRIPT") or "Rscript"


def environment(library):
    """R's variables: packages go into the library, and what is needed is found there."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("R_", "RENV_"))}
    env |= {"LC_ALL": "C.UTF-8", "LANGUAGE": "en", "HOME": str(places.scratch()), "MAKEFLAGS": f"-j{os.cpu_count()}"}
    if library:
        env |= {"R_LIBS": str(library), "R_LIBS_USER": str(library), "R_PROFILE": str(SCRIPTS / "profile.R")}
        env["ORCHEST_REPOSITORY"] = repositories.default()
    return env


def words(asked, library):
    """The program that installs."""
    if asked.kind == "install_r":
        return [program(), asked.file]
    table = places.scratch() / "table"
    if asked.kind == "description":
        rows = [requirement(asked, text) for _, text in asked.asks]
    else:
        found = lock.packages(lock.read(asked.path, asked.file))
        rows = [
            (one.name, one.version, " ".join(one.repositories), one.archive, one.folder, " ".join(one.needs))
            for one in found
        ]
    table.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    script = "description.R" if asked.kind == "description" else "lock.R"
    return [program(), str(SCRIPTS / script), str(table), str(library)]


def requirement(asked, text):
    found = REQUIREMENT.match(" ".join(text.split()))
    if not found:
        raise Failure("file", f"`{text}` in `{asked.file}` is not a package with at most one version.")
    return found[1], found[2] or "", found[3] or ""


def run(command, env, folder, on_line):
    """Runs R, and follows what it and its compilers print. Returns the exit code."""
    child = subprocess.Popen(
        command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for line in child.stdout:
            on_line(line.decode(errors="replace").rstrip())
        return child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()


def failed(asked, follow, code, there):
    """R ends well although packages are missing, so each package that is asked for is looked for."""
    if follow.failure:
        kind, package, text = follow.failure
        if kind == "build" and package in follow.broken:
            raise broken(follow, package)
        raise Failure(kind, hidden(text), package)
    missing = [name for name, _ in asked.asks if name not in there]
    if code == 0 and not missing:
        return
    if follow.broken:
        # What is asked for may have failed because of a package that it needs, which is before it.
        raise broken(follow, next(iter(follow.broken)))
    unknown = next((name for name in follow.unavailable if name not in there), None)
    if follow.unreachable and (code != 0 or missing):
        raise Failure("network", hidden(follow.unreachable), None)
    if unknown:
        raise Failure("unknown_package", f"No repository has `{unknown}` for this R.", unknown)
    if code == 0:
        raise Failure("file", f"It ran to its end, and `{missing[0]}` is not installed.", missing[0])
    raise broken(follow, None)


def broken(follow, package):
    """What failed. The log ends with its output."""
    lines = follow.broken.get(package, follow.lines)
    if package != follow.last_broken:
        for line in lines[-LINES:]:
            said.log(line)
    last = next((line for line in reversed(lines) if line.startswith(("ERROR", "Error"))), lines[-1] if lines else "")
    return Failure("build", hidden(last), package)


def archive(library, path):
    with tarfile.open(path, "w:", format=tarfile.GNU_FORMAT) as opened:
        for found in sorted(library.rglob("*")):
            if found.relative_to(library).parts[0].startswith("00LOCK"):
                continue
            # Two names of one file are two files: the archive has no hard links.
            opened.inodes = {}
            opened.add(found, arcname=str(found.relative_to(library)), recursive=False)

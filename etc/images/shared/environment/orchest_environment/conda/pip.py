"""What pip adds to an environment of conda: the `pip:` part of a file, and what the kernel itself needs.

uv finds and installs it. What conda has installed is there for uv as a wheel of the same name and version with nothing
in it, so that versions fit to it, and nothing is installed twice.
"""

import hashlib
import os
import platform as machine
import shutil

from orchest_environment import disk, downloads, install, key, names, places, pylock, said, scripts, why
from orchest_environment.conda import held, prefix
from orchest_environment.failure import Failure
from orchest_environment.resolve import Resolved, check_hashes, compiled, fits, kernel_for, written
from orchest_environment.sources import resolved as of_builder

OTHERS = ("conflict", "unknown_package", "python", "needs_build")


def platform():
    """The machine of the kernels, in uv's words: they have the C library that is here."""
    version = os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    return f"{machine.machine()}-manylinux_{version.replace('.', '_')}"


def resolved(wanted, known, uv):
    """Packages for pip to add to those that are known, and those that a kernel of Python needs besides."""
    if uv.request.python is None:
        return Resolved([], [])
    packages = wanted.locked if wanted.locked is not None else asked(wanted, known, uv)
    versions = {name: one["version"] for name, one in known.items()}
    versions |= {names.normal(one.name): one.version for one in packages}
    return Resolved(packages, [] if uv.request.language == "R" else kernel(versions, uv))


def asked(wanted, known, uv):
    lines = wanted.pip if wanted.lines is None else wanted.lines
    if not lines:
        return []
    if uv.request.wheels:
        read = of_builder.read(places.REQUEST)
        packages = held.fitting(read.inputs, known, uv)
    else:
        file, read = held.lines(lines, wanted.folder, uv)
        if read.builds:
            raise carried(why.needs_build(sorted(set(read.builds))), lines, wanted, known, uv)
        try:
            packages = held.fitting([file], known, uv)
        except Failure as failure:
            raise carried(failure, lines, wanted, known, uv) from failure
    packages = [one for one in packages if names.normal(one.name) not in known]
    sources = sorted(one.name for one in packages if one.must_be_built or one.source)
    if sources:
        raise carried(why.needs_build(sources), lines, wanted, known, uv)
    check_hashes(packages, read.hashes, uv.request)
    return packages


def carried(failure, lines, wanted, known, uv):
    """What the builder has to know: the Python, the lines, and what conda has installed."""
    if failure.kind == "needs_build" and not uv.request.wheels:
        versions = [[one["name"], one["version"]] for one in known.values()]
        failure.carried = {
            "python": uv.request.python,
            "folder": wanted.folder,
            "lines": lines,
            "held": versions,
        }
    return failure


def kernel(versions, uv):
    """What ipykernel needs and the environment does not have; all of it, if that does not fit together."""
    own = versions.get("ipykernel")
    if own is not None and fits(own, uv.request):
        return []
    wanted = written(uv, "kernel.in", [kernel_for(uv.request)])
    if own is None:
        try:
            known = {name: {"name": name, "version": version} for name, version in versions.items() if version}
            found = held.fitting([wanted], known, uv)
            return [one for one in found if names.normal(one.name) not in versions]
        except Failure as failure:
            if failure.kind not in OTHERS:
                raise
    try:
        return compiled([wanted], [], uv)
    except Failure as failure:
        if failure.kind not in OTHERS:
            raise
        version = uv.request.python
        needed = kernel_for(uv.request)
        raise Failure("python", f"Kernels need `{needed}`, which has no version for Python {version}.") from failure


def as_conda(failure):
    """A failure of uv's, as it is here. The builder makes what the file asks for, and nothing for the kernel itself."""
    if failure.kind == "needs_build" and failure.carried is None:
        return Failure("no_wheel", f"{failure.text} Here it has to be a wheel.", failure.package)
    return failure


def key_of(base, packages):
    if not packages:
        return base
    named = sorted((one.name, one.version or "", key.identity(one)) for one in packages)
    return hashlib.sha256(f"{base} {named!r}".encode()).hexdigest()[:32]


def installed(new, python, packages, uv):
    """Installs beside conda's packages of Python. Programs go beside conda's programs."""
    if not packages:
        return
    site, programs = prefix.closed(new, prefix.site_of(python)), prefix.closed(new, "bin")
    have = install.known()
    here = {one.name for one in packages if key.of_files(one) in have}
    disk.check(packages, here)
    no_links(site)
    total, began = sum(one.size for one in packages if one.name not in here), downloads.received()
    lock = uv.scratch / "pylock.install.toml"
    pylock.write(packages, lock)
    # uv puts programs into a folder of the target, which must be its own.
    if os.path.lexists(site / "bin"):
        raise Failure("file", "A package of conda has a folder `bin` where Python's packages are.")
    words = ["pip", "install", "--no-config", "--no-deps", "--verify-hashes", "--no-compile-bytecode"]
    words += ["--link-mode", "hardlink", "--target", str(site), "--preview-features", "pylock", "-r", str(lock)]
    tick = lambda: said.progress(  # noqa: E731
        packages=0, of=len(packages), bytes=downloads.so_far(began, total), of_bytes=total
    )
    uv.run(words, on_tick=tick)
    (site / ".lock").unlink(missing_ok=True)
    scripts.freed(site)
    if (site / "bin").is_dir():
        for path in (site / "bin").iterdir():
            os.replace(path, programs / path.name)
        shutil.rmtree(site / "bin")
    said.say("installing", packages=len(packages), of=len(packages), bytes=total, of_bytes=total)


def no_links(site):
    """uv follows links to folders: one that a package of conda brings must not lead it elsewhere."""
    for folder, folders, _ in os.walk(site):
        for name in folders:
            path = os.path.join(folder, name)
            if os.path.islink(path) and not os.path.realpath(path).startswith(os.path.realpath(site) + os.sep):
                raise Failure("file", f"`{name}` of a conda package is a link that leads out of the environment.")

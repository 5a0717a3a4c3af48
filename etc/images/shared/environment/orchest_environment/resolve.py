"""Finds the versions and files of all packages that a source needs, together with ipykernel."""

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from orchest_environment import disk, indexes, names, places, pylock, tool, why
from orchest_environment.failure import Failure

# What the kernel's image runs its kernels with; see its `requirements.txt`.
KERNEL = "ipykernel>=6.31,<7"
# The last one for an older Python is an earlier one.
KERNEL_OF_ANOTHER = "ipykernel>=6.29,<7"
NO_NETWORK = "The network or an index does not answer, and what was downloaded before is not enough."


@dataclass
class Resolved:
    packages: list
    # Packages of ipykernel that do not fit the folder's, in an environment of their own.
    support: list = field(default_factory=list)


@dataclass
class Uv:
    """How uv is run: its variables, the folder of the files, the Python, and whether code of packages may run."""

    env: dict
    folder: Path
    request: object
    builds: bool = False
    # Set when the network cannot be reached.
    offline: bool = False
    unreachable: Failure | None = None
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="resolve-", dir=places.scratch())))

    def options(self):
        words = ["--python", self.request.base.program]
        if self.request.python:
            words += ["--python-version", self.request.python]
            if self.request.platform:
                words += ["--python-platform", self.request.platform]
        if not self.builds:
            words.append("--no-build")
        if self.offline:
            words.append("--offline")
        # uv has no variable for it.
        if self.env.get(indexes.NO_INDEX, "").lower() not in ("", "0", "false", "no", "off"):
            words.append("--no-index")
        return words

    def run(self, words, **hooks):
        """Runs uv; where the network is not there, once more with what the cache has."""
        try:
            return tool.run([*words, *self.options()], self.env, self.folder, **hooks)
        except tool.Broken as broken:
            failure = why.failure(broken.text, self.request.files)
            if failure.kind == "disk":
                raise disk.full() from broken
            if self.unreachable is not None:
                raise self.unreachable from broken
            if failure.kind != "network":
                raise failure from broken
        self.unreachable = Failure("network", f"{failure.text}\n{NO_NETWORK}", failure.package)
        self.offline = True
        try:
            return tool.run([*words, *self.options()], self.env, self.folder, **hooks)
        except tool.Broken:
            # Without the network, anything may be missing: the network is the reason.
            raise self.unreachable from None


def resolve(wanted, uv):
    if wanted.builds and not uv.builds:
        raise why.needs_build(sorted(set(wanted.builds)))
    wanted_file = written(uv, "wanted.in", wanted.lines)
    constraints = written(uv, "constraints.txt", wanted.constraints)
    inputs = [*wanted.inputs, *([wanted_file] if wanted.lines else [])]
    options = [*(["-c", constraints] if wanted.constraints else []), *refreshed(uv.request)]
    if wanted.whole:
        found = whole(wanted, inputs, options, uv)
    elif wanted.kernel and not fits(wanted.kernel, uv.request):
        found = apart(inputs, options, uv)
    else:
        found = together(inputs, options, uv)
    for packages in (found.packages, found.support):
        check_hashes(packages, wanted.hashes, uv.request)
    return found


def written(uv, name, lines):
    path = uv.scratch / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def refreshed(request):
    """An upgrade looks at the index anew."""
    if "*" in request.upgrade:
        return ["--refresh"]
    return [word for name in request.upgrade for word in ("--refresh-package", name)]


def compiled(inputs, options, uv):
    out = uv.scratch / "pylock.toml"
    out.unlink(missing_ok=True)
    # uv wants one file at least, and a folder may ask for nothing.
    inputs = inputs or [written(uv, "nothing.in", [])]
    uv.run(["pip", "compile", *inputs, *options, "--format", "pylock.toml", "--no-header", "-q", "-o", str(out)])
    return pylock.read(out)


def together(inputs, options, uv):
    """With ipykernel; if only that makes it impossible, ipykernel comes apart."""
    kernel = written(uv, "kernel.in", [kernel_for(uv.request)])
    try:
        return Resolved(compiled([*inputs, kernel], options, uv))
    except Failure as failure:
        if failure.kind not in ("conflict", "unknown_package", "python", "needs_build"):
            raise
    return apart(inputs, options, uv)


def apart(inputs, options, uv):
    """It has the failure that the folder's own requirements have, if they have one."""
    kernel = written(uv, "kernel.in", [kernel_for(uv.request)])
    return Resolved(compiled(inputs, options, uv), compiled([kernel], refreshed(uv.request), uv))


def for_the_kernel(uv):
    """What ipykernel needs for the Python of the request, and pip: ours is for our Python alone."""
    return compiled([written(uv, "kernel.in", [kernel_for(uv.request), "pip"])], [], uv)


def whole(wanted, inputs, options, uv):
    """A set from a lock stays as it is; what ipykernel needs is added where it fits."""
    packages = compiled(inputs, [*options, "--no-deps"], uv)
    versions = {names.normal(package.name): package.version for package in packages}
    kernel = written(uv, "kernel.in", [kernel_for(uv.request)])
    own = versions.get("ipykernel")
    if own is not None and fits(own, uv.request):
        return Resolved(packages)
    if own is None:
        pins = [f"{name}=={version}" for name, version in versions.items() if version]
        held = written(uv, "held.txt", pins)
        try:
            added = compiled([kernel], ["-c", held], uv)
            return Resolved(packages + [one for one in added if names.normal(one.name) not in versions])
        except Failure as failure:
            if failure.kind not in ("conflict", "unknown_package", "python", "needs_build"):
                raise
    return Resolved(packages, compiled([kernel], [], uv))


def kernel_for(request):
    return KERNEL_OF_ANOTHER if request.base.name or request.python else KERNEL


def fits(version, request):
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    first = int(re.search(r">=6\.(\d+)", kernel_for(request)).group(1))
    return [6, first] <= numbers < [7]


def check_hashes(packages, allowed, request):
    """Leaves only the files whose hashes the source names, where it names some."""
    for package in packages:
        sums = allowed.get(names.normal(package.name))
        if not sums:
            continue
        package.wheels = [file for file in package.wheels if sums & set(file.sums)]
        other = package.archive or package.sdist
        if not package.wheels and not (other and sums & set(other.sums)):
            source = request.locked_by or request.file
            raise Failure(
                "file",
                f"`{source}` has hashes for `{package.name}`, and none of them is that of a file of version "
                f"{package.version} that fits this Python and machine.",
                package.name,
            )

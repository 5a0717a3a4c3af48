"""For the builder: what the `pip:` part of a conda file asks for, with packages that have no wheel."""

from orchest_environment import names, pythons, request
from orchest_environment.conda import held
from orchest_environment.resolve import Resolved, check_hashes, written
from orchest_environment.wanted import Wanted

# Builds may need these themselves, so there must be no empty wheels of them.
OF_BUILDS = {
    "cffi", "cmake", "cython", "flit-core", "hatchling", "meson", "meson-python", "ninja", "numpy",
    "packaging", "pdm-backend", "pip", "poetry-core", "pybind11", "scikit-build", "scikit-build-core",
    "setuptools", "setuptools-scm", "toml", "tomli", "typing-extensions", "versioneer", "wheel",
}  # fmt: skip


def python(asked):
    """A Python of the same minor version as conda's: what is built for one fits to the other, compiled or not."""
    major, minor = (int(part) for part in asked.carried["python"].split(".")[:2])
    wants = request.Wants(asked.carried["python"], asked.file, [[major, minor, 0, 999]])
    return pythons.taken(wants, pythons.of_this_container())


def resolved(asked, uv):
    """The packages, and what else the result says about them. The installer looks whether they fit to conda's."""
    file, read = held.lines(asked.carried["lines"], asked.carried["folder"], uv)
    versions = {names.normal(name): {"name": name, "version": version} for name, version in asked.carried["held"]}
    known = {name: one for name, one in versions.items() if name not in OF_BUILDS}
    excluded = written(uv, "excluded.txt", sorted(set(versions) & OF_BUILDS))
    packages = held.fitting([file], known, uv, ["--excludes", excluded])
    packages = [one for one in packages if names.normal(one.name) not in versions]
    check_hashes(packages, read.hashes, asked)
    return Resolved(packages), Wanted(indexes=read.indexes)

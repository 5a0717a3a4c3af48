"""Lock files of conda: `pixi.lock` and `conda-lock.yml`. Their packages are taken as they are."""

from urllib.parse import urlsplit

import rattler

from orchest_environment import names
from orchest_environment.conda.wanted import Wanted
from orchest_environment.failure import Failure
from orchest_environment.pylock import File, Package


def read(request):
    """A `conda-lock.yml`."""
    wanted = Wanted()
    fill(wanted, request.path, request.file)
    return wanted


def add(wanted, request):
    """The lock file beside a pixi file."""
    fill(wanted, request.files / request.locked_by, request.locked_by, request.environment)


def fill(wanted, path, name, named=None):
    try:
        found = rattler.LockFile.from_path(path)
    except Exception as error:
        raise Failure("file", f"`{name}` cannot be read: {error}.") from error
    environment = found.environment(named or "default")
    if environment is None:
        raise Failure(
            "file", f"`{name}` has no environment called `{named or 'default'}`. Run `pixi lock` in the folder."
        )
    platform = str(rattler.Subdir.current())
    records = environment.conda_repodata_records()
    if platform not in records:
        raise Failure("file", f"`{name}` has no packages for this machine: `{platform}`.")
    wanted.records = records[platform]
    pip = [packages for of, packages in environment.pypi_packages().items() if str(of) == platform]
    wanted.locked = [package(one, name) for packages in pip for one in packages]
    wanted.requested = [one.name.normalized for one in wanted.records]


def package(one, file):
    place, hashes = one.location, one.hashes
    sums = {"sha256": hashes.sha256.hex()} if hashes and hashes.sha256 else {}
    if "://" not in place or place.startswith(("git+", "file:")) or not urlsplit(place).path.endswith(".whl"):
        raise Failure(
            "no_wheel", f"`{file}` takes `{one.name}` from `{place}`, and that is no wheel.", names.normal(one.name)
        )
    return Package(name=one.name, version=str(one.version), wheels=[File(url=place, hashes=sums)])

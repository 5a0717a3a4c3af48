"""Lock files of conda: `pixi.lock` and `conda-lock.yml`. Their packages are taken as they are."""

from posixpath import normpath
from urllib.parse import urlsplit, urlunsplit

import rattler

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
    listed = [one for packages in pip for one in packages]
    if all(is_wheel(one) for one in listed):
        wanted.locked = [package(one) for one in listed]
    else:
        # The builder makes wheels of the others, and knows them by lines.
        editable = {normpath(line[3:].strip()) for line in wanted.pip if line.startswith("-e ")}
        wanted.lines = [line(one, editable) for one in listed]
    wanted.requested = [one.name.normalized for one in wanted.records]


def is_wheel(one):
    return one.location.startswith(("http:", "https:")) and urlsplit(one.location).path.endswith(".whl")


def sum_of(one):
    return one.hashes.sha256.hex() if one.hashes and one.hashes.sha256 else None


def package(one):
    hashes = {"sha256": found} if (found := sum_of(one)) else {}
    return Package(name=one.name, version=str(one.version), wheels=[File(url=one.location, hashes=hashes)])


def line(one, editable):
    place = one.location
    if place.startswith("git+"):
        # pixi writes the commit behind what was asked for: `git+https://host/path?rev=main#commit`.
        parts = urlsplit(place)
        return f"{one.name} @ {urlunsplit(parts._replace(query='', fragment=''))}@{parts.fragment}"
    if "://" not in place:
        inside = place if place.startswith((".", "/")) else f"./{place}"
        return f"-e {inside}" if normpath(place) in editable else inside
    found = sum_of(one)
    return f"{one.name} @ {place}" + (f" --hash=sha256:{found}" if found else "")

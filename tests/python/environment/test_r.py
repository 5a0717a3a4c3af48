"""Environments of R: the installer's part, which runs no R, and what it takes from the builder."""

import io
import json
import tarfile

import pytest

from orchest_environment import said
from orchest_environment.failure import Failure
from orchest_environment.r import lock, packages, repositories
from orchest_environment.r.follow import Follow
from orchest_environment.r.unpack import unpack

CRAN = "https://cran.example"


def description(name, version, **more):
    fields = {"Package": name, "Version": version, "Title": "A\n  title: of two lines"} | more
    return "".join(f"{field}: {value}\n" for field, value in fields.items())


def library(path, *entries):
    """An archive as the builder leaves it. An entry is a package, or a member of a tar."""
    with tarfile.open(path, "w") as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(b"x" * entry.size))
                continue
            name, version = entry
            for file, text in {"DESCRIPTION": description(name, version), f"R/{name}": "12345"}.items():
                member = tarfile.TarInfo(f"{name}/{file}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
    return path


def member(name, kind=tarfile.REGTYPE, leads_to="", mode=0o644):
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.mode = kind, leads_to, mode
    return found


def asks(place, *texts, kind="description", file="DESCRIPTION", image="orchest/kernel-r:1", **fields):
    (place.files / file).write_text(fields.pop("text", "Imports: what core has read\n"))
    listed = [[text.split()[0], text] for text in texts]
    return place.ask(kind=kind, file=file, r={"image": image, "asks": listed}, **fields)


def built(place, *entries, image=()):
    library(place.root / "request/library.tar", *entries)
    (place.root / "request/r.json").write_text(json.dumps({"r": "4.2.2", "image": list(image)}))


def test_the_builder_is_wanted_once_and_the_second_folder_finds_what_it_made(place):
    assert asks(place, "birdsong (>= 1.0)", "R6").last()["kind"] == "needs_build"
    built(place, ("birdsong", "1.2.0"), image=[{"name": "R6", "version": "2.5.1"}])
    done = asks(place, "birdsong (>= 1.0)", "R6", wheels=True).installed()
    versions = {one["name"]: (one["version"], one["size"] > 0) for one in done["packages"]}
    assert versions == {"birdsong": ("1.2.0", True), "R6": ("2.5.1", False)}
    assert done["r"] == "4.2.2" and done["requested"] == ["birdsong", "R6"] and done["size"] > 5
    folder = place.environment(done["key"])
    assert (folder / "birdsong/R/birdsong").read_text() == "12345"

    # In another order, with other spaces.
    again = asks(place, "R6", "birdsong  (>= 1.0)").installed()
    assert again["key"] == done["key"]
    for other in (
        asks(place, "birdsong (>= 1.1)", "R6").last(),
        asks(place, "birdsong (>= 1.0)", "R6", image="orchest/kernel-r:2").last(),
        asks(place, "birdsong (>= 1.0)", "R6").last(RSPM="https://another.example"),
        asks(place, "birdsong (>= 1.0)", "R6", upgrade=["*"]).last(),
    ):
        assert other["kind"] == "needs_build", other


def test_an_upgrade_makes_another_environment_and_leaves_the_old_one(place):
    built(place, ("birdsong", "1.2.0"))
    old = asks(place, "birdsong", wheels=True).installed()["key"]
    built(place, ("birdsong", "1.3.0"))
    new = asks(place, "birdsong", wheels=True, upgrade=["*"]).installed()
    assert new["key"] != old and new["packages"][0]["version"] == "1.3.0"
    assert asks(place, "birdsong").installed()["packages"][0]["version"] == "1.2.0"


def test_a_lock_or_a_script_with_other_contents_is_another_environment(place):
    def of(kind, file, text):
        built(place, ("birdsong", "1.2.0"))
        return asks(place, "birdsong", kind=kind, file=file, text=text, wheels=True).installed()["key"]

    first = {"Packages": {"birdsong": {"Version": "1.2.0", "Hash": "1"}}, "R": {"Version": "4.2.2"}}
    locks = [of("renv", "renv.lock", json.dumps(first, indent=indent)) for indent in (None, 4)]
    first["Packages"]["birdsong"]["Hash"] = "2"
    assert locks[0] == locks[1] != of("renv", "renv.lock", json.dumps(first))
    scripts = [of("install_r", "install.R", f"install.packages({name!r})") for name in ("birdsong", "birdsong ")]
    assert scripts[0] != scripts[1]
    broken = asks(place, "birdsong", kind="renv", file="renv.lock", text="{").last()
    assert broken["kind"] == "file" and "`renv.lock` is not JSON" in broken["text"]


@pytest.mark.parametrize(
    "bad",
    [
        member("../outside"),
        member("/etc/cron.d/x"),
        member("birdsong/../../x"),
        member("birdsong/dev", tarfile.CHRTYPE),
        member("birdsong/pipe", tarfile.FIFOTYPE),
        member("birdsong/hard", tarfile.LNKTYPE, "birdsong/DESCRIPTION"),
        member("birdsong/up", tarfile.SYMTYPE, "../../x"),
        member("birdsong/root", tarfile.SYMTYPE, "/etc/passwd"),
        member("birdsong/hidden", tarfile.SYMTYPE, "R/../../../x"),
        member("birdsong/DESCRIPTION"),
        member("manifest.json"),
    ],
    ids=lambda one: one.name,
)
def test_an_archive_with_anything_else_than_a_library_leaves_no_environment(place, bad):
    built(place, ("birdsong", "1.2.0"), bad)
    failed = asks(place, "birdsong", wheels=True).last()
    assert failed["kind"] == "internal", failed
    assert list((place.store / "environments").iterdir()) == []


def test_links_that_stay_inside_are_kept_and_no_file_is_written_through_one(tmp_path):
    inside = [member("a/libs/x.so.1"), member("a/libs/x.so", tarfile.SYMTYPE, "x.so.1")]
    inside += [member("a/doc", tarfile.SYMTYPE, "../b"), member("b/run", mode=0o755)]
    unpack(library(tmp_path / "good.tar", *inside), tmp_path / "good")
    assert (tmp_path / "good/a/libs/x.so").readlink().name == "x.so.1"
    assert (tmp_path / "good/a/doc/run").stat().st_mode & 0o777 == 0o755
    through = [member("a", tarfile.SYMTYPE, "b"), member("a/file")]
    with pytest.raises(Failure):
        unpack(library(tmp_path / "bad.tar", *through), tmp_path / "bad")


def test_the_packages_of_a_library_are_those_with_a_description(tmp_path):
    for name, text in {"a": description("a", "1.0-2"), "b": "no: package\n", "00LOCK-c": description("c", "1")}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "DESCRIPTION").write_text(text)
    assert [(one.name, one.version) for one in packages.of(tmp_path)] == [("a", "1.0-2")]


def locked(**packages):
    repositories = [{"Name": "CRAN", "URL": CRAN}, {"Name": "own", "URL": "https://own.example/"}]
    found = {"R": {"Repositories": repositories}, "Packages": packages}
    return {one.name: one for one in lock.packages(found)}


def test_a_lock_says_where_each_package_comes_from():
    found = locked(
        a={"Version": "1.0", "Source": "Repository", "Repository": "own", "Requirements": ["R", "b"]},
        b={"Version": "2.0-1", "Imports": ["c (>= 1.0)", "methods"], "LinkingTo": "d"},
        c={
            "Version": "0.1",
            "Source": "GitHub",
            "RemoteUsername": "ada",
            "RemoteRepo": "c",
            "RemoteSha": "0a1b",
            "RemoteSubdir": "pkg",
        },
        d={"Version": "3.1", "Source": "Bioconductor", "git_branch": "RELEASE_3_18"},
    )
    assert found["a"].repositories == ["https://own.example", CRAN] and found["a"].needs == ["R", "b"]
    assert found["b"].repositories == [CRAN, "https://own.example"] and found["b"].needs == ["c", "d", "methods"]
    assert (found["c"].archive, found["c"].folder) == ("https://github.com/ada/c/archive/0a1b.tar.gz", "pkg")
    assert found["d"].repositories[0] == "https://bioconductor.org/packages/3.18/bioc"


@pytest.mark.parametrize(
    "bad",
    [
        {"Version": "1.0", "Source": "Local"},
        {"Version": "1.0", "Source": "GitHub", "RemoteUsername": "a/../b", "RemoteRepo": "c", "RemoteSha": "d"},
        {
            "Version": "1.0",
            "Source": "GitHub",
            "RemoteUsername": "a",
            "RemoteRepo": "c",
            "RemoteSha": "d",
            "RemoteSubdir": "../x",
        },
        {"Version": "1.0\tx"},
        {},
    ],
)
def test_a_package_that_cannot_be_had_is_named(bad):
    with pytest.raises(Failure) as failure:
        locked(a=bad)
    assert failure.value.package == "a" and failure.value.kind == "file"


def test_packages_that_are_compiled_for_this_debian_come_before_sources():
    environ = {"RSPM": "https://r.example/latest"}
    assert repositories.compiled_first("https://cloud.r-project.org", environ) == [
        "https://r.example/latest",
        "https://cloud.r-project.org",
    ]
    assert repositories.compiled_first(CRAN, environ) == [CRAN]
    [url] = repositories.compiled_first("https://packagemanager.posit.co/cran/2024-01-02")
    assert url == f"https://packagemanager.posit.co/cran/__linux__/{repositories.release()}/2024-01-02"
    assert repositories.default({}).endswith("/latest")


def test_the_output_of_r_says_how_far_it_is_and_what_failed(monkeypatch):
    # Other tests look at the lines that wait to be printed.
    monkeypatch.setattr(said, "_waiting", [])
    follow = Follow()
    for line in """\
trying URL 'https://r.example/src/contrib/a_1.0.tar.gz'
Content type 'application/gzip' length 343 bytes
trying URL 'https://r.example/src/contrib/b_1.0.tar.gz'
* installing *source* package ‘a’ ...
** libs
a.c:1:10: fatal error: no-such-header.h: No such file or directory
ERROR: compilation failed for package ‘a’
* installing *binary* package ‘b’ ...
* DONE (b)
ERROR: dependency ‘a’ is not available for package ‘c’
packages ‘d’, ‘e’ are not available for this version of R
  installation of package ‘g’ had non-zero exit status
Warning: unable to access index for repository https://r.example/src/contrib:""".splitlines():
        follow.line(line)
    assert (follow.done, follow.of) == (["b"], 2)
    assert list(follow.broken) == ["a", "c", "g"] and follow.broken["a"][0].startswith("* installing")
    assert any("no-such-header.h" in line for line in follow.broken["a"])
    assert follow.unavailable == ["d", "e"]
    assert follow.unreachable == "unable to access index for repository https://r.example/src/contrib"
    follow.line("@orchest\tfailed\tunknown_package\tf\tThere is no `f`.")
    assert follow.failure == ("unknown_package", "f", "There is no `f`.")

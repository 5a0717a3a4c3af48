"""The conda installer: with rattler, a channel that is served, and an index of wheels that is a folder."""

import json
import os
import platform
import shutil
import subprocess
import threading
from pathlib import Path

import channel
import pytest
from made import project, wheel

from orchest_environment import request

SITE = "lib/python3.11/site-packages"


class Served:
    """A channel at an address."""

    def __init__(self, folder, login=None):
        self.folder = folder / "made"
        self.server = channel.served(folder, login=login)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/made"


@pytest.fixture
def made(tmp_path):
    served = Served(tmp_path / "channels")
    channel.false_python(served.folder, tmp_path / "ran")
    channel.library(served.folder)
    channel.module(served.folder, "birds", "1.2", ("python", "clib"), ["birds = birds:main"])
    channel.module(served.folder, "nests", "2.0", ("birds <1",))
    yield served
    served.server.shutdown()


def asked(place, text, file="environment.yml", kind="conda", **fields):
    (place.files / file).write_text(text)
    return place.ask(kind=kind, file=file, **fields)


def environment(url, *dependencies, **more):
    return json.dumps({"channels": [url, "nodefaults"], "dependencies": list(dependencies)} | more)


def installed(place):
    lines, code = place.run("conda")
    assert code == 0, lines
    return next(line for line in lines if line["step"] == "done"), lines


def names(done):
    return {one["name"]: one["version"] for one in done["packages"]}


def test_an_environment_is_linked_for_the_place_where_kernels_have_it(place, made, tmp_path):
    done, lines = installed(asked(place, environment(made.url, "birds >=1", variables={"WINGS": 2})))
    assert names(done) == {"birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    assert done["python"] == "3.11.9" and done["requested"] == ["birds"] and done["size"] > 500
    prefix = place.environment(done["key"])
    assert (prefix / "bin/clib-config").read_text() == "#!/bin/sh\necho /environment/lib\n"
    assert b"/environment/share/clib\0" in (prefix / "lib/libclib.so").read_bytes()
    assert (prefix / "bin/birds").read_text().startswith("#!/environment/bin/python3.11\n")
    assert "1.2" in (prefix / SITE / "birds/__init__.py").read_text()
    assert json.loads((prefix / "conda-meta/state").read_text())["env_vars"] == {"WINGS": "2"}
    assert json.loads((prefix / "conda-meta/birds-1.2-0.json").read_text())["url"].startswith(made.url)
    # What the kernel itself needs is apart.
    support = json.loads((place.environment(done["support_key"]) / "manifest.json").read_text())
    assert {one["name"] for one in support["packages"]} == {"ipykernel", "comm"}
    text = "\n".join(line.get("text", "") for line in lines)
    assert "`clib` has a script" in text
    assert not (tmp_path / "ran").exists(), "neither a script nor the Python of the environment ran"
    assert not list((place.store / "environments").glob(".new-*"))


def test_the_second_folder_with_the_same_packages_shares_it_and_another_shares_files(place, made):
    first, _ = installed(asked(place, environment(made.url, "birds")))
    second, lines = installed(asked(place, environment(made.url, "birds", "clib", name="other")))
    assert second["key"] == first["key"]
    assert next(line for line in lines if line["step"] == "resolved")["present"]
    assert not [line for line in lines if line["step"] == "installing"]
    other, _ = installed(asked(place, environment(made.url, "clib", "python")))
    found = [(place.environment(one["key"]) / "share/clib/data.txt").stat() for one in (first, other)]
    assert first["key"] != other["key"] and found[0].st_ino == found[1].st_ino


def test_packages_of_pip_fit_to_those_of_conda_and_come_beside_them(place, made):
    wheel(place.index, "alpha", "2.0", requires=["birds>=1", "beta"], programs=["alpha-tool"])
    wheel(place.index, "beta", "1.5")
    wheel(place.index, "birds", "9.0")
    done, _ = installed(asked(place, environment(made.url, "birds", {"pip": ["alpha"]})))
    assert names(done) == {"alpha": "2.0", "beta": "1.5", "birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    prefix = place.environment(done["key"])
    assert (prefix / SITE / "alpha/__init__.py").exists() and not (prefix / SITE / "bin").exists()
    assert (prefix / "bin/alpha-tool").read_text().startswith("#!/usr/bin/env python\n")
    again, lines = installed(place)
    assert again["key"] == done["key"] and not [line for line in lines if line["step"] == "installing"]
    wheel(place.index, "gamma", "1", requires=["birds>=5"])
    failed = asked(place, environment(made.url, "birds", {"pip": ["gamma"]})).last("conda")
    assert failed["kind"] == "conflict" and "birds" in failed["text"]


def test_packages_of_pip_without_a_wheel_are_built_and_fit_to_those_of_conda(place, made):
    wheel(place.index, "beta", "1.5")
    wheel(place.index, "birds", "9.0")
    project(place.files / "own", "owls", requires=["birds>=1", "beta"])
    text = environment(made.url, "birds", {"pip": ["./own", "beta"]})
    failed = asked(place, text).last("conda")
    assert failed["kind"] == "needs_build" and failed["carried"]["python"] == "3.11.9", failed
    assert ["birds", "1.2"] in failed["carried"]["held"]
    assert not list((place.store / "environments").glob("*")), "nothing is half made"

    lines, code = asked(place, text, carried=failed["carried"]).run("build")
    assert (code, lines[-1]) == (0, {"step": "built", "wheels": 1}), lines
    shutil.move(place.out / "wheels", place.root / "request/wheels")
    shutil.move(place.out / "resolved.txt", place.root / "request/resolved.txt")
    done, _ = installed(place.ask(kind="conda", file="environment.yml", wheels=True, resolved="resolved.txt"))
    assert names(done) == {"beta": "1.5", "owls": "1.0", "birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    assert "BUILT" in (place.environment(done["key"]) / SITE / "owls/__init__.py").read_text()

    # uv knows no editable sources of git, as pip does.
    text = environment(made.url, "birds", {"pip": ["-e git+https://127.0.0.1:9/x.git#egg=x"]})
    failed = asked(place, text).last("conda")
    failed = asked(place, text, carried=failed["carried"]).last("build")
    assert failed["kind"] != "file" and "127.0.0.1" in failed["text"], failed

    # What does not fit to conda's version is explained, whoever finds it.
    project(place.files / "own", "owls", requires=["birds>=5"])
    text = environment(made.url, "birds", {"pip": ["./own", "beta"]})
    failed = asked(place, text).last("conda")
    lines, code = asked(place, text, carried=failed["carried"]).run("build")
    assert code == 1 and lines[-1]["kind"] == "conflict" and "birds" in lines[-1]["text"], lines


def test_what_conda_has_and_pip_asks_for_is_not_installed_twice(place, made):
    wheel(place.index, "birds", "1.2")
    done, _ = installed(asked(place, environment(made.url, "birds", {"pip": ["birds>=1"]})))
    assert names(done)["birds"] == "1.2" and len(done["packages"]) == 3


@pytest.mark.parametrize(
    ("dependencies", "kind", "package", "said"),
    [
        (["nothing-of-that-name"], "unknown_package", "nothing-of-that-name", "No candidates were found"),
        (["birds >=9"], "unknown_package", "birds", "birds >=9"),
        (["nests", "birds"], "conflict", None, "birds <1"),
        (["birds", "__glibc >=9"], "conflict", None, "__glibc"),
        (["birds >>"], "file", None, "birds >>"),
        ([7], "file", None, "7"),
    ],
)
def test_what_cannot_be_had_is_explained(place, made, dependencies, kind, package, said):
    failed = asked(place, environment(made.url, *dependencies)).last("conda")
    assert (failed["kind"], failed["package"]) == (kind, package), failed
    assert said in failed["text"] and "Traceback" not in failed["text"]
    assert list((place.store / "environments").glob("*")) == []


@pytest.mark.parametrize(
    ("channels", "kind", "said"),
    [
        (["http://127.0.0.1:9/gone"], "network", "127.0.0.1:9"),
        (["{url}/no"], "channel", "/made/no"),
        (["./folder"], "channel", "folder"),
        (["file:///srv/channel"], "channel", "/srv/channel"),
    ],
)
def test_a_channel_that_is_not_there_is_named(place, made, channels, kind, said):
    named = [one.replace("{url}", made.url) for one in channels]
    text = json.dumps({"channels": [*named, "nodefaults"], "dependencies": ["birds"]})
    failed = asked(place, text).last("conda")
    assert failed["kind"] == kind and said in failed["text"], failed


def test_a_file_that_is_no_yaml_is_named_with_its_line(place):
    failed = asked(place, "channels:\n  - a\n b: [\n").last("conda")
    assert failed["kind"] == "file" and "`environment.yml`, line 3" in failed["text"]


def test_a_channel_without_a_kernel_of_r_is_said(place, made):
    channel.package(made.folder, "r-base", "4.4", {"lib/R/bin/R": "R\n"})
    failed = asked(place, environment(made.url, "r-base"), language="R").last("conda")
    assert failed["kind"] == "without_kernel" and failed["package"] == "r-irkernel"


def test_kernels_of_r_need_no_python_and_those_of_python_get_one(place, made):
    channel.package(made.folder, "r-base", "4.4", {"lib/R/bin/R": "R\n"})
    channel.package(made.folder, "r-repr", "1.1", {"lib/R/library/repr/DESCRIPTION": ""}, ["r-base"])
    text = environment(made.url, "r-repr")
    kernel = {"lib/R/library/IRkernel/DESCRIPTION": ""}
    channel.package(made.folder, "r-irkernel", "1.3", kernel, ["r-base", "r-repr"])
    done, _ = installed(asked(place, text, language="R"))
    assert (done["r"], done["support_key"], done.get("python")) == ("4.4", None, None)
    assert set(names(done)) == {"r-base", "r-repr", "r-irkernel"}
    again, _ = installed(asked(place, environment(made.url, "r-repr", "r-irkernel"), language="R"))
    assert again["key"] == done["key"]
    # With R and without Python in the file, notebooks of Python still have a kernel, as with programs alone.
    for package in ("r-repr", "clib"):
        done, _ = installed(asked(place, environment(made.url, package)))
        assert done["python"] == "3.11.9" == names(done)["python"] and done["support_key"]


def test_an_environment_of_r_has_what_pip_adds_and_no_kernel_of_python(place, made):
    channel.package(made.folder, "r-base", "4.4", {"lib/R/bin/R": "R\n"})
    channel.package(made.folder, "r-irkernel", "1.3", {"lib/R/library/IRkernel/DESCRIPTION": ""}, ["r-base"])
    wheel(place.index, "alpha", "1.0")
    done, _ = installed(asked(place, environment(made.url, "r-base", {"pip": ["alpha"]}), language="R"))
    assert done["r"] == "4.4" and {"python", "alpha"} <= set(names(done)) and done["support_key"] is None
    assert (place.environment(done["key"]) / SITE / "alpha").is_dir()


def test_a_python_that_no_kernel_runs_with_is_named(place, made):
    next(place.index.glob("ipykernel-*")).unlink()
    failed = asked(place, environment(made.url, "birds")).last("conda")
    assert failed["kind"] == "python" and "3.11.9" in failed["text"] and "ipykernel" in failed["text"]


def test_an_ipykernel_of_the_environment_is_used(place, made):
    channel.module(made.folder, "ipykernel", "6.31.0")
    channel.module(made.folder, "ipykernel", "7.1.0")
    done, _ = installed(asked(place, environment(made.url, "ipykernel <7")))
    assert done["support_key"] is None
    done, _ = installed(asked(place, environment(made.url, "ipykernel >=7")))
    assert names(done)["ipykernel"] == "7.1.0" and done["support_key"]


def test_condarc_gives_names_to_channels(place, made):
    settings = {"custom_channels": {"own": f"http://{made.host}"}, "channel_alias": f"http://{made.host}"}
    (place.files / ".condarc").write_text(json.dumps(settings | {"channels": ["made"]}))
    done, _ = installed(asked(place, json.dumps({"dependencies": ["birds"]})))
    assert "birds" in names(done)
    (place.files / ".condarc").write_text(json.dumps({"custom_channels": {"made": f"http://{made.host}"}}))
    again, _ = installed(asked(place, json.dumps({"dependencies": ["made::birds"], "channels": ["made"]})))
    assert again["key"] == done["key"]


def test_a_login_of_a_channel_is_used_and_never_kept_or_printed(place, tmp_path):
    login = "Basic YWRhOnMzY3JldHdvcmQ="
    served = Served(tmp_path / "closed", login)
    channel.false_python(served.folder, tmp_path / "ran")
    url = f"http://ada:s3cretword@{served.host}/made"
    done, lines = installed(asked(place, environment(url, "python")))
    assert names(done) == {"python": "3.11.9"}
    assert "s3cretword" not in json.dumps(lines)
    kept = subprocess.run(["grep", "-rl", "s3cretword", str(place.store)], capture_output=True, text=True)
    assert kept.stdout == ""
    failed = asked(place, environment(served.url, "birds")).last("conda")
    assert failed["kind"] == "index_login"


def test_a_token_of_a_channel_is_not_printed(place, made):
    failed = asked(place, environment(f"http://{made.host}/t/tk-s3cretword/no", "python")).last("conda")
    assert "s3cretword" not in json.dumps(failed) and failed["kind"] == "channel"
    done, lines = installed(asked(place, environment(f"http://{made.host}/t/tk-s3cretword/made", "python")))
    assert "s3cretword" not in json.dumps(lines)


@pytest.mark.parametrize(
    ("files", "more"),
    [
        ({"../../other/evil.txt": "evil"}, {}),
        ({"/tmp/evil.txt": "evil"}, {}),
        ({"lib/x": ("{store}", 0o777), "share/a": "a"}, {"second": {"lib/x/evil.txt": "evil"}}),
        ({"conda-meta": ("{store}", 0o777)}, {}),
        ({SITE: ("{store}", 0o777)}, {}),
        ({"conda-meta/history": ("{store}/history", 0o777)}, {}),
    ],
)
def test_a_package_that_leads_out_of_its_environment_is_not_linked(place, made, files, more):
    (place.store / "victim").mkdir()
    mine = {path: (one[0].replace("{store}", str(place.store / "victim")), one[1]) if isinstance(one, tuple) else one
            for path, one in files.items()}  # fmt: skip
    channel.package(made.folder, "evil", "1", mine)
    channel.package(made.folder, "second", "1", more.get("second", {"share/b": "b"}), ("evil",))
    failed = asked(place, environment(made.url, "second", "python")).last("conda")
    assert failed["kind"] == "file" and "lead out" in failed["text"], failed
    assert list((place.store / "victim").iterdir()) == [] and list((place.store / "environments").iterdir()) == []


def test_a_package_for_all_machines_cannot_name_a_program_elsewhere(place, made):
    points = ["../../environments/evil = birds:main"]
    channel.package(
        made.folder, "evil", "1", {"site-packages/e.py": ""}, ("python",), noarch="python", entry_points=points
    )
    failed = asked(place, environment(made.url, "evil")).last("conda")
    assert failed["kind"] == "file" and "lead out" in failed["text"]


def test_a_package_that_is_not_what_its_hash_says_is_refused(place, made):
    path = made.folder / channel.SUBDIR / "clib-1.0-0.tar.bz2"
    path.write_bytes(path.read_bytes() + b"more")
    failed = asked(place, environment(made.url, "birds")).last("conda")
    assert (failed["kind"], failed["package"]) == ("file", "clib") and "sha256" in failed["text"]


def test_another_channels_package_of_the_same_name_is_another_environment(place, made, tmp_path):
    first, _ = installed(asked(place, environment(made.url, "birds")))
    other = Served(tmp_path / "other")
    channel.false_python(other.folder, tmp_path / "ran")
    channel.library(other.folder)
    channel.module(other.folder, "birds", "1.2", ("python", "clib"), text="VERSION = 'false'\n")
    second, _ = installed(asked(place, environment(other.url, "birds")))
    assert first["key"] != second["key"]
    texts = [(place.environment(one["key"]) / SITE / "birds/__init__.py").read_text() for one in (first, second)]
    assert "1.2" in texts[0] and "false" in texts[1]


PIXI = """
[workspace]
channels = ["{url}"]
platforms = ["{subdir}"]
[dependencies]
birds = ">=1"
[pypi-dependencies]
alpha = {{ version = ">=1", extras = ["x"] }}
[activation.env]
WINGS = "2"
[target.win-64.dependencies]
nothing = "*"
"""


def test_a_pixi_file_is_its_default_environment(place, made):
    wheel(place.index, "alpha", "2.0")
    text = PIXI.format(url=made.url, subdir=channel.SUBDIR)
    done, _ = installed(asked(place, text, "pixi.toml", "pixi"))
    assert names(done) == {"alpha": "2.0", "birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    state = json.loads((place.environment(done["key"]) / "conda-meta/state").read_text())
    assert state["env_vars"] == {"WINGS": "2"}
    text = '[project]\nname = "a"\nrequires-python = ">=3.10"\ndependencies = ["alpha"]\n'
    text += f'[tool.pixi.workspace]\nchannels = ["{made.url}"]\n'
    done, _ = installed(asked(place, text, "pyproject.toml", "pixi"))
    assert names(done) == {"alpha": "2.0", "python": "3.11.9"}


FEATURES = """
[workspace]
channels = ["{url}"]
platforms = ["{subdir}"]
[dependencies]
birds = ">=1"
[activation.env]
WINGS = "2"
FEET = "2"
[feature.nested.dependencies]
birds = "<1.3"
nests = "*"
[feature.nested.pypi-dependencies]
alpha = "*"
[feature.nested.activation.env]
WINGS = "4"
[feature.small.dependencies]
clib = "*"
[feature.far]
channels = [{{ channel = "{url}/none", priority = -1 }}]
[environments]
default = ["small"]
nested = {{ features = ["nested"], solve-group = "all" }}
small = {{ features = ["small"], no-default-feature = true }}
far = ["far", "small"]
odd = ["unknown"]
"""


def test_an_environment_of_pixi_has_its_features(place, made):
    wheel(place.index, "alpha", "2.0")
    channel.module(made.folder, "nests", "2.0")
    channel.module(made.folder, "birds", "1.3")
    text = FEATURES.format(url=made.url, subdir=channel.SUBDIR)
    of = lambda name: asked(place, text, "pixi.toml", "pixi", environment=name)  # noqa: E731
    python = {"python": "3.11.9"}
    done, _ = installed(of("nested"))
    assert names(done) == {"alpha": "2.0", "birds": "1.2", "clib": "1.0", "nests": "2.0"} | python
    state = json.loads((place.environment(done["key"]) / "conda-meta/state").read_text())
    assert state["env_vars"] == {"WINGS": "4", "FEET": "2"}
    assert names(installed(of("small"))[0]) == {"clib": "1.0"} | python
    assert names(installed(of(None))[0]) == {"birds": "1.3", "clib": "1.0"} | python
    for name, said in (("none", "no environment called `none`"), ("odd", "unknown feature: `unknown`")):
        failed = of(name).last("conda")
        assert failed["kind"] == "file" and said in failed["text"]


def test_channels_of_features_come_in_the_order_of_their_priority(tmp_path):
    from orchest_environment.conda import sources

    path = tmp_path / "pixi.toml"
    path.write_text(FEATURES.format(url="http://here", subdir=channel.SUBDIR))
    of = lambda name: request.Request("pixi", "pixi.toml", environment=name, files=tmp_path)  # noqa: E731
    assert sources.read(of("far")).channels == ["http://here", "http://here/none"]
    assert sources.read(of("small")).channels == ["http://here"]


def test_a_pixi_lock_has_the_packages_of_each_environment(place, made):
    lock = channel.pixi_lock(made.folder, made.url, ["python", "clib", "birds"])
    (place.files / "pixi.lock").write_text(lock.replace('"default"', '"nested"'))
    text = FEATURES.format(url=made.url, subdir=channel.SUBDIR)
    of = lambda name: asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock", environment=name)  # noqa: E731
    assert names(installed(of("nested"))[0]) == {"birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    failed = of(None).last("conda")
    assert failed["kind"] == "file" and "no environment called `default`" in failed["text"]


def test_lock_files_are_used_as_they_are(place, made, tmp_path):
    wheel(place.index, "alpha", "2.0")
    (place.files / "pixi.lock").write_text(channel.pixi_lock(made.folder, made.url, ["python", "clib", "birds"]))
    channel.module(made.folder, "birds", "1.3", ("python", "clib"))
    text = PIXI.format(url=made.url, subdir=channel.SUBDIR).replace("alpha", "# alpha")
    done, _ = installed(asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock"))
    assert names(done) == {"birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    newest, _ = installed(asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock", upgrade=["*"]))
    assert names(newest)["birds"] == "1.3"
    text = channel.conda_lock(made.folder, made.url, ["python", "clib", "birds"], leave_out="birds-1.3-0.tar.bz2")
    locked, _ = installed(asked(place, text, "conda-lock.yml", "conda_lock"))
    assert names(locked) == names(done)
    failed = asked(place, text.replace(channel.SUBDIR, "win-64"), "conda-lock.yml", "conda_lock").last("conda")
    assert failed["kind"] == "file" and channel.SUBDIR in failed["text"]


def test_packages_of_pip_in_a_lock_that_are_no_wheels_are_built(place, made):
    wheel(place.index, "beta", "1.5")
    wheel(place.index, "alpha", "1.0")
    project(place.files / "own", "owls", requires=["birds>=1"])
    served = shutil.copy(place.index / "beta-1.5-py3-none-any.whl", made.folder.parent)
    beta = {"pypi": f"http://{made.host}/{os.path.basename(served)}", "name": "beta", "version": "1.5"}
    beta["sha256"] = channel.sha256(Path(served).read_bytes())
    own = {"pypi": "./own", "name": "owls", "version": "1.0", "sha256": "0" * 64}
    locked = ["python", "clib", "birds"]
    text = PIXI.format(url=made.url, subdir=channel.SUBDIR).splitlines()
    text = "\n".join('owls = { path = "own", editable = true }' if "alpha" in line else line for line in text)

    def lock(*pypi):
        (place.files / "pixi.lock").write_text(channel.pixi_lock(made.folder, made.url, locked, pypi=pypi))

    lock(beta, own)
    failed = asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock").last("conda")
    carried = failed["carried"]
    assert failed["kind"] == "needs_build", failed
    assert sorted(carried["lines"]) == ["-e ./own", f"beta @ {beta['pypi']} --hash=sha256:{beta['sha256']}"]
    lines, code = asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock", carried=carried).run("build")
    assert (code, lines[-1]) == (0, {"step": "built", "wheels": 1}), lines
    shutil.move(place.out / "wheels", place.root / "request/wheels")
    shutil.move(place.out / "resolved.txt", place.root / "request/resolved.txt")
    request = {"file": "pixi.toml", "locked_by": "pixi.lock", "wheels": True, "resolved": "resolved.txt"}
    done, _ = installed(place.ask(kind="pixi", **request))
    assert names(done) == {"beta": "1.5", "owls": "1.0", "birds": "1.2", "clib": "1.0", "python": "3.11.9"}
    # Wheels alone need no builder, and have the hash that the lock names.
    (place.files / "own").rename(place.files / "gone")
    lock(beta)
    done, _ = installed(asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock"))
    assert names(done)["beta"] == "1.5"
    lock(beta | {"sha256": "1" * 64})
    failed = asked(place, text, "pixi.toml", "pixi", locked_by="pixi.lock").last("conda")
    assert failed["kind"] == "file", failed


def test_a_source_of_git_in_a_pixi_lock_is_taken_at_its_commit():
    from types import SimpleNamespace

    from orchest_environment.conda import lock

    one = SimpleNamespace(name="owls", location="git+https://example.org/owls.git?rev=main#0a1b2c", hashes=None)
    assert lock.line(one, set()) == "owls @ git+https://example.org/owls.git@0a1b2c"


def test_clean_removes_packages_of_conda_that_no_environment_has(place, made):
    kept, _ = installed(asked(place, environment(made.url, "clib")))
    gone, _ = installed(asked(place, environment(made.url, "birds")))
    (place.root / "request/request.json").write_text(json.dumps({"keep": [kept["key"]]}))
    would = place.last("clean --dry-run")
    assert would["environments"] and would["frees"] > 0
    place.last("clean")
    left = sorted(path.name.split("-")[0] for path in (place.store / "conda/packages").glob("*-*") if path.is_dir())
    assert left == ["clib", "python"]
    again, _ = installed(asked(place, environment(made.url, "birds")))
    assert again["key"] == gone["key"]


def test_a_folder_installs_from_the_cache_while_no_channel_answers(place, made):
    installed(asked(place, environment(made.url, "birds")))
    made.server.shutdown()
    made.server.server_close()
    done, _ = installed(asked(place, environment(made.url, "clib")))
    assert names(done) == {"clib": "1.0", "python": "3.11.9"}


def test_the_machine_is_named_as_uv_names_it():
    from orchest_environment.conda import pip

    assert pip.platform().startswith(f"{platform.machine()}-manylinux_2_")
    assert os.confstr("CS_GNU_LIBC_VERSION").startswith("glibc")

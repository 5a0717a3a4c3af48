"""The installer: with uv, and an index that is a folder."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from made import BIN, Place, project, wheel

from orchest_environment import bytecode


def names(line):
    return {package["name"]: package["version"] for package in line["packages"]}


def test_what_a_file_asks_for_can_be_imported(place):
    wheel(place.index, "alpha", "2.0", requires=["beta>=1"], programs=["alpha-tool"])
    wheel(place.index, "beta", "1.5")
    done = place.requirements("alpha\n").installed()
    assert names(done) == {"alpha": "2.0", "beta": "1.5", "ipykernel": "6.31.0", "comm": "0.2.3"}
    assert done["requested"] == ["alpha"] and done["support_key"] is None
    folder = place.environment(done["key"])
    found = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(folder)!r}); import alpha; print(alpha.VERSION)",
        ],
        capture_output=True,
        text=True,
    )
    assert found.stdout == "2.0\n"
    assert (folder / "bin/alpha-tool").read_bytes().startswith(b"#!/usr/bin/env python\n")
    assert os.access(folder / "bin/alpha-tool", os.X_OK)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {one["name"]: one["version"] for one in manifest["packages"]} == names(done)


def test_the_second_folder_with_the_same_set_finds_it(place):
    wheel(place.index, "alpha", "2.0")
    first = place.requirements("alpha\n").installed()
    lines, _ = place.requirements("# of another folder\nalpha==2.0 ; python_version > '3'\n").run("install")
    resolved = next(line for line in lines if line["step"] == "resolved")
    assert resolved["present"] and resolved["key"] == first["key"]
    assert not [line for line in lines if line["step"] == "installing"]


def test_files_of_two_environments_are_one_file(place):
    wheel(place.index, "alpha", "2.0")
    wheel(place.index, "beta", "1.0")
    keys = [place.requirements(text).installed()["key"] for text in ("alpha\n", "alpha\nbeta\n")]
    assert keys[0] != keys[1]
    for path in ("alpha/__init__.py", bytecode.compiled_name("alpha/__init__.py")):
        first, second = [(place.environment(key) / path).stat() for key in keys]
        assert first.st_ino == second.st_ino and first.st_nlink > 2, path


def test_another_file_of_the_same_name_and_version_is_another_environment(place, tmp_path):
    wheel(place.index, "alpha", "2.0")
    genuine = place.requirements("alpha\n").installed()["key"]
    # A stranger's index has a file of the same name, whose record is that of the genuine one.
    wheel(place.index, "alpha", "2.0", {"alpha/__init__.py": "VERSION = 'false'\n"})
    false = place.installed()["key"]
    assert false != genuine
    assert "2.0" in (place.environment(genuine) / "alpha/__init__.py").read_text()
    compiled = [place.environment(key) / bytecode.compiled_name("alpha/__init__.py") for key in (genuine, false)]
    assert compiled[0].read_bytes() != compiled[1].read_bytes()


def test_bytecode_needs_no_check_and_names_the_kernels_folder(place):
    wheel(place.index, "alpha", "2.0", {"alpha/__init__.py": "def f():\n    pass\n", "alpha/bad.py": "def (\n"})
    lines, code = place.requirements("alpha\n").run("install")
    assert code == 0 and lines[-1] == {"step": "compiled"}
    folder = place.environment(next(line["key"] for line in lines if line["step"] == "done"))
    compiled = (folder / bytecode.compiled_name("alpha/__init__.py")).read_bytes()
    # PEP 552: 1 is a hash, and 2 would be one to check.
    assert int.from_bytes(compiled[4:8], "little") == 1
    assert b"/environment/alpha/__init__.py" in compiled
    assert not (folder / bytecode.compiled_name("alpha/bad.py")).exists()


def test_known_bytecode_is_there_before_the_environment_is_ready(place):
    wheel(place.index, "alpha", "2.0")
    wheel(place.index, "beta", "1.0")
    place.requirements("alpha\nbeta\n").installed()
    child = place.requirements("alpha\n").start("install")
    for line in child.stdout:
        if json.loads(line)["step"] == "done":
            key = json.loads(line)["key"]
            assert (place.environment(key) / bytecode.compiled_name("alpha/__init__.py")).exists()
            break
    else:
        pytest.fail("no environment")
    child.communicate()


@pytest.mark.parametrize("text", ["alpha\n", "ipykernel==7.1.0\nalpha\n"])
def test_a_kernel_of_another_version_comes_apart(place, text):
    wheel(place.index, "ipykernel", "7.1.0")
    wheel(place.index, "alpha", "2.0", requires=["ipykernel>=7"])
    done = place.requirements(text).installed()
    assert names(done)["ipykernel"] == "7.1.0"
    support = json.loads((place.environment(done["support_key"]) / "manifest.json").read_text())
    assert {one["name"] for one in support["packages"]} == {"ipykernel", "comm"}


@pytest.mark.parametrize(
    ("text", "kind", "package", "said"),
    [
        ("nothing-of-that-name\n", "unknown_package", "nothing-of-that-name", "nothing-of-that-name"),
        ("alpha==9\n", "unknown_package", "alpha", "alpha==9"),
        ("alpha\nbeta==1\n", "conflict", None, "depend on beta>=2"),
        ("alpha ===\n", "file", None, "requirements.txt"),
        ("-r missing.txt\n", "file", None, "missing.txt"),
        ("-r ../request.json\n", "file", None, "outside"),
        ("x @ git+https://127.0.0.1/x.git\n", "needs_build", "x", "built from source"),
        ("-e .\n", "needs_build", None, "folder's own package"),
    ],
)
def test_what_cannot_be_had_is_explained(place, text, kind, package, said):
    wheel(place.index, "alpha", "2.0", requires=["beta>=2"])
    wheel(place.index, "beta", "1")
    wheel(place.index, "beta", "2")
    failed = place.requirements(text).last()
    assert (failed["kind"], failed["package"]) == (kind, package), failed
    assert said in failed["text"]
    assert str(place.root) not in failed["text"] and "--no-build" not in failed["text"]
    assert list((place.store / "environments").glob("*")) == []


def test_hashes_of_a_file_hold(place):
    good = wheel(place.index, "alpha", "2.0")
    import hashlib

    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    assert names(place.requirements(f"alpha==2.0 \\\n    --hash=sha256:{digest}\n").installed())["alpha"] == "2.0"
    failed = place.requirements(f"alpha==2.0 --hash=sha256:{'0' * 64}\n").last()
    assert (failed["kind"], failed["package"]) == ("file", "alpha")


def test_what_changed_after_a_lock_was_written_is_looked_up_and_the_rest_holds(place):
    def asks(*packages):
        lines = (
            f'[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = {json.dumps(packages)}\n'
        )
        (place.files / "pyproject.toml").write_text(lines)

    def installed(*changed):
        done = place.ask("pyproject", "pyproject.toml", "uv.lock", upgrade=changed).installed()
        return {name: version for name, version in names(done).items() if name in ("alpha", "beta", "gamma")}

    for name in ("alpha", "gamma"):
        wheel(place.index, name, "1.0")
    asks("alpha", "gamma")
    words = [BIN / "uv", "lock", "--no-index", "--find-links", place.index, "--python", sys.executable]
    subprocess.run(words, check=True, cwd=place.files, capture_output=True)
    for name in ("alpha", "beta"):
        wheel(place.index, name, "2.0")
    asks("alpha", "beta")
    # The lock as it is has neither what is new, nor does it lose what is gone.
    assert installed() == {"alpha": "1.0", "gamma": "1.0"}
    assert installed("Beta", "gamma") == {"alpha": "1.0", "beta": "2.0"}
    assert installed("alpha", "beta", "gamma") == {"alpha": "2.0", "beta": "2.0"}


def test_no_network_and_an_empty_cache_is_a_failure_of_the_network(place):
    env = {
        "PIP_NO_INDEX": "",
        "UV_FIND_LINKS": "",
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
        "UV_HTTP_RETRIES": "0",
    }
    failed = place.requirements("alpha\n").last(**env)
    assert failed["kind"] == "network" and "does not answer" in failed["text"]


def test_two_at_once_make_it_once(place):
    wheel(place.index, "alpha", "2.0")
    place.requirements("alpha\n")
    both = [place.start("install", ORCHEST_SCRATCH=str(place.root / "scratch")) for _ in range(2)]
    texts = [child.communicate(timeout=120)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0]
    keys = {json.loads(line)["key"] for text in texts for line in text.splitlines() if '"done"' in line}
    assert len(keys) == 1
    assert sum('"installing"' in text for text in texts) == 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_one_that_is_killed_leaves_nothing_half(tmp_path, signum):
    whole = set()
    for moment in range(4):
        place = Place(tmp_path / str(moment))
        for number in range(30):
            wheel(place.index, f"p{number}", "1", {f"p{number}/m{file}.py": "x = 1\n" for file in range(40)})
        place.requirements("".join(f"p{number}\n" for number in range(30)))
        child = place.start("install")
        time.sleep(0.15 + moment * 0.2)
        # A container that is killed takes all of its processes along.
        os.killpg(child.pid, signum) if signum == signal.SIGKILL else child.send_signal(signum)
        child.communicate()
        environments = place.store / "environments"
        for found in environments.glob("[0-9a-f]*") if environments.exists() else []:
            whole.add(moment)
            assert len(list(found.glob("p*/m*.py"))) == 1200
        done = place.installed()
        assert {path.name for path in environments.iterdir()} == {done["key"]}
        assert not list((place.store / "cache").glob(".tmp*"))


def test_a_request_that_is_none_is_refused(place):
    (place.root / "request/request.json").write_text('{"source": {"kind": "spell", "file": "x"}}')
    assert place.last()["kind"] == "internal"
    assert place.ask(file="../request.json").last()["kind"] == "file"


def test_the_builders_wheels_are_installed(place):
    wheel(place.index, "alpha", "2.0")
    project(place.files / "own", "own")
    project(place.files, "folder", "3.0")
    place.requirements("alpha\n./own\n-e .\n")
    assert place.last()["kind"] == "needs_build"
    lines, code = place.run("build")
    assert code == 0 and lines[-1] == {"step": "built", "wheels": 2}, lines
    (place.root / "request/wheels").symlink_to(place.out / "wheels")
    (place.root / "request/resolved.txt").symlink_to(place.out / "resolved.txt")
    done = place.ask(wheels=True, resolved="resolved.txt").installed()
    assert names(done) == {"alpha": "2.0", "own": "1.0", "folder": "3.0", "ipykernel": "6.31.0", "comm": "0.2.3"}
    folder = place.environment(done["key"])
    assert "BUILT" in (folder / "own/__init__.py").read_text()
    assert (folder / "folder.pth").read_text().strip() == str(place.root / "notebooks")


def test_a_build_that_fails_shows_its_own_last_lines(place):
    project(place.files / "bad", "bad", body="raise RuntimeError('no such compiler')")
    failed = place.requirements("./bad\n").last("build")
    assert failed["kind"] == "build" and "no such compiler" in failed["text"]
    assert not list(place.out.iterdir())

"""Another Python than the image's: a real uv, and archives of this Python that the tests serve."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from archive import KEY, MAJOR, MINOR, PATCH
from made import RUN, Place, project, wheel

from orchest_environment import pythons

pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the archives' names are for x86_64")


def version(patch):
    return f"{MAJOR}.{MINOR}.{patch}"


class Mirror:
    """Serves archives and the list of them."""

    def __init__(self, folder, archive):
        self.folder, self.archive, self.entries, self.asked = folder, archive, {}, []
        handler = partial(self.handler(), directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        (folder / "python.tar.gz").symlink_to(archive)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        asked = self.asked

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        return Handler

    def has(self, *patches, prerelease="", minor=MINOR, digest=None):
        digest = digest or hashlib.sha256(self.archive.read_bytes()).hexdigest()
        for patch in patches:
            self.entries[KEY.format(f"{MAJOR}.{minor}.{patch}{prerelease}")] = {
                "name": "cpython",
                "arch": {"family": "x86_64", "variant": None},
                "os": "linux",
                "libc": "gnu",
                "major": MAJOR,
                "minor": minor,
                "patch": patch,
                "prerelease": prerelease,
                "url": f"{self.url}/python.tar.gz",
                "sha256": digest,
                "variant": None,
                "build": "20260101",
            }
        (self.folder / "list.json").write_text(json.dumps(self.entries))
        return self

    @property
    def env(self):
        return {"UV_PYTHON_DOWNLOADS_JSON_URL": f"{self.url}/list.json", "UV_HTTP_RETRIES": "0"}

    def fetched(self):
        return sum("tar.gz" in path for path in self.asked)


@pytest.fixture
def mirror(tmp_path, archive):
    folder = tmp_path / "mirror"
    folder.mkdir()
    mirror = Mirror(folder, archive)
    yield mirror
    mirror.server.shutdown()
    mirror.server.server_close()


def wants(first, final=None, **more):
    allowed = [[MAJOR, MINOR, first, first if final is None else final]]
    return {"wanted": "==3.x", "file": "runtime.txt", "allowed": allowed} | more


def of(place):
    """The Pythons of the store, whole or not."""
    folder = place.store / "pythons"
    return sorted(path.name for path in pythons.folders(folder))


def test_the_images_python_is_taken_where_it_fits(place, mirror):
    mirror.has(97)
    done = place.requirements("\n", wants=wants(0, 60)).installed(**mirror.env)
    assert done["base"] is None and done["python"] == version(PATCH)
    assert mirror.asked == []


def test_another_python_is_fetched_once_and_used(place, mirror):
    mirror.has(97, 98)
    wheel(place.index, "alpha", "1")
    lines, code = place.requirements("alpha\n", wants=wants(90, 99)).run("install", **mirror.env)
    assert code == 0, lines
    done = next(line for line in lines if line["step"] == "done")
    assert (done["base"], done["python"]) == (KEY.format(version(98)), version(98))
    assert lines[-1] == {"step": "compiled"}
    assert {"step": "python", "version": version(98), "name": done["base"]} in lines
    python = place.store / "pythons" / done["base"]
    program = python / f"bin/python{MAJOR}.{MINOR}"
    ask = "import sys, json; print(sys.base_prefix, json.__cached__)"
    shown = subprocess.run([program, "-I", "-c", ask], capture_output=True, text=True).stdout.split()
    assert shown[0] == str(python) and Path(shown[1]).is_file(), "its own library is compiled"
    for path in [python, *python.glob("bin/*"), *python.glob("lib/*")]:
        assert path.stat().st_mode & 0o005 == 0o005 or path.is_file(), f"{path} is open to every user of a kernel"

    # Another folder takes it without a request for it, also when there is a newer patch.
    mirror.has(99)
    assert place.requirements("alpha\n", wants=wants(90, 99)).installed(**mirror.env)["base"] == done["base"]
    assert mirror.fetched() == 1
    newest = place.requirements("alpha\n", wants=wants(90, 99), upgrade=["*"]).installed(**mirror.env)
    assert newest["base"] == KEY.format(version(99)) and newest["key"] == done["key"]


def test_the_newest_release_is_taken_and_a_version_before_it_by_name_alone(place, mirror):
    mirror.has(96, 97).has(98, prerelease="rc1")
    place.requirements("\n", wants=wants(90, 99))
    assert place.installed(**mirror.env)["base"] == KEY.format(version(97))
    failed = place.requirements("\n", wants=wants(98)).last(**mirror.env)
    assert failed["kind"] == "no_python"
    named = place.requirements("\n", wants=wants(98, before=True)).installed(**mirror.env)
    assert named["base"] == KEY.format(f"{version(98)}rc1")
    assert named["python"] == f"{version(98)}rc1"


def test_a_python_that_does_not_exist_is_said_with_those_that_do(place, mirror):
    mirror.has(97).has(1, minor=8)
    failed = place.requirements("\n", wants=wants(50) | {"wanted": "3.99", "allowed": []}).last(**mirror.env)
    assert failed["kind"] == "no_python"
    known = sorted([f"{MAJOR}.8", f"{MAJOR}.{MINOR}"], key=lambda one: int(one.split(".")[1]))
    assert failed["python"] == {"wanted": "3.99", "file": "runtime.txt", "own": version(PATCH), "known": known}


def test_an_archive_with_another_hash_is_refused_and_leaves_nothing(place, mirror):
    mirror.has(97, digest="0" * 64)
    failed = place.requirements("\n", wants=wants(97)).last(**mirror.env)
    assert failed["kind"] == "python_download" and failed["python"]["version"] == version(97)
    assert "ash mismatch" in failed["python"]["reason"]
    assert of(place) == []


def test_without_a_network_the_reason_is_said_and_a_python_that_is_here_is_used(place, mirror):
    mirror.has(97)
    away = {"UV_PYTHON_DOWNLOADS_JSON_URL": "http://ada:s3cret@127.0.0.1:9/list.json", "UV_HTTP_RETRIES": "0"}
    failed = place.requirements("\n", wants=wants(90, 99)).last(**away)
    assert failed["kind"] == "python_download"
    assert "127.0.0.1:9" in failed["python"]["place"] and "onnect" in failed["python"]["reason"], failed
    assert "s3cret" not in json.dumps(failed)
    place.installed(**mirror.env)
    assert place.installed(**away)["base"] == KEY.format(version(97))


def test_settings_of_the_folder_choose_no_python(place, mirror):
    mirror.has(97)
    evil = 'python-downloads-json-url = "http://127.0.0.1:9/list.json"\npython-install-mirror = "http://127.0.0.1:9"\n'
    (place.files / "uv.toml").write_text(evil)
    assert place.requirements("\n", wants=wants(97)).installed(**mirror.env)["base"] == KEY.format(version(97))


def test_two_at_once_fetch_it_once(place, mirror):
    mirror.has(97)
    place.requirements("\n", wants=wants(97))
    both = [place.start("install", **mirror.env) for _ in range(2)]
    texts = [child.communicate(timeout=120)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0], texts
    assert mirror.fetched() == 1


@pytest.mark.parametrize("moment", [0.2, 0.6, 1.2, 2.5])
def test_one_that_is_killed_leaves_nothing_half(place, mirror, moment):
    mirror.has(97)
    place.requirements("\n", wants=wants(97))
    child = place.start("install", **mirror.env)
    time.sleep(moment)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    for base in pythons.whole(place.store / "pythons"):
        ran = subprocess.run([base.program, "-I", "-c", "import json; print(json.__cached__)"], capture_output=True)
        assert Path(ran.stdout.decode().strip()).is_file(), "one that counts is whole"
    assert place.installed(**mirror.env)["base"] == KEY.format(version(97))
    assert of(place) == [KEY.format(version(97))]


def test_the_builder_has_the_python_that_the_installer_took(place, mirror):
    mirror.has(97, 98)
    project(place.files / "own", "own", body=f"assert '{KEY.format(version(97))}' in sys.base_prefix, sys.base_prefix")
    exact = wants(90, 99, exact=KEY.format(version(97)))
    lines, code = place.requirements("./own\n", wants=exact).run("build", **mirror.env)
    assert code == 0 and lines[-1] == {"step": "built", "wheels": 1}, lines
    assert not (place.store / "pythons").exists()


def test_a_lock_of_uv_for_another_python_is_read(place, mirror):
    mirror.has(97)
    wheel(place.index, "alpha", "1")
    requires = f"=={version(97)}"
    (place.files / "pyproject.toml").write_text(
        f'[project]\nname = "own"\nversion = "1"\nrequires-python = "{requires}"\ndependencies = ["alpha"]\n'
    )
    (place.files / "uv.lock").write_text(
        f'version = 1\nrevision = 3\nrequires-python = "{requires}"\n\n'
        f'[[package]]\nname = "alpha"\nversion = "1"\nsource = {{ registry = "{place.index}" }}\n'
        'wheels = [{ path = "alpha-1-py3-none-any.whl" }]\n\n'
        '[[package]]\nname = "own"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "alpha" }]\n\n'
        '[package.metadata]\nrequires-dist = [{ name = "alpha" }]\n'
    )
    asked = place.ask("pyproject", "pyproject.toml", "uv.lock", wants=wants(97))
    assert asked.installed(**mirror.env)["base"] == KEY.format(version(97))


def test_clean_removes_pythons_that_no_folder_uses(place, mirror):
    mirror.has(97, 98)
    kept = place.requirements("\n", wants=wants(97)).installed(**mirror.env)
    spare = place.requirements("\n", wants=wants(98)).installed(**mirror.env)["base"]
    place.ask(keep=[kept["key"], kept["base"]])
    would = place.last("clean --dry-run")
    assert would["pythons"] == [spare] and would["frees"] > 1_000_000
    assert of(place) == sorted([kept["base"], spare])
    cleaned = place.last("clean")
    assert cleaned["pythons"] == [spare] and cleaned["frees"] >= would["frees"] * 0.9
    assert of(place) == [kept["base"]]
    text = subprocess.run([sys.executable, "-I", RUN, "list"], env=place.env(), capture_output=True, text=True).stdout
    assert [one["name"] for one in json.loads(text)["pythons"]] == [kept["base"]]


def test_a_killed_fetch_is_swept_by_the_next_clean(tmp_path):
    place = Place(tmp_path / "place")
    half = place.store / "pythons" / KEY.format(version(97))
    (half / "bin").mkdir(parents=True)
    (place.store / "pythons" / ".temp").mkdir()
    place.ask(keep=[])
    assert place.last("clean")["pythons"] == [half.name]
    assert list((place.store / "pythons").iterdir()) == []

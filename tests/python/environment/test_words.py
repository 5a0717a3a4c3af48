"""What is printed, and what is not; names and keys."""

import json

import pytest

from orchest_environment import hiding, indexes, key, names, said, scripts, why
from orchest_environment.pylock import File, Package, read, write


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://joe:word@example.org/simple/", "see https://…@example.org/simple/"),
        ("git+ssh://git:word@example.org/x", "git+ssh://…@example.org/x"),
        ("https://token@example.org and http://a:b@c", "https://…@example.org and http://…@c"),
        ("https://joe:p%40ss@example.org", "https://…@example.org"),
        ("six @ https://example.org/a@b", "six @ https://example.org/a@b"),
        ("mail joe@example.org", "mail joe@example.org"),
    ],
)
def test_logins_in_addresses_are_hidden(text, shown):
    assert hiding.hidden(text, ()) == shown


def test_passwords_of_variables_are_hidden():
    environ = {"UV_INDEX_MINE_PASSWORD": "s3cr3t", "SOME_TOKEN": "abc", "PATH": "/bin", "API_KEY": "s3cr3t-long"}
    assert hiding.secrets(environ) == {"s3cr3t", "s3cr3t-long"}
    assert hiding.hidden("s3cr3t-long and s3cr3t", hiding.secrets(environ)) == "… and …"


def test_lines_are_json_and_the_log_is_collected(capsys, monkeypatch):
    monkeypatch.setattr(said, "_last", {"log": 0.0, "installing": 0.0})
    for number in range(100):
        said.log(f"line {number} https://a:b@c/é")
        said.progress(packages=number)
    said.say("done")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1] == {"step": "done"} and len(lines) <= 5
    logged = "\n".join(line["text"] for line in lines if line["step"] == "log")
    assert logged.splitlines() == [f"line {number} https://…@c/é" for number in range(100)]


def test_variables_that_change_an_environment_do_not_reach_uv(tmp_path, monkeypatch):
    monkeypatch.setenv("ORCHEST_SCRATCH", str(tmp_path))
    given = {"UV_LINK_MODE": "copy", "UV_NO_BUILD": "0", "PYTHONPATH": "/x", "UV_DEFAULT_INDEX": "https://example.org"}
    env = indexes.environment("/cache", given | {"HTTPS_PROXY": "http://proxy"})
    assert not {"UV_LINK_MODE", "UV_NO_BUILD", "PYTHONPATH"} & set(env)
    assert env["UV_DEFAULT_INDEX"] == "https://example.org" and env["HTTPS_PROXY"] == "http://proxy"
    assert env["UV_CACHE_DIR"] == "/cache"


def test_pips_variables_are_uvs():
    env = indexes.environment(
        "/cache",
        {"PIP_INDEX_URL": "https://a", "PIP_EXTRA_INDEX_URL": "https://b\nhttps://c", "PIP_FIND_LINKS": "/d /e"},
    )
    assert env["UV_DEFAULT_INDEX"] == "https://a" and env["UV_INDEX"] == "https://b https://c"
    assert env["UV_FIND_LINKS"] == "/d,/e"
    kept = indexes.environment("/cache", {"PIP_INDEX_URL": "https://a", "UV_DEFAULT_INDEX": "https://z"})
    assert kept["UV_DEFAULT_INDEX"] == "https://z"


def test_logins_of_a_folders_files_are_found(tmp_path):
    (tmp_path / "requirements.txt").write_text("-i https://joe:p%40ss@one.example.org/simple\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.uv]\nindex = [{name = "the-one", url = "https://two.example.org/simple"}]\n'
    )
    assert indexes.logins(tmp_path) == {"one.example.org": ("joe", "p@ss")}
    environ = {"UV_INDEX_THE_ONE_USERNAME": "jane", "UV_INDEX_THE_ONE_PASSWORD": "word"}
    assert indexes.of_named(tmp_path, environ) == {"two.example.org": ("jane", "word")}
    assert indexes.of_named(tmp_path, {}) == {}


@pytest.mark.parametrize(
    ("text", "kind", "package", "shown"),
    [
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because docopt==0.6.2 has no usable wheels and you require docopt==0.6.2, we can conclude that "
            "your requirements are unsatisfiable.\n\nhint: Wheels are required for `docopt` because building from "
            "source is disabled for all packages (i.e., with `--no-build`)",
            "needs_build",
            "docopt",
            "`docopt` has to be built from source.",
        ),
        (
            "Using CPython 3.11.2 interpreter at: /opt/venv/bin/python\n"
            "error: No solution found when resolving dependencies\n"
            "  cause: Because a==1 depends on b>=2 and you require a==1, we can conclude that you require b>=2.\n"
            "         And because you require b==1, we can conclude that your requirements are unsatisfiable.",
            "conflict",
            None,
            "Because a==1 depends on b>=2 and you require a==1, we can conclude that you require b>=2.\n"
            "And because you require b==1, we can conclude that your requirements are unsatisfiable.",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because x was not found in the package registry and you require x, we can conclude that your "
            "requirements are unsatisfiable.\n\nhint: An index URL (https://example.org/simple) could not be queried "
            "due to a lack of valid authentication credentials (401 Unauthorized)",
            "index_login",
            "x",
            "Because x was not found in the package registry and you require x, we can conclude that your "
            "requirements are unsatisfiable.\nAn index URL (https://example.org/simple) could not be queried "
            "due to a lack of valid authentication credentials (401 Unauthorized)",
        ),
        (
            "error: Failed to write\n  cause: No space left on device (os error 28)",
            "disk",
            None,
            "Failed to write\nNo space left on device (os error 28)",
        ),
        (
            "error: Couldn't parse requirement in `/tmp/f/requirements.txt` at position 0\n  cause: Unexpected end",
            "file",
            None,
            "Couldn't parse requirement in `requirements.txt` at position 0\nUnexpected end",
        ),
        ("something new", "internal", None, "something new"),
        (
            "error: Unsupported editable requirement in `/tmp/f/requirements.txt` at line 2: `git+https://a.org/b`\n"
            "  cause: Git sources cannot be editable",
            "file",
            None,
            "Unsupported editable requirement in `requirements.txt` at line 2: `git+https://a.org/b`\n"
            "Git sources cannot be editable",
        ),
        (
            "error: Unexpected '_', expected '-c', '-e', '-r' or the start of a requirement: "
            "/tmp/f/requirements.txt:4:1",
            "file",
            None,
            "Unexpected '_', expected '-c', '-e', '-r' or the start of a requirement: requirements.txt:4:1",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because pywin32==306 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`) "
            "and you require pywin32==306, we can conclude that your requirements are unsatisfiable.\n\n"
            "hint: Wheels are available for `pywin32` (v306) on the following platforms: `win32`, `win_amd64`",
            "platform",
            "pywin32",
            "Because pywin32==306 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`) "
            "and you require pywin32==306, we can conclude that your requirements are unsatisfiable.\n"
            "Wheels are available for `pywin32` (v306) on the following platforms: `win32`, `win_amd64`",
        ),
        (
            "error: Failed to build `old==0.25`\n  cause: The build backend returned an error\n"
            "  cause: Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)\n\n"
            "         [stderr]\n         Traceback (most recent call last):\n"
            '           File "<string>", line 12, in <module>\n'
            "             exec(code, locals())\n"
            "         ModuleNotFoundError: No module named 'pkg_resources'\n\n"
            "hint: This error likely indicates that `old@0.25` depends on `pkg_resources`. Add it under:\n\n"
            '[tool.uv.extra-build-dependencies]\nold = ["pkg_resources"]',
            "build",
            "old",
            "Failed to build `old==0.25`\nThe build backend returned an error\n"
            "Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)\n[stderr]\n"
            "ModuleNotFoundError: No module named 'pkg_resources'",
        ),
    ],
)
def test_uvs_words_are_understood(text, kind, package, shown):
    failure = why.failure(text, "/tmp/f")
    assert (failure.kind, failure.package, failure.text) == (kind, package, shown)


def package(name, *sums, url="https://example.org/x.whl", version="1"):
    return Package(name, version, [File(url=url, hashes={"sha256": value}) for value in sums] or [File(url=url)])


def test_a_key_is_of_all_that_decides():
    tag = "cpython-311-x86_64"
    base = key.of([package("a", "1"), package("b", "2")], tag)
    assert base == key.of([package("b", "2"), package("a", "1")], tag)
    assert base == key.of([package("a", "1", url="https://other.org/x.whl"), package("b", "2")], tag)
    others = [
        key.of([package("a", "1"), package("b", "2")], "cpython-312-x86_64"),
        key.of([package("a", "1"), package("b", "3")], tag),
        key.of([package("a", "1"), package("b", "2", "3")], tag),
        key.of([package("a", "1")], tag),
        key.of([package("a", "1"), package("b", "2", version="2")], tag),
        # Without a hash, the address counts, without its login.
        key.of([package("a", "1"), package("b", url="https://one.org/x.whl")], tag),
        key.of([package("a", "1"), package("b", url="https://two.org/x.whl")], tag),
    ]
    assert len({base, *others}) == len(others) + 1
    secret = [package("a", url="https://joe:word@one.org/x.whl")]
    assert key.of(secret, tag) == key.of([package("a", url="https://one.org/x.whl")], tag)


def test_a_weak_hash_is_no_hash():
    weak = Package("a", "1", [File(url="https://one.org/x.whl", hashes={"md5": "0"})])
    other = Package("a", "1", [File(url="https://two.org/x.whl", hashes={"md5": "0"})])
    assert key.of([weak], "t") != key.of([other], "t") and key.of_files(weak) is None


def test_a_set_is_read_as_it_is_written(tmp_path):
    files = [File(url='https://example.org/a"b-1-py3-none-any.whl', size=12, hashes={"sha256": "ab"})]
    packages = [
        Package("one", "1", files),
        Package("two", "2", archive=File(path=str(tmp_path / "two-2-py3-none-any.whl"), hashes={"sha256": "cd"})),
    ]
    write(packages, tmp_path / "pylock.toml")
    found = read(tmp_path / "pylock.toml")
    assert [(one.name, one.version, one.wheels, one.archive) for one in found] == [
        (one.name, one.version, one.wheels, one.archive) for one in packages
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"#!/opt/venv/bin/python\nx\n", b"#!/usr/bin/env python\nx\n"),
        (b"#!/opt/venv/bin/python3.11 -I\nx\n", b"#!/usr/bin/env python\nx\n"),
        (b"#!/bin/sh\n'''exec' '/very long/python' \"$0\" \"$@\"\n' '''\nx\n", b"#!/usr/bin/env python\nx\n"),
        (b"#!/bin/sh\necho\n", b"#!/bin/sh\necho\n"),
        (b"#!/usr/bin/perl\n", b"#!/usr/bin/perl\n"),
        (b"\x7fELF\n", b"\x7fELF\n"),
    ],
)
def test_programs_find_their_python_anywhere(before, after):
    assert scripts.independent(before) == after


def test_names_of_packages():
    assert names.normal("Foo._-Bar") == "foo-bar"
    assert names.of_requirement("Foo_Bar[x]>=1 ; y") == "foo-bar" and names.of_requirement("; x") is None

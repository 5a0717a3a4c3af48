"""The readers of files that name packages."""

import json

import pytest

from orchest_environment import files, requirements, sources
from orchest_environment.failure import Failure
from orchest_environment.request import Request
from orchest_environment.sources import poetry


def request(folder, kind, file, **fields):
    return Request(kind=kind, file=file, files=folder, **fields)


def read(folder, kind, file, **fields):
    return sources.read(request(folder, kind, file, **fields))


def test_requirements_as_people_write_them(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "requirements.txt").write_bytes(
        b"\xef\xbb\xbf# a comment\r\n"
        b"numpy>=1.2 # why\r\n"
        b"Pandas[excel, html]==2.0 ; python_version > '3'\r\n"
        b"\r\n"
        b"six==1.17.0 \\\r\n    --hash=sha256:AA \\\r\n    --hash=sha256:bb\r\n"
        b"-r sub/more.txt\r\n"
        b"--extra-index-url https://example.org/simple#fragment\r\n"
    )
    (tmp_path / "sub/more.txt").write_text("-c limits.txt\nidna\n-r ../requirements.txt\n")
    (tmp_path / "sub/limits.txt").write_text("idna==3.4 --hash=sha256:cc\n")
    found = requirements.read(tmp_path, "requirements.txt")
    assert found.requested == ["idna", "numpy", "pandas", "six"]
    assert found.hashes == {"six": {"sha256:aa", "sha256:bb"}, "idna": {"sha256:cc"}}
    assert found.indexes == ["--extra-index-url https://example.org/simple#fragment"]
    assert found.builds == []


@pytest.mark.parametrize(
    ("line", "built"),
    [
        ("git+https://example.org/x.git@v1", "git+https://example.org/x.git@v1"),
        ("thing @ git+ssh://git@example.org/x.git", "thing"),
        ("-e .", "."),
        ("--editable=./lib", "./lib"),
        ("-e./lib", "./lib"),
        ("./lib[extra]", "./lib[extra]"),
        ("thing @ https://example.org/thing-1.0.tar.gz", "thing"),
        ("https://example.org/thing-1.0.zip", "https://example.org/thing-1.0.zip"),
        ("./wheels/six-1.17.0-py2.py3-none-any.whl", None),
        ("six @ https://example.org/six-1.17.0-py2.py3-none-any.whl", None),
        ("six>=1.0 ; sys_platform == 'linux'", None),
    ],
)
def test_what_has_to_be_built_is_known_before_uv_runs(tmp_path, line, built):
    (tmp_path / "lib").mkdir()
    (tmp_path / "requirements.txt").write_text(line + "\n")
    assert requirements.read(tmp_path, "requirements.txt").builds == ([built] if built else [])


@pytest.mark.parametrize("text", ["-r ../secret.txt\n", "-c /etc/passwd\n", "-r link.txt\n"])
def test_a_file_outside_of_the_folder_is_not_read(tmp_path, text):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret\n")
    (folder / "link.txt").symlink_to("../secret.txt")
    (folder / "requirements.txt").write_text(text)
    with pytest.raises(Failure, match="outside"):
        requirements.read(folder, "requirements.txt")


def test_files_in_other_encodings_are_straightened(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/requirements.txt").write_bytes("six\r\n# naïve\r\n".encode("utf-16"))
    (tmp_path / "a/data.bin").write_bytes(b"\xff\xfe\r\n")
    copied = files.copied(tmp_path / "a", tmp_path / "b")
    assert (copied / "requirements.txt").read_text() == "six\n# naïve\n"
    assert (copied / "data.bin").read_bytes() == b"\xff\xfe\r\n"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("ipykernel==7.4.0\n", "7.4.0"),
        ("ipykernel == 6.30.1  # why\n", "6.30.1"),
        ("IPyKernel==7.4.0 \\\n    --hash=sha256:00\n", "7.4.0"),
        ("ipykernel>=7\n", None),
        ("ipykernel==7.*\n", None),
        ("ipykernel==7.4.0; python_version > '3.11'\n", None),
        ("ipykernel==7.4.0\nipykernel<8\n", None),
        ("-c ipykernel.txt\nipykernel-tools==1\n", None),
    ],
)
def test_a_pin_of_a_package_is_its_one_version_on_every_machine(tmp_path, text, version):
    (tmp_path / "requirements.txt").write_text(text)
    (tmp_path / "ipykernel.txt").write_text("ipykernel==7.4.0\n")
    assert requirements.read(tmp_path, "requirements.txt").pinned("ipykernel") == version


def test_sources_of_git_are_not_editable(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/requirements.txt").write_text(
        "-e git+https://example.org/one.git#egg=one\r\n  --editable=git+ssh://git@example.org/two.git@v1\n"
        "-e three @ git+https://example.org/three.git\n# -e git+https://example.org/no.git\n-e .\n-e ./git+lib\n"
    )
    (tmp_path / "a/README.yml").write_text("-e git+https://example.org/one.git\n")
    copied = files.copied(tmp_path / "a", tmp_path / "b")
    assert (copied / "requirements.txt").read_text() == (
        "git+https://example.org/one.git#egg=one\n  git+ssh://git@example.org/two.git@v1\n"
        "three @ git+https://example.org/three.git\n# -e git+https://example.org/no.git\n-e .\n-e ./git+lib\n"
    )
    assert (copied / "README.yml").read_text() == "-e git+https://example.org/one.git\n"
    read = requirements.read(copied, "requirements.txt")
    assert read.builds[0] == "git+https://example.org/one.git#egg=one"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2.*", "==1.2.*"),
        (">=1.2,<2", ">=1.2,<2"),
        (">= 1.2 , != 1.5", ">=1.2,!=1.5"),
        ("1.2.3", "==1.2.3"),
        ("^2.0 || ^3.0", ">=3.0,<4"),
        ("^1.0.0-rc.1", ">=1.0.0-rc.1,<2"),
    ],
)
def test_versions_of_poetry(theirs, ours):
    assert poetry.specifier(theirs) == ours


POETRY = """
[tool.poetry]
name = "thing"
[tool.poetry.dependencies]
python = "^3.9"
six = "^1.10"
idna = {version = "~3.4", markers = "sys_platform == 'linux'", extras = ["all"]}
old = {version = "*", python = "<3.8"}
maybe = {version = "*", optional = true}
[tool.poetry.group.dev.dependencies]
toolz = "*"
[[tool.poetry.source]]
name = "ours"
url = "https://example.org/simple"
priority = "supplemental"
"""


def test_poetrys_table(tmp_path):
    (tmp_path / "pyproject.toml").write_text(POETRY)
    wanted = read(tmp_path, "pyproject", "pyproject.toml")
    assert wanted.lines == [
        "six>=1.10,<2",
        "idna[all]>=3.4,<3.5 ; (sys_platform == 'linux')",
        "old ; (python_full_version < '3.8')",
        "--extra-index-url https://example.org/simple",
    ]
    assert wanted.requested == ["idna", "maybe", "old", "six"] or wanted.requested == ["idna", "old", "six"]
    assert "toolz" in read(tmp_path, "pyproject", "pyproject.toml", groups=["dev"]).lines


POETRY_LOCK = """
[[package]]
name = "six"
version = "1.16.0"
optional = false
python-versions = ">=2.7, !=3.0.*, !=3.1.*, !=3.2.*"
groups = ["main"]
files = [{file = "six-1.16.0-py2.py3-none-any.whl", hash = "sha256:AB"}]
[[package]]
name = "tomli"
version = "2.0.1"
python-versions = ">=3.7"
groups = ["main", "dev"]
markers = {dev = "python_version < '3.11'"}
files = []
[[package]]
name = "exceptiongroup"
version = "1.2"
python-versions = "*"
groups = ["dev"]
markers = "python_version < '3.11'"
files = []
[[package]]
name = "fork"
version = "0.1"
[package.source]
type = "git"
url = "https://example.org/fork.git"
"""


def test_poetrys_lock_holds_the_versions(tmp_path):
    (tmp_path / "pyproject.toml").write_text(POETRY)
    (tmp_path / "poetry.lock").write_text(POETRY_LOCK)
    wanted = read(tmp_path, "pyproject", "pyproject.toml", locked_by="poetry.lock")
    assert wanted.constraints == [
        "six==1.16.0",
        "tomli==2.0.1 ; python_full_version >= '3.7'",
        "exceptiongroup==1.2 ; python_version < '3.11'",
    ]
    assert wanted.hashes == {"six": {"sha256:ab"}}
    assert "six>=1.10,<2" in wanted.lines
    upgraded = read(tmp_path, "pyproject", "pyproject.toml", locked_by="poetry.lock", upgrade=["Six"])
    assert "six==1.16.0" not in upgraded.constraints and upgraded.hashes == {}
    everything = read(tmp_path, "pyproject", "pyproject.toml", locked_by="poetry.lock", upgrade=["*"])
    assert everything.constraints == []


def test_a_lock_of_an_older_poetry_has_its_hashes_elsewhere(tmp_path):
    (tmp_path / "pyproject.toml").write_text(POETRY)
    (tmp_path / "poetry.lock").write_text(
        '[[package]]\nname = "six"\nversion = "1.16.0"\ncategory = "main"\npython-versions = "*"\n'
        '[metadata.files]\nsix = [{file = "six.whl", hash = "sha256:cd"}]\n'
    )
    wanted = read(tmp_path, "pyproject", "pyproject.toml", locked_by="poetry.lock")
    assert wanted.constraints == ["six==1.16.0"] and wanted.hashes == {"six": {"sha256:cd"}}


PROJECT = """
[project]
name = "thing"
version = "1"
dependencies = ["six>=1.10"]
[project.optional-dependencies]
plot = ["matplotlib"]
[dependency-groups]
dev = ["toolz", {include-group = "more"}]
more = ["idna"]
"""


def test_a_project_and_its_groups(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    wanted = read(tmp_path, "pyproject", "pyproject.toml", groups=["dev", "plot"])
    assert wanted.inputs == ["pyproject.toml", "--group", "pyproject.toml:dev", "--extra", "plot"]
    assert wanted.requested == ["matplotlib", "six", "toolz"]
    assert wanted.builds == []
    assert read(tmp_path, "pyproject", "pyproject.toml", of_folder=True).builds == ["."]
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "thing"\ndynamic = ["version", "dependencies"]\n')
    assert read(tmp_path, "pyproject", "pyproject.toml").builds == ["thing"]


def test_pdms_lock_holds_the_versions(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "pdm.lock").write_text(
        '[[package]]\nname = "six"\nversion = "1.16.0"\nrequires_python = ">=2.7, !=3.0.*"\n'
        'files = [{file = "six.whl", hash = "sha256:ef"}]\n'
        '[[package]]\nname = "colorama"\nversion = "0.4"\nrequires_python = ">=3.7"\n'
        "marker = \"sys_platform == 'win32'\"\n"
        '[[package]]\nname = "six"\nversion = "1.16.0"\nextras = ["x"]\n'
    )
    wanted = read(tmp_path, "pyproject", "pyproject.toml", locked_by="pdm.lock")
    assert wanted.constraints == [
        "six==1.16.0",
        "colorama==0.4 ; (sys_platform == 'win32') and (python_full_version >= '3.7')",
    ]
    assert wanted.hashes == {"six": {"sha256:ef"}} and wanted.inputs == ["pyproject.toml"]


PYLOCK = """
lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "six"
version = "1.16.0"
index = "https://pypi.org/simple"
wheels = [{url = "https://example.org/six.whl", hashes = {sha256 = "AB"}}]
[[packages]]
name = "idna"
version = "3.4"
marker = "python_version > '3'"
requires-python = ">=3.5"
index = "https://example.org/simple"
[[packages]]
name = "direct"
archive = {url = "https://example.org/direct-1-py3-none-any.whl", hashes = {sha256 = "cd"}}
"""


def test_pylock(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "pylock.toml").write_text(PYLOCK)
    wanted = read(tmp_path, "pyproject", "pyproject.toml", locked_by="pylock.toml")
    assert wanted.whole and wanted.lines == [
        "six==1.16.0",
        "idna==3.4 ; (python_version > '3') and (python_full_version >= '3.5')",
        "--extra-index-url https://example.org/simple",
        "direct @ https://example.org/direct-1-py3-none-any.whl",
    ]
    assert wanted.hashes == {"six": {"sha256:ab"}, "direct": {"sha256:cd"}}


PIPFILE = """
[[source]]
url = "https://pypi.org/simple"
[[source]]
url = "https://${NAME}@example.org/simple"
[packages]
six = "*"
idna = {version = "~=3.4", extras = ["all"], sys_platform = "== 'linux'"}
fork = {git = "https://example.org/fork.git", ref = "v1"}
[dev-packages]
toolz = ">=1"
"""


def test_pipfile(tmp_path, monkeypatch):
    monkeypatch.setenv("NAME", "joe:word")
    (tmp_path / "Pipfile").write_text(PIPFILE)
    wanted = read(tmp_path, "pipfile", "Pipfile")
    assert wanted.lines == [
        "--index-url https://pypi.org/simple",
        "--extra-index-url https://joe:word@example.org/simple",
        "six",
        "idna[all]~=3.4 ; (sys_platform == 'linux')",
        "fork @ git+https://example.org/fork.git@v1",
    ]
    assert wanted.builds == ["fork"]
    assert "toolz>=1" in read(tmp_path, "pipfile", "Pipfile", groups=["dev-packages"]).lines


def test_the_lock_of_a_pipfile(tmp_path):
    (tmp_path / "Pipfile").write_text(PIPFILE)
    lock = {
        "_meta": {"sources": [{"url": "https://pypi.org/simple"}]},
        "default": {"six": {"version": "==1.16.0", "hashes": ["sha256:AB"], "markers": "python_version > '2'"}},
        "develop": {"toolz": {"version": "==1.0"}},
    }
    (tmp_path / "Pipfile.lock").write_text(json.dumps(lock))
    wanted = read(tmp_path, "pipfile", "Pipfile", locked_by="Pipfile.lock")
    assert wanted.whole and wanted.hashes == {"six": {"sha256:ab"}}
    assert wanted.lines == ["--index-url https://pypi.org/simple", "six==1.16.0 ; (python_version > '2')"]
    assert wanted.requested == ["fork", "idna", "six"]
    assert "toolz==1.0" in read(tmp_path, "pipfile", "Pipfile", locked_by="Pipfile.lock", groups=["dev"]).lines


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("poetry.lock", "[[package]\n"),
        ("poetry.lock", "package = 1\n"),
        ("pdm.lock", '[[package]]\nname = 1\nversion = "1"\n'),
        ("pdm.lock", "package = [1]\n"),
        ("pylock.toml", "packages = {a = 1}\n"),
        ("pylock.toml", "[[packages]]\nname = 'x'\nversion = '1'\nwheels = 1\n"),
        ("Pipfile.lock", "[1]"),
        ("Pipfile.lock", '{"default": [1]}'),
        ("Pipfile.lock", "{"),
        ("uv.lock", "version = \n"),
    ],
)
def test_a_lock_that_is_none_is_a_fault_of_the_file(place, file, text):
    (place.files / "pyproject.toml").write_text(PROJECT)
    (place.files / "Pipfile").write_text("[packages]\n")
    (place.files / file).write_text(text)
    kind, named = ("pipfile", "Pipfile") if file == "Pipfile.lock" else ("pyproject", "pyproject.toml")
    failed = place.ask(kind, named, locked_by=file).last()
    assert failed["kind"] == "file" and file in failed["text"], failed

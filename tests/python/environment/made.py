"""Packages that the tests make: wheels, and folders that build without the network."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

RUN = Path(__file__).resolve().parents[3] / "etc/images/shared/environment/run.py"
BIN = Path(sys.executable).parent

# A build backend that needs no other package. It does what `BODY` says first.
BACKEND = """
import sys
sys.path.insert(0, {made!r})
from made import wheel

def build_wheel(folder, settings=None, metadata=None):
    {body}
    return wheel(folder, {name!r}, {version!r}, {{"{name}/__init__.py": "BUILT = True\\n"}}, {requires!r}).name

def build_editable(folder, settings=None, metadata=None):
    import os
    return wheel(folder, {name!r}, {version!r}, {{"{name}.pth": os.getcwd() + "\\n"}}).name
"""


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def wheel(folder, name, version, files=None, requires=(), programs=()):
    """Writes a wheel into a folder, and returns its path."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    contents = dict(files or {f"{name}/__init__.py": f"VERSION = {version!r}\n"})
    contents[f"{info}/METADATA"] = metadata
    contents[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if programs:
        lines = "".join(f"{program} = {name}:main\n" for program in programs)
        contents[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in contents.items()}
    record = "".join(f"{path},{digest(text)},{len(text)}\n" for path, text in contents.items())
    contents[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in contents.items():
            archive.writestr(zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0)), text)
    return path


def project(folder, name, version="1.0", body="pass", requires=()):
    """A folder with a package that is built by a backend of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backend.py").write_text(
        BACKEND.format(made=str(Path(__file__).parent), name=name, version=version, body=body, requires=requires)
    )
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {json.dumps(list(requires))}\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return folder


class Place:
    """A request, a store, and an index of wheels: a folder."""

    def __init__(self, root):
        self.root = root
        for name in ("request/files", "store", "scratch", "index", "out", "notebooks"):
            (root / name).mkdir(parents=True)
        self.files, self.store, self.index, self.out = (
            root / "request/files",
            root / "store",
            root / "index",
            root / "out",
        )
        wheel(self.index, "ipykernel", "6.31.0", requires=["comm"])
        wheel(self.index, "comm", "0.2.3")

    def ask(self, kind="requirements", file="requirements.txt", locked_by=None, **fields):
        source = {"kind": kind, "file": file, "locked_by": locked_by, "of_folder": fields.pop("of_folder", False)}
        source |= {name: fields.pop(name, None) for name in ("environment", "language")}
        request = {"source": source, "groups": [], "wheels": False, "resolved": None}
        request |= {"first": [], "upgrade": []} | fields
        (self.root / "request/request.json").write_text(json.dumps(request))
        return self

    def requirements(self, text, **fields):
        (self.files / "requirements.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.ask(**fields)

    def env(self, **more):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "ORCHEST_"))}
        env |= {
            "ORCHEST_REQUEST": str(self.root / "request"),
            "ORCHEST_STORE": str(self.store),
            "ORCHEST_OUT": str(self.out),
            "ORCHEST_NOTEBOOKS": str(self.root / "notebooks"),
            "ORCHEST_SCRATCH": str(self.root / "scratch"),
            "ORCHEST_UV": str(BIN / "uv"),
            "ORCHEST_PYTHON": sys.executable,
            "UV_FIND_LINKS": str(self.index),
            "PIP_NO_INDEX": "1",
        }
        return env | more

    def start(self, command, **more):
        words = [sys.executable, "-I", str(RUN), *command.split()]
        return subprocess.Popen(words, env=self.env(**more), stdout=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, command, **more):
        """The lines that the program printed, and its exit code."""
        child = self.start(command, **more)
        text, _ = child.communicate(timeout=120)
        return [json.loads(line) for line in text.splitlines()], child.returncode

    def last(self, command="install", **more):
        lines, code = self.run(command, **more)
        assert (code == 0) == (lines[-1]["step"] != "failed"), lines
        return lines[-1]

    def installed(self, **more):
        """The line of an environment that is ready."""
        lines, code = self.run("install", **more)
        assert code == 0, lines
        return next(line for line in lines if line["step"] == "done")

    def environment(self, key):
        return self.store / "environments" / key

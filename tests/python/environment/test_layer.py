"""A kernel's layer: a real Python, and a real pip that installs wheels which the tests make."""

import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import orchest_layer as layer
import pytest
from made import RUN, wheel

LAYER = layer.__file__
VERSION = layer.VERSION
SHOW = "import json, os, sys; print(json.dumps([sys.prefix, sys.executable, os.environ.get('VIRTUAL_ENV'), sys.path]))"


class Kernel:
    """What is in a kernel's container: a home, the image's packages, and perhaps an environment."""

    def __init__(self, root):
        self.root, self.home, self.environment = root, root / "home", root / "environment"
        self.support, self.pip, self.pythons = root / "support", root / "pip", root / "pythons"
        self.home.mkdir()
        self.index = root / "index"
        self.index.mkdir()
        self.script = root / "script.py"
        # The places of the image are others here.
        text = Path(LAYER).read_text().replace("/tmp/", f"{root}/")
        text = text.replace("/environment-support", str(self.support)).replace("/store/pythons", str(self.pythons))
        text = text.replace('"/environment")', f'"{self.environment}")').replace("/opt/orchest/pip", str(self.pip))
        (root / "orchest_layer.py").write_text(text)
        text = Path(LAYER).with_name("orchest_activate.py").read_text().replace("/tmp/", f"{root}/")
        (root / "orchest_activate.py").write_text(text)
        self.pip.mkdir()
        site = next(Path(path) for path in sys.path if (Path(path) / "pip/__init__.py").exists())
        (self.pip / "pip").symlink_to(site / "pip")

    def with_environment(self, *wheels):
        self.install(self.environment, *wheels)
        return self

    def install(self, folder, *wheels):
        words = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(folder)]
        subprocess.run([*words, *map(str, wheels)], check=True, env=self.env())

    def env(self, **more):
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return keep | {"HOME": str(self.home), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index)} | more

    def run(self, code, sites=(), **more):
        self.script.write_text(code)
        named = [word for site in sites for word in ("--site", str(site))]
        words = [sys.executable, "-I", "-S", str(self.root / "orchest_layer.py"), *named, str(self.script)]
        return subprocess.run(words, capture_output=True, text=True, env=self.env(**more))

    def shown(self, **more):
        found = self.run(SHOW, **more)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    def sh(self, command, **more):
        code = f"import subprocess; subprocess.run({command!r}, shell=True, check=True)"
        found = self.run(code, **more)
        assert found.returncode == 0, found.stderr + found.stdout
        return found.stdout

    @property
    def layer(self):
        return self.home / "environment" / VERSION

    @property
    def site(self):
        return self.layer / f"lib/python{VERSION}/site-packages"


@pytest.fixture
def kernel(tmp_path):
    return Kernel(tmp_path)


def test_the_kernels_python_is_the_layers(kernel):
    prefix, executable, virtual, path = kernel.shown()
    assert prefix == virtual == str(kernel.layer)
    assert executable == f"{kernel.layer}/bin/python"
    image = [Path(one) for one in sys.path if one.endswith("site-packages")][0]
    assert path.index(str(kernel.site)) < path.index(str(image))
    assert kernel.run("import pytest").returncode == 0


def test_with_an_environment_the_images_packages_are_not_there(kernel):
    kernel.with_environment(wheel(kernel.index, "alpha", "1"))
    path = kernel.shown()[3]
    assert path.index(str(kernel.site)) < path.index(str(kernel.environment)) < path.index(str(kernel.pip))
    assert path.count(str(kernel.pip)) == 1
    assert kernel.run("import alpha").returncode == 0
    assert "No module named 'pytest'" in kernel.run("import pytest").stderr


def test_another_python_that_is_mounted_is_the_layers(kernel, archive):
    name = "cpython-{}.{}.99-linux-x86_64-gnu".format(*sys.version_info)
    with tarfile.open(archive) as file:
        file.extractall(kernel.root / "new", filter="tar")
    kernel.pythons.mkdir()
    (kernel.root / "new/python").rename(kernel.pythons / name)
    site = kernel.pythons / name / f"lib/python{VERSION}/site-packages"
    (site / "pip").symlink_to((kernel.pip / "pip").resolve())
    kernel.with_environment(wheel(kernel.index, "alpha", "1"))
    wheel(kernel.index, "beta", "1", programs=["beta-tool"])
    prefix, executable, _, path = kernel.shown()
    # The layer of the minor version is the image's.
    layer = f"{kernel.home}/environment/{VERSION}.99"
    assert (prefix, executable) == (layer, f"{layer}/bin/python")
    assert os.path.realpath(executable) == str(kernel.pythons / name / f"bin/python{VERSION}")
    own = path.index(f"{layer}/lib/python{VERSION}/site-packages")
    link = f"{kernel.root}/.orchest-python"
    assert own < path.index(str(kernel.environment)) < path.index(f"{link}/lib/python{VERSION}/site-packages")
    assert str(kernel.pip) not in path and not [one for one in path if one.startswith(sys.prefix)]
    kernel.sh("pip install -q --disable-pip-version-check beta")
    assert kernel.run("import alpha, beta; print(beta.VERSION)").stdout == "1\n"
    assert kernel.sh("which beta-tool python").split() == [f"{layer}/bin/beta-tool", f"{layer}/bin/python"]
    (found,) = listed(kernel)["layers"]
    assert (found["python"], [one["name"] for one in found["packages"]]) == (f"{VERSION}.99", ["beta"])

    # A newer patch is another folder: the kernel that runs keeps its own, as its link does not change.
    newer = kernel.pythons / name.replace(".99-", ".100-")
    (kernel.pythons / name).rename(newer)
    with_newer = kernel.shown(ORCHEST_LAYER=layer)
    assert with_newer[1] == executable and os.path.realpath(executable).startswith(str(newer))


def test_support_comes_before_the_environment_and_pth_files_work(kernel, tmp_path):
    kernel.with_environment(wheel(kernel.index, "alpha", "1"))
    kernel.install(kernel.support, wheel(tmp_path, "alpha", "2"))
    (tmp_path / "sources").mkdir()
    (kernel.environment / "editable.pth").write_text(f"{tmp_path}/sources\n")
    assert kernel.run("import alpha; print(alpha.VERSION)").stdout == "2\n"
    assert f"{tmp_path}/sources" in kernel.shown()[3]


def test_what_pip_installs_is_there_for_the_next_kernel(kernel):
    kernel.with_environment(wheel(kernel.index, "alpha", "1"))
    wheel(kernel.index, "beta", "1", requires=["alpha"], programs=["beta-tool"])
    said = kernel.sh("pip install --disable-pip-version-check beta")
    assert "already satisfied: alpha" in said
    assert kernel.run("import beta; print(beta.__file__)").stdout.startswith(str(kernel.site))
    assert kernel.sh("which beta-tool").strip() == f"{kernel.layer}/bin/beta-tool"


def test_an_upgrade_goes_into_the_layer_and_wins(kernel):
    kernel.with_environment(wheel(kernel.index, "alpha", "1"))
    assert "already satisfied" in kernel.sh("pip install alpha")
    wheel(kernel.index, "alpha", "2")
    kernel.sh("python -m pip install -U alpha")
    assert kernel.run("import alpha; print(alpha.VERSION)").stdout == "2\n"
    assert "VERSION = '1'" in (kernel.environment / "alpha/__init__.py").read_text()


def test_a_layer_of_another_base_is_mended(kernel):
    kernel.shown()
    python = kernel.layer / "bin/python"
    python.unlink()
    python.symlink_to("/removed/bin/python3")
    (kernel.layer / "pyvenv.cfg").write_text("home = /removed/bin\nversion = 3.11.0\n")
    (kernel.site / layer.PTH).unlink()
    assert kernel.shown()[1] == str(python)
    assert kernel.run("import pytest").returncode == 0


def test_a_layer_that_is_right_is_not_written_again(kernel):
    kernel.shown()
    before = {path: path.lstat().st_mtime_ns for path in kernel.layer.rglob("*")}
    kernel.shown()
    assert {path: path.lstat().st_mtime_ns for path in kernel.layer.rglob("*")} == before


def test_another_folder_can_be_named(kernel, tmp_path):
    assert kernel.shown(ORCHEST_LAYER=str(tmp_path / "mine"))[0] == str(tmp_path / "mine")


def test_a_home_that_cannot_be_used_is_said(kernel):
    (kernel.home / "environment").write_text("a file\n")
    found = kernel.run(SHOW)
    assert found.returncode == 0
    assert f"{kernel.home}/environment/{VERSION}" in found.stderr and "ends with it" in found.stderr
    prefix, _, virtual, _ = json.loads(found.stdout)
    assert prefix == virtual == next(str(path) for path in kernel.root.glob("environment-*"))


def test_many_kernels_can_start_at_once(kernel):
    kernel.script.write_text(SHOW)
    words = [sys.executable, "-I", "-S", str(kernel.root / "orchest_layer.py"), str(kernel.script)]
    every = [subprocess.Popen(words, env=kernel.env(), stdout=subprocess.PIPE) for _ in range(12)]
    assert [child.wait() for child in every] == [0] * 12
    for child in every:
        child.stdout.close()
    assert not list(kernel.layer.rglob("*.new"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/opt/venv/bin:/usr/bin", "/L/bin:/opt/venv/bin:/usr/bin"),
        ("/opt/x:/opt/venv/bin:/usr/bin", "/opt/x:/L/bin:/opt/venv/bin:/usr/bin"),
        ("/usr/bin", "/L/bin:/usr/bin"),
    ],
)
def test_what_a_kernelspec_puts_first_stays_first(before, after):
    assert layer.with_programs(before, "/L", "/opt/venv/bin") == after


def test_jupyter_finds_the_data_of_packages_in_the_environment(kernel):
    code = "import os; print(os.environ['JUPYTER_PATH'])"
    image = Path(sys.executable).parent.parent
    own = f"{kernel.layer}/share/jupyter"
    assert kernel.run(code).stdout.split() == [f"{own}:{image}/share/jupyter"]
    kernel.environment.mkdir()
    places = f"{own}:{kernel.environment}/share/jupyter:{kernel.support}/share/jupyter"
    assert kernel.run(code, JUPYTER_PATH="/mine").stdout.split() == [f"/mine:{places}"]


def test_the_note_says_which_layer_it_is(kernel):
    kernel.shown()
    assert (kernel.root / ".orchest-layer").read_text() == f"{kernel.layer}\n"


def listed(kernel, *words, code=0, **more):
    command = [sys.executable, "-I", str(RUN), "layer", *words]
    found = subprocess.run(command, capture_output=True, text=True, env=kernel.env(**more))
    assert found.returncode == code, found.stderr
    return json.loads(found.stdout)


def test_what_was_installed_by_hand_is_listed_and_removed(kernel):
    wheel(kernel.index, "alpha", "1")
    wheel(kernel.index, "beta", "1", requires=["alpha"], programs=["beta-tool"])
    kernel.sh("pip install beta")
    assert kernel.run("import beta, alpha").returncode == 0
    (found,) = listed(kernel)["layers"]
    assert found["python"] == VERSION
    assert [(one["name"], one["version"], one["requested"]) for one in found["packages"]] == [
        ("alpha", "1", False),
        ("beta", "1", True),
    ]
    assert all(one["size"] > 100 for one in found["packages"])
    after = listed(kernel, "--remove", "Beta")
    assert after["removed"] == ["beta"] and [one["name"] for one in after["layers"][0]["packages"]] == ["alpha"]
    assert not [path for path in kernel.layer.rglob("*") if "beta" in path.name]
    assert kernel.run("import alpha").returncode == 0


def test_nothing_outside_of_the_layer_is_removed(kernel, tmp_path):
    kernel.shown()
    precious = tmp_path / "precious"
    precious.mkdir()
    for name in ("by_path", "by_link", "whole"):
        (precious / name).write_text("keep\n")
    info = kernel.site / "evil-1.dist-info"
    info.mkdir()
    (kernel.site / "link").symlink_to(precious)
    up = os.path.relpath(precious, kernel.site)
    (info / "METADATA").write_text("Name: evil\nVersion: 1\n")
    (info / "RECORD").write_text(f"{up}/by_path,,\nlink/by_link,,\n{precious}/whole,,\nevil-1.dist-info/RECORD,,\n")
    assert listed(kernel, "--remove", "evil")["removed"] == ["evil"]
    assert len(list(precious.iterdir())) == 3
    assert not info.exists()


def library_of_r(kernel, *packages):
    """A library as R makes one for a person's packages."""
    root = kernel.home / "R/x86_64-pc-linux-gnu-library/4.2"
    for name, version, *fields in packages:
        (root / name / "R").mkdir(parents=True)
        (root / name / "DESCRIPTION").write_text("\n".join([f"Package: {name}", f"Version: {version}", *fields, ""]))
        (root / name / "R" / name).write_text("x" * 1000)
    return root


def test_what_was_installed_by_hand_in_r_is_listed_and_removed(kernel):
    wheel(kernel.index, "glue", "1")
    kernel.sh("pip install glue")
    needs = "Imports: R (>= 4.0), glue\n    (>= 1.3),\n\tdata.table"
    root = library_of_r(kernel, ("tidyr", "1.3", needs), ("glue", "1.8"), ("data.table", "1.17"), ("Data.Table", "0.1"))
    (root / "00LOCK-x").mkdir()
    (found,) = listed(kernel)["libraries"]
    assert [(one["name"], one["version"], one["requested"]) for one in found["packages"]] == [
        ("Data.Table", "0.1", True),
        ("data.table", "1.17", False),
        ("glue", "1.8", False),
        ("tidyr", "1.3", True),
    ]
    assert all(one["size"] > 1000 for one in found["packages"])
    # The case of a name counts, and a package of Python with the same name is another one.
    after = listed(kernel, "--remove-r", "glue", "data.table", "TIDYR")
    assert after["removed"] == ["data.table", "glue"]
    assert sorted(path.name for path in root.iterdir()) == ["00LOCK-x", "Data.Table", "tidyr"]
    assert [one["name"] for one in after["layers"][0]["packages"]] == ["glue"]
    assert listed(kernel, "--remove", "tidyr")["removed"] == [] and (root / "tidyr").exists()


def test_nothing_outside_of_a_library_of_r_is_removed(kernel, tmp_path):
    root = library_of_r(kernel, ("other", "1"), ("linked", "1"))
    outside = tmp_path / "outside"
    (root / "other").rename(outside)
    (outside / "DESCRIPTION").write_text("Package: other\nVersion: 1\n")
    (root / "other").symlink_to(outside)
    (root / "linked/R").rename(tmp_path / "code")
    (root / "linked/R").symlink_to(tmp_path / "code")
    (root / "piped").mkdir()
    os.mkfifo(root / "piped/DESCRIPTION")
    (root / "named").mkdir()
    (root / "named/DESCRIPTION").write_text("Package: ../../outside\nVersion: 1\n")
    (kernel.home / "R/away-library").symlink_to(tmp_path)
    names = ["other", "linked", "piped", "named", "outside", "../../outside"]
    found = listed(kernel, "--remove-r", *names)
    assert found["removed"] == ["linked"] and len(found["libraries"]) == 1
    assert (outside / "DESCRIPTION").exists() and (tmp_path / "code/linked").exists()


def test_an_image_that_was_not_made_for_kernels_has_its_packages_after_those_that_the_kernel_needs(kernel):
    dist, local = kernel.root / "dist-packages", kernel.root / "site-packages"
    for folder in (dist, local, kernel.support):
        folder.mkdir()
    found = kernel.run(SHOW, sites=[local, dist])
    path = [one for one in json.loads(found.stdout)[3] if one.startswith(str(kernel.root))]
    # The first one is the script's own folder.
    assert path[1:] == [str(one) for one in (kernel.site, kernel.support, local, dist)]
    assert "dist-packages" in (kernel.site / layer.PTH).read_text()


def test_a_folders_environment_comes_in_place_of_the_packages_of_any_image(kernel):
    kernel.environment.mkdir()
    path = json.loads(kernel.run(SHOW, sites=[kernel.root / "dist-packages"]).stdout)[3]
    assert str(kernel.environment) in path and not any("dist-packages" in one for one in path)


def test_bytecode_of_what_the_kernel_needs_is_in_the_layer(kernel):
    kernel.support.mkdir()
    (kernel.support / "needed.py").write_text("")
    site = kernel.root / "dist-packages"
    found = kernel.run("import needed, sys; print(sys.pycache_prefix, needed.__cached__)", sites=[site])
    prefix, cached = found.stdout.split()
    assert prefix == f"{kernel.layer}/.bytecode/{kernel.support.stat().st_ino}" and cached.startswith(prefix)
    # A kernel of the shipped image, which has its bytecode, keeps none.
    assert kernel.run("import sys; print(sys.pycache_prefix)").stdout.split() == ["None"]


def test_the_programs_of_what_the_kernel_needs_do_not_come_before_the_images_own(kernel):
    (kernel.support / "bin").mkdir(parents=True)
    shown = kernel.run("import os; print(os.environ['PATH'])", sites=[kernel.root / "dist-packages"]).stdout
    assert str(kernel.support) not in shown and shown.startswith(f"{kernel.layer}/bin:")


def test_pip_trusts_the_authorities_of_the_persons_machine_beside_the_images(kernel):
    show = "import os; print(open(os.environ['PIP_CERT']).read() if 'PIP_CERT' in os.environ else None)"
    site, brought = kernel.root / "dist-packages", kernel.support / "pip/_vendor/certifi"
    brought.mkdir(parents=True)
    (brought / "cacert.pem").write_text("of pip")
    assert kernel.run(show, sites=[site]).stdout.split() == ["None"]
    (kernel.root / "ca.crt").write_text("the company's own")
    assert kernel.run(show, sites=[site]).stdout.rstrip().endswith("the company's own")
    assert len(kernel.run(show, sites=[site]).stdout) > len("the company's own\n")
    # An image that says what it trusts, and the shipped one, are left as they are.
    assert (
        kernel.run("import os; print(os.environ['PIP_CERT'])", sites=[site], PIP_CERT="/mine").stdout.strip() == "/mine"
    )
    assert kernel.run(show).stdout.split() == ["None"]


def test_with_an_environment_of_conda_its_own_python_runs(kernel, tmp_path):
    base = Path(os.path.realpath(sys.executable))
    site = kernel.environment / f"lib/python{VERSION}/site-packages"
    kernel.install(site, wheel(kernel.index, "alpha", "1"))
    for folder in ("conda-meta", "bin", "etc/conda/env_vars.d"):
        (kernel.environment / folder).mkdir(parents=True)
    (kernel.environment / "bin/python").symlink_to(base)
    (kernel.environment / "etc/conda/env_vars.d/b.json").write_text('{"B": "package", "C": "package"}')
    (kernel.environment / "conda-meta/state").write_text('{"env_vars": {"C": "file", "N": 2}}')
    prefix, executable, virtual, path = kernel.shown()
    assert prefix == virtual == str(kernel.layer)
    assert os.path.realpath(executable) == str(base)
    assert path.index(str(kernel.site)) < path.index(str(site)) < path.index(str(kernel.pip))
    assert str(kernel.environment) not in path
    assert kernel.run("import alpha").returncode == 0
    assert "No module named 'pytest'" in kernel.run("import pytest").stderr
    set_ = kernel.run("import os; print(*(os.environ[name] for name in ('CONDA_PREFIX', 'B', 'C', 'N')))").stdout
    assert set_.split() == [str(kernel.environment), "package", "file", "2"]


def test_variables_of_conda_that_cannot_be_read_are_said_and_the_kernel_starts(kernel):
    (kernel.environment / "conda-meta").mkdir(parents=True)
    (kernel.environment / "conda-meta/state").write_text("{")
    (kernel.environment / "bin").mkdir()
    (kernel.environment / "bin/python").symlink_to(os.path.realpath(sys.executable))
    (kernel.environment / f"lib/python{VERSION}/site-packages").mkdir(parents=True)
    found = kernel.run("print('runs')")
    assert found.stdout == "runs\n" and "conda-meta/state` cannot be read" in found.stderr


@pytest.mark.parametrize("made", ["nothing", "no-python", "python2.7", "a-folder"])
def test_an_environment_without_a_python_of_its_own_has_the_images(tmp_path, made):
    (tmp_path / "bin").mkdir()
    if made != "nothing":
        (tmp_path / "conda-meta").mkdir()
    if made == "python2.7":
        (tmp_path / "bin/python2.7").write_text("")
        (tmp_path / "bin/python").symlink_to("python2.7")
    if made == "a-folder":
        (tmp_path / "bin/python3.11").symlink_to("nowhere")
        (tmp_path / "bin/python").symlink_to("python3.11")
    assert layer.of_conda("/opt/venv", str(tmp_path)) is None


def with_scripts(kernel, **scripts):
    """An environment of conda whose packages have these scripts of activation."""
    (kernel.environment / "conda-meta").mkdir(parents=True)
    (kernel.environment / "bin").mkdir()
    (kernel.environment / "bin/python").symlink_to(os.path.realpath(sys.executable))
    (kernel.environment / f"lib/python{VERSION}/site-packages").mkdir(parents=True)
    folder = kernel.environment / "etc/conda/activate.d"
    folder.mkdir(parents=True)
    for name, text in scripts.items():
        (folder / f"{name}.sh").write_text(text)
    return folder


def variables(kernel, *names, **more):
    found = kernel.run(f"import json, os; print(json.dumps([os.environ.get(name) for name in {names}]))", **more)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout), found.stderr


def test_the_scripts_of_activation_set_variables_of_the_kernel(kernel):
    # `a` is as packages of GDAL and of Java write theirs.
    a = """
if [[ -n "${JAVA_HOME-}" ]]; then export JAVA_HOME_CONDA_BACKUP="$JAVA_HOME"; fi
export JAVA_HOME="$CONDA_PREFIX/lib/jvm"
echo "activated"
"""
    b = 'export SEEN="$JAVA_HOME $# $(command -v tool)" LINES_="one\ntwo=\'2"; unset GONE; cd /; false\n'
    folder = with_scripts(kernel, a=a, b=b)
    (folder / "c.csh").write_text("exit 1\n")
    (kernel.environment / "bin/tool").write_text("#!/bin/sh\n")
    (kernel.environment / "bin/tool").chmod(0o755)
    home, bin_ = f"{kernel.environment}/lib/jvm", kernel.environment / "bin"
    names = ("JAVA_HOME", "JAVA_HOME_CONDA_BACKUP", "SEEN", "LINES_", "GONE", "KEPT", "ORCHEST_ACTIVATES", "SHLVL")
    found, log = variables(kernel, *names, JAVA_HOME="/mine", GONE="1", KEPT="é", SHLVL="7")
    assert found == [home, "/mine", f"{home} 0 {bin_}/tool", "one\ntwo='2", None, "é", None, "7"]
    # A terminal has them from a file.
    shell = f'. {kernel.root}/.orchest-activated; echo "$SEEN|$LINES_|${{GONE-}}|$JAVA_HOME|$CONDA_PREFIX"'
    ran = subprocess.run(["sh", "-c", shell], env={"GONE": "1"}, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{found[2]}|{found[3]}||{home}|{kernel.environment}\n"
    # What a script prints is in the kernel's log, and not in the output of a cell.
    assert log == "activated\n"
    assert variables(kernel, "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL")[0] == [
        str(kernel.environment),
        str(kernel.environment),
        "1",
    ]


@pytest.mark.parametrize("of_conda", [True, False])
def test_a_terminal_of_a_kernel_of_r_has_its_programs_and_its_profile(kernel, of_conda):
    if of_conda:
        (kernel.environment / "conda-meta").mkdir(parents=True)
    text = Path(LAYER).with_name("orchest_r.py").read_text().replace('"/environment"', f'"{kernel.environment}"')
    (kernel.root / "orchest_r.py").write_text(text)
    words = [sys.executable, "-I", "-S", str(kernel.root / "orchest_r.py"), *([] if of_conda else ["--profile"])]
    shell = 'echo "$R_PROFILE|$PATH"'
    ran = subprocess.run([*words, "sh", "-c", shell], env=kernel.env(), capture_output=True, text=True, check=True)
    path = os.environ["PATH"]
    path = f"{kernel.environment}/bin:{path}" if of_conda else path
    assert ran.stdout == f"{kernel.root}/Rprofile.R|{path}\n"
    # Without the kernel's variables, a terminal has the same.
    shell = f". {kernel.root}/.orchest-activated; {shell}"
    terminal = subprocess.run(["sh", "-c", shell], env={"PATH": "/bin"}, capture_output=True, text=True, check=True)
    assert terminal.stdout == ran.stdout


def test_a_script_of_activation_that_ends_its_shell_is_named_and_the_others_count(kernel):
    folder = with_scripts(kernel, a="export A=1\n", b="export B=1\nexit 3\n", c="export C=1\n", d="exit\n")
    found, log = variables(kernel, "A", "B", "C")
    assert found == ["1", None, "1"]
    assert f"`{folder}/b.sh` ended its shell (exit code 3)" in log and f"`{folder}/d.sh` ended its shell" in log


def test_a_script_of_activation_that_does_not_end_is_named_and_the_kernel_starts(kernel):
    folder = with_scripts(kernel, a="export A=1\nsleep 300 &\n", b="export B=1\nsleep 300\n", c="export C=1\n")
    path = kernel.root / "orchest_activate.py"
    path.write_text(path.read_text().replace("LIMIT = 20", "LIMIT = 2"))
    started = time.monotonic()
    found, log = variables(kernel, "A", "B", "C")
    assert found == ["1", None, None] and time.monotonic() - started < 30
    assert f"`{folder}/b.sh` did not end within 2 s" in log


def test_without_scripts_activation_takes_no_time(kernel):
    with_scripts(kernel)
    # Its own import counts, too.
    code = "import sys, time; s = time.perf_counter(); sys.path.insert(0, sys.argv[1]); import orchest_activate; "
    code += "orchest_activate.activate(sys.argv[2]); print(time.perf_counter() - s, 'subprocess' in sys.modules)"
    words = [sys.executable, "-I", "-S", "-c", code, str(kernel.root), str(kernel.environment)]
    took = [subprocess.run(words, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)]
    assert sorted(float(one) for one, _ in took)[2] < 0.05 and {loaded for _, loaded in took} == {"False"}

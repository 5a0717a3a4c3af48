import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchest_gateway.kernels.script import SCRIPT, closed

# As in an image: the folder that `orchest.pth` names. This environment has it by PYTHONPATH, which `-I` leaves out.
PLACES = [path for path in sys.path if (Path(path) / "orchest_common").is_dir()]


def test_a_python_script_runs_isolated_with_this_interpreter():
    bin = os.path.dirname(sys.executable)
    assert closed(["python", "/a.py", "--b"], path=bin) == [sys.executable, "-I", SCRIPT, "/a.py", "--b"]
    assert closed([sys.executable, "/a.py"]) == [sys.executable, "-I", SCRIPT, "/a.py"]


def test_pythons_options_stay_and_its_environment_is_ignored():
    assert closed([sys.executable, "-m", "a"]) == [sys.executable, "-Es", "-m", "a"]
    assert closed([sys.executable]) == [sys.executable, "-Es"]


@pytest.mark.parametrize("command", [["sh", "-c", "true"], ["no-such-program", "/a.py"], ["/bin/true"]])
def test_another_command_runs_unchanged(command):
    assert closed(command) == command


def test_a_link_to_this_interpreter_counts_as_this_interpreter(tmp_path):
    (tmp_path / "python3").symlink_to(sys.executable)
    assert closed(["python3", "/a.py"], path=str(tmp_path))[:2] == [sys.executable, "-I"]


def run(script, *words, **env):
    """As with an image's `.pth` file: the folder is in the path, whatever the environment says."""
    code = f"import runpy, sys; sys.path.extend({PLACES!r}); sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])"
    command = [sys.executable, "-I", "-B", "-c", code, SCRIPT, str(script), *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=60)


def test_a_script_has_its_arguments_and_its_own_path(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text("import sys\nprint(sys.argv, __file__, __name__ == '__main__' or __name__)")
    ran = run(script, "--kernel-id", "k")
    assert ran.stdout.startswith(f"['{script}', '--kernel-id', 'k'] {script}"), ran.stderr


def test_modules_beside_a_script_are_found_after_pythons_own(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('this is not json')")
    (tmp_path / "beside.py").write_text("value = 42")
    script = tmp_path / "mine.py"
    script.write_text("import json, beside\nprint(json.dumps(beside.value))")
    assert run(script).stdout == "42\n"


def test_a_script_imports_nothing_named_by_its_environment(tmp_path):
    bait = tmp_path / "bait"
    bait.mkdir()
    (bait / "sitecustomize.py").write_text("print('ran')")
    (bait / "named.py").write_text("print('ran')")
    script = tmp_path / "mine.py"
    script.write_text("try:\n    import named\nexcept ImportError:\n    print('not here')")
    assert run(script, PYTHONPATH=str(bait)).stdout == "not here\n"


def test_an_unreadable_script_is_reported(tmp_path):
    ran = run(tmp_path / "missing.py")
    assert ran.returncode == 1
    assert ran.stderr == f"The launch script `{tmp_path}/missing.py` cannot be read: No such file or directory\n"


def test_no_process_looks_into_a_script(tmp_path):
    script = tmp_path / "mine.py"
    # PR_GET_DUMPABLE
    script.write_text("import ctypes\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))")
    assert run(script).stdout == "0\n"

import os
import subprocess

import pytest

from orchest_gateway.kernels.ends import End
from orchest_gateway.terminals.shell import SHELL, runs
from orchest_gateway.terminals.terminal import size_of, why


@pytest.mark.parametrize("value", [[24, 80], [1, 9999]])
def test_two_numbers_are_a_size(value):
    assert size_of(value) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        24,
        "24x80",
        {},
        [],
        [24],
        [24, 80, 1],
        [0, 80],
        [24, -1],
        [24, 10_000],
        [24.0, 80],
        ["24", "80"],
        [True, True],
    ],
)
def test_other_values_are_no_size(value):
    assert size_of(value) is None


def test_a_shell_starts_with_the_launchs_own_entry_point():
    own = ["/bin/sh", "-c", "umask …", "sh", "0027", "--"]
    assert runs(own, "/notebooks") == [*own, "/bin/sh", "-c", SHELL, "sh", "/notebooks"]


@pytest.mark.parametrize("entrypoint", [None, [], ["/bin/tini", "--"], ["/bin/sh", "-c", "start"]])
def test_an_images_entry_point_is_not_used(entrypoint):
    assert runs(entrypoint, "/notebooks")[:2] == ["/bin/sh", "-c"]
    assert len(runs(entrypoint, "/notebooks")) == 5


def shown(tmp_path, note):
    """What a shell has, with a kernel's note of its layer; the last word of the first line is its process id."""
    (tmp_path / "note").write_text(note)
    script = SHELL.replace("/tmp/.orchest-layer", f"{tmp_path}/note").replace("exec bash", "exec sh")
    script = script.replace("/tmp/.orchest-activated", f"{tmp_path}/activated")
    command = ["/bin/sh", "-c", script, "sh", str(tmp_path)]
    env = {"PATH": os.environ["PATH"], "KERNEL_WORKING_DIR": "/nowhere"}
    ask = 'echo "$VIRTUAL_ENV|$PATH|$PWD|$layer"\n'
    text = subprocess.run(command, input=ask, env=env, capture_output=True, text=True).stdout
    return text.splitlines()[-1].split("|")


def test_a_shell_finds_the_programs_of_its_kernels_layer(tmp_path):
    layer = tmp_path / "the layer"
    (layer / "bin").mkdir(parents=True)
    (layer / "bin/python").symlink_to("/bin/true")
    virtual, path, folder, left = shown(tmp_path, f"{layer}\n")
    assert virtual == str(layer) and path.startswith(f"{layer}/bin:/environment/bin:") and left == ""
    assert folder == str(tmp_path)


def test_a_shell_has_the_variables_of_an_environment_of_conda(tmp_path):
    (tmp_path / "activated").write_text("export PATH='/environment/bin:/bin'\nexport VIRTUAL_ENV='two\nlines'\n")
    text = shown(tmp_path, "")
    assert text[1:3] == ["/environment/bin:/bin", str(tmp_path)] and text[0] == "lines"


@pytest.mark.parametrize("note", ["", "\n", "/no/such/layer\n", "$(touch pwned)\n"])
def test_a_shell_without_a_layer_is_as_it_was(tmp_path, note):
    assert shown(tmp_path, note) == ["", os.environ["PATH"], str(tmp_path), ""]
    assert os.listdir(tmp_path) == ["note"]


class Process:
    memory = 64 * 1024**2

    def __init__(self, end=None):
        self.end = end


class Kernel:
    def __init__(self, process, restarting=False):
        self.process_proxy, self.restarting = process, restarting


def test_a_terminal_shows_how_its_kernel_ended():
    shut, ended, restarted = Process(End(0, False)), Process(End(139, False)), Process(End(9, False))
    assert why(Kernel(shut), shut, True) == "The kernel was shut down, and this terminal with it."
    assert why(Kernel(ended), ended, False).startswith("The kernel ended (exit code 139: SIGSEGV).\nThis terminal was")
    assert why(Kernel(restarted, True), restarted, False).startswith("The kernel was restarted (exit code 9)")
    assert why(Kernel(Process()), restarted, False).startswith("The kernel was restarted (exit code 9)")
    assert "it may use 64 MB" in why(Kernel(ended), Process(End(137, True)), False)

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

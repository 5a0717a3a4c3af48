"""A server that cannot read its folder ends, and says why."""

import os
import shutil
import tempfile

import pytest

from orchest_server import reach


@pytest.fixture
def folder():
    """A folder of a user who is not root, whom permissions do not bind."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65531)
    made = tempfile.mkdtemp()
    yield made
    os.chmod(made, 0o700)
    shutil.rmtree(made)
    os.seteuid(me)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_a_folder_that_can_be_read_is_fine_also_an_empty_one(folder, mode):
    os.chmod(folder, mode)
    reach.the_folder(folder)
    os.chmod(folder, 0o700)
    os.mkdir(os.path.join(folder, "a"))
    os.chmod(folder, mode)
    reach.the_folder(folder)


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400])
def test_a_folder_without_a_right_ends_the_server_with_its_own_code(folder, capsys, mode):
    os.chmod(folder, mode)
    with pytest.raises(SystemExit) as ended:
        reach.the_folder(folder)
    assert ended.value.code == reach.UNREADABLE
    assert "Permission denied" in capsys.readouterr().err


def test_a_folder_that_is_gone_ends_the_server(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        reach.the_folder(os.path.join(folder, "gone"))
    assert ended.value.code == reach.UNREADABLE
    assert "No such file" in capsys.readouterr().err

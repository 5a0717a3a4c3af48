"""The server's files: in its home, in Lab's settings and in its own container."""

import os

import pytest
from jupyterlab_server import settings_utils

from orchest_server import attempt, exports, lab_settings, launch, passwd
from orchest_server.files import checkpoints


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(attempt, "HOME", str(tmp_path))
    return tmp_path


def left(home):
    for name in (".sessions.sqlite", ".kernels.json", ".other"):
        (home / name).write_text("of a launch")


def test_kernels_and_sessions_of_another_launch_are_removed(home):
    left(home)
    attempt.only_of("new")
    assert sorted(path.name for path in home.iterdir()) == [".attempt", ".other"]


def test_a_replacing_server_has_the_kernels_and_sessions(home):
    attempt.only_of("same")
    left(home)
    attempt.only_of("same")
    assert (home / ".kernels.json").exists() and (home / ".sessions.sqlite").exists()


def test_a_server_without_an_attempt_removes_nothing(home, monkeypatch):
    left(home)
    monkeypatch.delenv("ORCHEST_ATTEMPT", raising=False)
    attempt.prepare()
    assert (home / ".kernels.json").exists()
    monkeypatch.setenv("ORCHEST_ATTEMPT", "a")
    attempt.prepare()
    assert not (home / ".kernels.json").exists() and "ORCHEST_ATTEMPT" not in os.environ


ROOT = "root:x:0:0:root:/root:/bin/bash\n"


def entered(tmp_path, text, monkeypatch, uid=1234):
    monkeypatch.setattr(passwd.os, "getuid", lambda: uid)
    monkeypatch.setattr(passwd.os, "getgid", lambda: 5678)
    monkeypatch.setattr(passwd, "HOME", "/home/orchest")
    path = tmp_path / "passwd"
    path.write_text(text)
    passwd.enter_in_passwd(str(path))
    return path.read_text()


def test_the_servers_user_has_a_name_and_a_home(tmp_path, monkeypatch):
    assert entered(tmp_path, ROOT, monkeypatch) == ROOT + "user1234:x:1234:5678::/home/orchest:/bin/bash\n"


def test_an_existing_user_keeps_its_name(tmp_path, monkeypatch):
    text = ROOT + "me:x:1234:1234:Me:/home/me:/bin/zsh\n"
    assert entered(tmp_path, text, monkeypatch) == ROOT + "me:x:1234:5678::/home/orchest:/bin/bash\n"


def test_invalid_lines_are_dropped_and_nothing_piles_up(tmp_path, monkeypatch):
    once = entered(tmp_path, "nonsense\n" + ROOT, monkeypatch)
    assert "nonsense" not in once and entered(tmp_path, once, monkeypatch) == once


def test_two_notebooks_with_one_name_have_two_checkpoints():
    one, other = (checkpoints.name_of("checkpoint", path) for path in ("a/first.ipynb", "b/first.ipynb"))
    assert (one, other) == ("a/first-checkpoint.ipynb", "b/first-checkpoint.ipynb")
    assert checkpoints.name_of("checkpoint", "/first.ipynb") == "first-checkpoint.ipynb"


SCHEMA = "@jupyterlab/apputils-extension:themes"


def settings(root):
    return lab_settings.plain_settings_path(str(root), SCHEMA, True, settings_utils.SETTINGS_EXTENSION)


def test_a_plain_settings_file_is_kept(tmp_path):
    path = settings(tmp_path)
    with open(path, "w") as file:
        file.write("{}")
    assert settings(tmp_path) == path and os.path.getsize(path) == 2


@pytest.mark.parametrize("make", [lambda path: os.symlink("/etc/passwd", path), os.mkfifo])
def test_a_link_or_pipe_in_place_of_settings_is_removed(tmp_path, make):
    path = settings(tmp_path)
    make(path)
    assert settings(tmp_path) == path and not os.path.lexists(path)


def test_a_link_in_place_of_the_settings_folder_is_removed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "settings").mkdir()
    folder = os.path.dirname(settings(tmp_path / "settings"))
    os.rmdir(folder)
    os.symlink(elsewhere, folder)
    settings(tmp_path / "settings")
    assert os.path.isdir(folder) and not os.path.islink(folder)


def test_a_notebook_cannot_name_a_module_for_its_export(monkeypatch):
    from nbconvert.exporters import base, script

    monkeypatch.setattr(script, "get_exporter", script.get_exporter)
    exports.get_exporter_by_name("python")
    with pytest.raises(base.ExporterNameError, match="a notebook can name those that are offered"):
        script.get_exporter("os.path")
    assert script.get_exporter("python").__name__ == "PythonExporter"


def test_jupyter_looks_for_configuration_in_an_empty_folder():
    assert launch.JUPYTERS["JUPYTER_CONFIG_DIR"] == launch.JUPYTERS["JUPYTER_DATA_DIR"] == "/opt/orchest/empty"
    assert launch.JUPYTERS["JUPYTERLAB_WORKSPACES_DIR"].startswith(launch.HOME)


def test_the_umask_comes_from_the_person(monkeypatch):
    before = os.umask(0o022)
    monkeypatch.setattr(launch.os, "environ", {"ORCHEST_UMASK": "0027"})
    try:
        launch.prepare()
        assert os.umask(0o022) == 0o027
        assert "ORCHEST_UMASK" not in launch.os.environ
    finally:
        os.umask(before)

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import archive as made_archive
from made import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return made_archive.write(tmp_path_factory.mktemp("pythons") / "python.tar.gz")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store for functions that are called directly."""
    from orchest_environment import places

    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setattr(places, "STORE", folder)
    return folder

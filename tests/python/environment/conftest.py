import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store for functions that are called directly."""
    from orchest_environment import places

    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setattr(places, "STORE", folder)
    return folder

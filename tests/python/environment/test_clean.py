"""What the store has, and what is removed from it."""

import json
import subprocess
import sys

import pytest
from made import wheel

from orchest_environment import clean, locks, places, sizes
from orchest_environment import list as listing


@pytest.fixture
def filled(place):
    """Two environments, which share `alpha`."""
    size = {"alpha": 300, "beta": 200, "gamma": 100}
    for name, files in size.items():
        wheel(place.index, name, "1", {f"{name}/m{number}.py": "x = 1\n" * 2000 for number in range(files)})
    place.keys = [place.requirements(text).installed()["key"] for text in ("alpha\nbeta\n", "alpha\ngamma\n")]
    return place


def lines(place, command, keep):
    (place.root / "request/request.json").write_text(json.dumps({"keep": keep}))
    return place.last(command)


def test_environments_are_listed_with_what_is_theirs_alone(filled):
    (found,), code = filled.run("list")
    assert code == 0 and {one["key"] for one in found["environments"]} == set(filled.keys)
    for one in found["environments"]:
        # Their files are those of the cache.
        assert one["own"] < one["size"] / 2 and one["packages"] == 4
    assert found["cache"] > 600 * 12_000 and found["bytecode"] > 0
    assert (
        found["total"]
        <= found["cache"] + found["bytecode"] + sum(one["own"] for one in found["environments"]) + 100_000
    )


def test_only_what_nobody_keeps_is_removed(filled):
    kept, gone = filled.keys
    would = lines(filled, "clean --dry-run", [kept])
    before = sizes.all_of(filled.store)
    assert filled.environment(gone).exists() and would["environments"] == [gone]
    did = lines(filled, "clean", [kept])
    assert did["environments"] == [gone] and did["busy"] == []
    assert before - sizes.all_of(filled.store) == did["frees"]
    # uv and the folders above remove a little more than was said.
    assert abs(did["frees"] - would["frees"]) < 0.05 * did["frees"] + 100_000
    assert did["frees"] > 100 * 12_000
    # What is kept works without an index, and what is gone does not.
    env = {"PIP_NO_INDEX": "1", "UV_FIND_LINKS": str(filled.root / "scratch")}
    assert (filled.environment(kept) / "alpha/m0.py").stat().st_nlink > 1
    assert not list(filled.store.rglob("gamma/m0.py"))
    assert filled.requirements("gamma\n").last(**env)["kind"] == "unknown_package"


def test_everything_can_be_made_again(filled):
    lines(filled, "clean", [])
    assert sizes.all_of(filled.store) < 500_000
    assert filled.requirements("alpha\ngamma\n").installed()["key"] == filled.keys[1]


def test_one_that_is_being_made_stays(filled, monkeypatch):
    for name in ("STORE", "REQUEST"):
        monkeypatch.setattr(places, name, filled.root / name.lower())
    monkeypatch.setenv("ORCHEST_UV", filled.env()["ORCHEST_UV"])
    with locks.held(filled.keys[0]), locks.held("installing", shared=True):
        did = lines(filled, "clean", [])
    assert did["environments"] == [filled.keys[1]] and set(did["busy"]) == {filled.keys[0], "cache"}
    assert filled.environment(filled.keys[0]).exists()


def test_a_request_without_keys_removes_nothing(filled):
    (filled.root / "request/request.json").write_text("{}")
    assert filled.last("clean")["kind"] == "internal"
    assert len(list((filled.store / "environments").iterdir())) == 2


def test_files_count_once(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a/file").write_bytes(b"x" * 100_000)
    (tmp_path / "b/file").hardlink_to(tmp_path / "a/file")
    assert sizes.own(tmp_path / "a") < 20_000 and sizes.is_used(tmp_path / "a")
    assert 100_000 <= sizes.all_of(tmp_path) < 140_000


HOLD = "import sys; sys.path.insert(0, {path!r}); from orchest_environment import locks\n"
HOLD += "with locks.held('one'):\n    print('held', flush=True)\n    input()\n"


@pytest.fixture
def other(store):
    """A process that holds a lock."""
    root = listing.__file__.rsplit("/", 2)[0]
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(path=root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"ORCHEST_STORE": str(store)},
        text=True,
    )
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


def test_a_lock_is_for_one(other):
    with pytest.raises(locks.Busy), locks.held("one", wait=False):
        pass
    with locks.held("two", wait=False):
        pass


def test_the_lock_of_one_that_died_is_free(other):
    other.kill()
    other.wait()
    with locks.held("one", wait=False):
        pass


def test_a_lock_whose_file_was_removed_is_asked_for_again(other):
    locks.forget("one")
    with locks.held("one", wait=False):
        pass


def test_nothing_is_removed_by_a_dry_run_of_an_empty_store(store):
    assert clean.would_free([]) == 0 and clean.environments() == []

"""What a kernel needs in an image that was not made for kernels: for its Python, and the programs."""

import json

import pytest
from made import wheel


@pytest.fixture
def ours(place):
    """The programs of the installer's image."""
    folder = place.root / "ours"
    folder.mkdir()
    wheel(place.index, "pip", "26.0")
    for name in ("orchest_kernel.py", "orchest_layer.py", "orchest_ipykernel.py"):
        (folder / name).write_text(name)
    return folder


def ask(place, **fields):
    request = {"python": {"version": "3.13.5", "platform": "x86_64-manylinux_2_36"}, "programs": "abc123"} | fields
    (place.root / "request/request.json").write_text(json.dumps(request))


def test_ipykernel_and_the_programs_are_in_the_store(place, ours):
    ask(place)
    done = place.last("support", ORCHEST_OURS=str(ours))
    assert (done["step"], done["python"]) == ("done", "3.13.5")
    assert {one["name"] for one in done["packages"]} == {"ipykernel", "comm", "pip"}
    programs = place.store / "programs/abc123"
    assert (programs / "orchest_layer.py").read_text() == "orchest_layer.py"
    assert not (programs / "ca.crt").exists()
    again = place.last("support", ORCHEST_OURS=str(ours))
    assert again["key"] == done["key"]


def test_the_authorities_of_the_persons_machine_are_beside_the_programs(place, ours):
    (place.root / "authorities").mkdir()
    for name in ("a", "b"):
        (place.root / f"authorities/{name}.crt").write_text(f"of {name}")
    ask(place)
    place.last("support", ORCHEST_OURS=str(ours), ORCHEST_AUTHORITIES=str(place.root / "authorities"))
    assert (place.store / "programs/abc123/ca.crt").read_text() == "of a\nof b"


def test_an_old_python_gets_the_newest_ipykernel_that_runs_with_it(place, ours):
    wheel(place.index, "ipykernel", "6.29.5", requires=["comm"])
    (place.index / "ipykernel-6.31.0-py3-none-any.whl").unlink()
    ask(place, python={"version": "3.8.10", "platform": "x86_64-manylinux_2_28"})
    done = place.last("support", ORCHEST_OURS=str(ours))
    assert {(one["name"], one["version"]) for one in done["packages"]} >= {("ipykernel", "6.29.5")}


@pytest.mark.parametrize("fields", [{"programs": "../x"}, {"programs": None}, {"python": {}}])
def test_a_request_that_names_no_python_or_leads_elsewhere_is_refused(place, ours, fields):
    ask(place, **fields)
    assert place.last("support", ORCHEST_OURS=str(ours))["kind"] == "internal"


def test_programs_that_no_image_starts_with_are_removed_by_a_clean(place, ours):
    ask(place)
    key = place.last("support", ORCHEST_OURS=str(ours))["key"]
    for keep, there in (([key, "abc123"], True), ([], False)):
        (place.root / "request/request.json").write_text(json.dumps({"keep": keep}))
        assert place.last("clean")["frees"] >= 0
        assert (place.store / "programs/abc123").exists() == there
        assert place.environment(key).exists() == there

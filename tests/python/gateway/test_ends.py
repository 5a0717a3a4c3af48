import asyncio
import json
import signal

import pytest

from fakes import Log
from orchest_gateway.kernels.ends import End, cell_of, want_of_memory
from orchest_gateway.kernels.lives import follow_lives, hear
from orchest_gateway.kernels.pages import answered_info


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (137, "exit code 137: SIGKILL"),
        (139, "exit code 139: SIGSEGV"),
        (-1, "exit code -1"),
    ],
)
def test_the_words_for_an_end_name_the_signal(code, text):
    assert str(End(code, False)) == text


def test_the_words_for_missing_memory_name_the_limit_and_the_remedy():
    text = want_of_memory(512 * 1024**2)
    assert "it may use 512 MB" in text and "hint: work on less data at once, or give kernels more memory" in text
    assert "the engine's machine has no more" in want_of_memory(None)
    assert "end what else uses memory" in want_of_memory(None)


def test_the_current_cell_of_a_kernel_is_known():
    cell, other = {"msg_id": "1", "msg_type": "execute_request"}, {"msg_id": "2", "msg_type": "execute_request"}
    at_work = cell_of("busy", json.dumps(cell).encode(), None)
    assert at_work == cell
    # Another request changes nothing.
    assert cell_of("busy", b'{"msg_id": "3", "msg_type": "kernel_info_request"}', at_work) == cell
    assert cell_of("idle", json.dumps(other).encode(), at_work) == cell
    assert cell_of("idle", json.dumps(cell).encode(), at_work) is None


def event(action, container="c", **about):
    return {"Action": action, "Actor": {"ID": container, "Attributes": {"kernel_id": "k", **about}}}


LATER = "0.1 s later"


def heard(*events):
    """The reports of these events, with LATER at its place."""
    told = []

    async def run():
        loop, wanting = asyncio.get_running_loop(), set()
        loop.call_later(0.1, told.append, LATER)
        for one in events:
            hear(one, wanting, lambda *reported: told.append(reported))
        await asyncio.sleep(0.5)

    asyncio.run(run())
    return told


def test_a_start_is_reported_at_once():
    assert heard(event("start")) == [("k", "c", None), LATER]


def test_a_container_that_is_no_kernel_is_not_reported():
    server = event("die", exitCode="0")
    del server["Actor"]["Attributes"]["kernel_id"]
    assert heard(server, event("start")) == [("k", "c", None), LATER]


def test_an_end_is_reported_at_once_with_its_code():
    [(kernel, container, end), later] = heard(event("die", exitCode="3"))
    assert (kernel, container, end.code, end.wanted_memory) == ("k", "c", 3, False)
    assert later == LATER


def test_missing_memory_is_reported_before_the_end():
    [(*_, end), later] = heard(event("oom"), event("die", exitCode="137"))
    assert end.wanted_memory and later == LATER


def test_missing_memory_may_be_reported_after_the_end():
    [later, (*_, end)] = heard(event("die", exitCode="137"), event("oom"))
    assert end.wanted_memory and later == LATER


def test_a_kernel_that_survived_missing_memory_ends_for_another_reason():
    [(*_, end), _] = heard(event("oom"), event("die", exitCode="0"))
    assert not end.wanted_memory


def test_missing_memory_of_another_container_is_ignored():
    [_, (*_, end)] = heard(event("oom", "other"), event("die", exitCode="137"))
    assert not end.wanted_memory


def test_the_engines_events_are_followed_again_after_it_was_away(tmp_path):
    """The engine closes the connection after each event, and answers once with an error."""
    asked, told, log = [], [], Log()

    async def answer(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if len(asked) == 2:
            writer.write(b"HTTP/1.0 500 no\r\n\r\n")
        else:
            line = json.dumps(event("die", f"c{len(asked)}", exitCode=str(len(asked)))).encode()
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + line + b"\n")
        await writer.drain()
        writer.close()

    async def run():
        server = await asyncio.start_unix_server(answer, tmp_path / "engine.sock")
        path = str(tmp_path / "engine.sock")
        following = asyncio.ensure_future(follow_lives(path, ["a=b"], lambda *one: told.append(one), log))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if len(told) == 2:
                break
        following.cancel()
        server.close()

    asyncio.run(run())
    assert [(container, end.code) for _, container, end in told] == [("c1", 1), ("c3", 3)]
    # The follower asks for the events of the time without an engine.
    assert "&since=" not in asked[0] and "&since=" in asked[1] and "a%3Db" in asked[0]
    assert "The engine's events cannot be read: HTTP/1.0 500 no" in log


def test_a_dead_kernels_info_is_answered_at_once():
    assert answered_info().result(timeout=0) == {}


def test_the_number_of_sigkill_is_the_systems():
    assert 128 + signal.SIGKILL == 137

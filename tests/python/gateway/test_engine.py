import asyncio
import json
import socket
import threading

import pytest

from fakes import engine
from orchest_gateway import engine as client
from orchest_gateway import engine_async


def frame(text, stream=1):
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


@pytest.fixture
def at(tmp_path, monkeypatch):
    path = str(tmp_path / "engine.sock")
    monkeypatch.setattr(client, "SOCKET", path)
    monkeypatch.setattr(engine_async, "SOCKET", path)
    return path


def test_frames_of_a_log_are_put_together():
    assert client.text_of(frame(b"one\n") + frame(b"", 2) + frame(b"two\n", 2)) == "one\ntwo"


@pytest.mark.parametrize("body", [b"", b"\x01", frame(b"")])
def test_a_log_without_text_is_empty(body):
    assert client.text_of(body) == ""


def test_a_cut_frame_gives_its_first_part():
    assert client.text_of(frame(b"one\n") + frame(b"whole")[:-2]) == "one\nwho"


def test_invalid_bytes_are_replaced():
    assert client.text_of(frame(b"a\xff")) == "a\ufffd"


@pytest.mark.parametrize(("refusal", "code"), [(PermissionError(13, "no"), client.FORBIDDEN), (None, 1)])
def test_a_gateway_without_an_engine_ends_and_says_whether_it_may_not_use_it(at, capsys, monkeypatch, refusal, code):
    def refuse(engine):
        raise refusal

    if refusal:
        monkeypatch.setattr(client.Engine, "connect", refuse)
    with pytest.raises(SystemExit) as ended:
        client.reach()
    assert ended.value.code == code
    assert at in capsys.readouterr().err


def test_a_socket_that_answers_nonsense_is_no_engine(at):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(at)
    listener.listen()

    def answer():
        connection, _ = listener.accept()
        connection.sendall(b"nonsense\r\n\r\n")
        connection.close()

    answering = threading.Thread(target=answer)
    answering.start()
    with pytest.raises(SystemExit) as ended:
        client.reach()
    assert ended.value.code == 1
    answering.join()
    listener.close()


def hiding(*names, **env):
    return {
        "Env": [f"{name}={value}" for name, value in env.items()],
        "Labels": {"org.orchest.hidden": " ".join(names)},
    }


def test_values_of_the_kernelspecs_env_are_hidden_with_and_without_their_name():
    config = hiding("PASSWORD", "MODE", PASSWORD="hunter2", MODE="on", OTHER="shown")
    assert client.hidden("PASSWORD=hunter2 MODE=on OTHER=shown", config) == "PASSWORD=… MODE=… OTHER=shown"
    # A short value occurs in many words.
    assert client.hidden("hunter2 is on, shown", config) == "… is on, shown"


def test_a_value_inside_another_value_leaves_no_rest_of_it():
    config = hiding("A", "B", A="secret", B="secret-and-more")
    assert client.hidden("B=secret-and-more A=secret", config) == "B=… A=…"


def test_nothing_is_hidden_without_env():
    assert client.hidden("text", {}) == "text"
    assert client.hidden("text", {"Labels": None, "Env": None}) == "text"


def test_containers_of_a_kernel_are_listed_newest_first(at):
    found = [{"Id": "old", "Created": 1}, {"Id": "new", "Created": 2}]
    with engine(at, {"GET /containers/json": (200, json.dumps(found).encode())}) as came:
        assert [one["Id"] for one in client.containers("k")] == ["new", "old"]
    assert "all=1" in came[0][0] and "kernel_id%3Dk" in came[0][0]


def test_the_last_lines_show_no_hidden_value(at):
    described = {"Config": hiding("PASSWORD", PASSWORD="hunter2")}
    answers = {
        "GET /containers/c/logs": (200, frame(b"PASSWORD=hunter2\n")),
        "GET /containers/c/json": (200, json.dumps(described).encode()),
    }
    with engine(at, answers):
        assert client.last_lines("c") == "PASSWORD=…"


@pytest.mark.parametrize("status", [204, 404, 409])
def test_a_missing_or_ending_container_counts_as_removed(at, status):
    with engine(at, {"DELETE /containers/c": (status, b"")}) as came:
        client.remove("c")
    assert came[0][0] == "DELETE /containers/c?force=1&v=1"


def test_a_refusal_of_the_engine_is_an_error_with_its_words(at):
    with engine(at, {"DELETE": (500, b"no space left")}), pytest.raises(OSError, match="no space left"):
        client.remove("c")


def test_a_missing_engine_is_an_error(at):
    with pytest.raises(OSError):
        client.containers("k")


def test_an_async_request_has_a_body_and_gives_status_and_answer(at):
    with engine(at, {"POST /containers/c/exec": (201, b'{"Id": "e"}')}) as came:
        assert asyncio.run(engine_async.ask("POST", "/containers/c/exec", {"Tty": True})) == (201, {"Id": "e"})
    assert json.loads(came[0][1]) == {"Tty": True}


def test_an_answer_without_json_becomes_a_message(at):
    with engine(at, {"GET": (500, b"broken")}):
        assert asyncio.run(engine_async.ask("GET", "/x")) == (500, {"message": "broken"})

"""Terminals in kernels' containers, as the page sees them."""

import asyncio
import json

import pytest
from tornado.websocket import WebSocketClosedError

from orchest_server.launch import JUPYTERS
from orchest_server.terminals import manager
from orchest_server.terminals.kernel_terminal import AWAY, KernelTerminal, last_words
from orchest_server.terminals.manager import ENDED, Terminals


class Gateway:
    """The websocket to the shell in the kernel's container."""

    def __init__(self, *messages):
        self.messages, self.got, self.closed = asyncio.Queue(), [], False
        for message in messages:
            self.messages.put_nowait(message)

    async def read_message(self):
        return await self.messages.get()

    async def write_message(self, message, binary):
        if self.closed:
            raise WebSocketClosedError
        self.got.append((message, binary))

    def close(self):
        self.closed = True


class Page:
    ws_connection = None

    def __init__(self):
        self.shown, self.died = "", False

    def on_pty_read(self, text):
        self.shown += text

    def on_pty_died(self):
        self.died = True


def run(test):
    asyncio.run(test())


async def soon():
    """Lets all ready tasks run, and the tasks that those make ready."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_the_shells_output_is_on_the_page_even_if_a_letter_comes_in_pieces():
    async def test():
        letter = "ü".encode()
        terminal = KernelTerminal({}, "kernel_1", Gateway(b"a" + letter[:1], letter[1:] + b"\xff"))
        page = Page()
        terminal.clients.append(page)
        await soon()
        assert page.shown == "aü\ufffd" == "".join(terminal.read_buffer)

    run(test)


def test_typed_text_and_sizes_reach_the_shell_in_order():
    async def test():
        gateway = Gateway()
        terminal = KernelTerminal({}, "kernel_1", gateway)
        terminal.ptyproc.write("ls\ud83d")
        terminal.ptyproc.setwinsize(24, 80)
        terminal.ptyproc.write("\r")
        await soon()
        assert gateway.got == [(b"ls?", True), (json.dumps({"size": [24, 80]}), False), (b"\r", True)]
        assert terminal.ptyproc.getwinsize() == (24, 80)

    run(test)


def test_a_terminal_ends_with_its_shell():
    async def test():
        terminals, page = {}, Page()
        terminal = KernelTerminal(terminals, "kernel_1", Gateway('{"exit": 0}'))
        terminal.clients.append(page)
        await soon()
        assert terminals == {} and page.died and page.shown == ""

    run(test)


@pytest.mark.parametrize(
    ("message", "words"), [('{"ended": "The kernel was restarted.\\nOpen a new one."}', "restarted."), (None, AWAY)]
)
def test_the_words_about_an_end_stay_until_a_key_is_pressed(message, words):
    async def test():
        terminals, page = {}, Page()
        terminal = KernelTerminal(terminals, "kernel_1", Gateway(message))
        terminal.clients.append(page)
        await soon()
        assert words in page.shown and "[Press a key to close this terminal]" in page.shown
        assert terminals and not page.died
        terminal.ptyproc.write("x")
        await soon()
        assert terminals == {} and page.died

    run(test)


def test_last_words_begin_on_lines_of_their_own():
    assert last_words("a\nb") == "\r\n\r\na\r\nb\r\n[Press a key to close this terminal]\r\n"


class Parent:
    root_dir = "/notebooks"


def terminals():
    found = Terminals(shell_command=["/bin/sh"])
    found.__dict__["_parent"] = None
    return found


def test_a_page_shows_that_its_terminal_ended_with_the_server():
    async def test():
        there = terminals()
        assert there.create(name="kernel_3")["name"] == "kernel_3"
        terminal = there.terminals["kernel_3"]
        assert terminal.over and ENDED in "".join(terminal.read_buffer)
        # The terminal ends with its last page.
        there.client_disconnected(type("Websocket", (), {"term_name": "kernel_3"}))
        assert "kernel_3" not in there.terminals

    run(test)


def test_each_terminal_in_a_kernel_has_the_lowest_free_number(monkeypatch):
    async def test():
        there = terminals()

        async def connected(kernel_id):
            return Gateway()

        monkeypatch.setattr(manager, "connected", connected)
        assert [(await there.open_in("k"))["name"] for _ in range(2)] == ["kernel_1", "kernel_2"]
        there.terminals["kernel_1"].end()
        assert (await there.open_in("k"))["name"] == "kernel_1"
        await there.kill_all()
        assert there.terminals == {}

    run(test)


def test_a_terminals_environment_does_not_hide_configuration_from_jupyter(monkeypatch):
    for name, value in JUPYTERS.items():
        monkeypatch.setenv(name, value)
    env = terminals().make_term_env()
    assert not {*JUPYTERS} & {*env} and env["TERM"]

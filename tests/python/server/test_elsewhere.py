"""Kernels at a stock Enterprise Gateway that belongs to somebody else."""

import asyncio
import json
import os
import re
import signal
import urllib.request

import pytest

import elsewhere
from elsewhere import Gateway, Page, Server, ask, printed, until


@pytest.fixture
def started(tmp_path):
    """Starts gateways and servers, each in a folder of its own, and ends them after the test."""
    elsewhere.there_is_a_stock_gateway()
    processes = []

    def start(kind, *args, **kwargs):
        folder = tmp_path / f"p{len(processes)}"
        folder.mkdir()
        process = kind(folder, *args, **kwargs)
        processes.append(process)
        process.start()
        return process

    yield start
    for process in reversed(processes):
        process.end()


@pytest.fixture
def gateway(started):
    return started(Gateway)


@pytest.fixture(params=["3.3.0", "2.6.0"])
def any_gateway(request, started):
    """The tested gateway, and one with an older API."""
    if request.param == "3.3.0":
        return started(Gateway)
    if not (elsewhere.OLDER / "jupyter-enterprisegateway").exists():
        pytest.skip("Enterprise Gateway 2.6.0 needs Python 3.11")
    return started(Gateway, program=elsewhere.OLDER)


@pytest.fixture
def server(started, gateway):
    return started(Server, gateway.place())


def run(test):
    asyncio.run(asyncio.wait_for(test(), 240))


def test_cells_and_all_that_a_page_asks_a_kernel(started, any_gateway):
    gateway = any_gateway
    server = started(Server, gateway.place())

    async def test():
        session = server.session()
        async with Page(server, session["kernel"]["id"]) as page:
            assert page.socket.selected_subprotocol is None
            assert printed(await page.cell("x = 41; print(x + 1)")) == "42\n"
            info = await page.of(await page.send("kernel_info_request", {}))
            assert info[-1]["content"].get("language_info") or any(
                message["content"].get("language_info") for message in info
            )
            asked = await page.of(await page.send("complete_request", {"code": "x.bit_le", "cursor_pos": 8}))
            [matches] = [found["content"]["matches"] for found in asked if found["msg_type"] == "complete_reply"]
            assert "bit_length" in " ".join(matches)
            comm = "from comm import create_comm\nc = create_comm(target_name='t', data={'a': 1})"
            assert "comm_open" in [message["msg_type"] for message in await page.cell(comm)]
            # An interrupt.
            sent = await page.run("import time\ntime.sleep(60)")
            await page.until("status", execution_state="busy")
            assert server.ask(f"api/kernels/{page.kernel_id}/interrupt", "POST", {})[0] == 204
            assert "KeyboardInterrupt" in str(await page.of(sent))
            # A restart.
            assert server.ask(f"api/kernels/{page.kernel_id}/restart", "POST", {})[0] == 200
        async with Page(server, session["kernel"]["id"]) as page:
            assert "NameError" in str(await page.cell("x"))
        assert server.ask("api/orchest/idle")[1]["busy"] is False
        # Its end.
        assert server.ask(f"api/sessions/{session['id']}", "DELETE")[0] == 204
        assert gateway.kernel(session["kernel"]["id"])[0] == 404
        assert server.ask("api/kernels")[1] == []

    run(test)


def test_the_default_is_the_launchs_and_kernelspecs_are_below_the_path(started, gateway):
    server = started(Server, gateway.place(user="ada"), default="stock")
    status, specs = server.ask("api/kernelspecs")
    assert (status, specs["default"]) == (200, "stock") and "stock" in specs["kernelspecs"]
    assert ask(f"{gateway.url}/api/kernelspecs", gateway.token)[1]["default"] != "stock"
    assert server.ask("api/kernelspecs")[1]["default"] == "stock"
    assert server.ask("api/kernelspecs/stock")[1]["name"] == "stock"
    assert server.ask("api/kernelspecs/none")[0] == 404
    [logo] = [kept for name, kept in specs["kernelspecs"]["python3"]["resources"].items() if name == "logo-64x64"]
    assert logo.startswith(server.url.partition(str(server.port))[2] + "kernelspecs/")


@pytest.mark.parametrize("lists", ["False", "True"])
def test_two_servers_at_one_gateway_see_only_their_own_kernels(started, lists):
    gateway = started(Gateway, EG_LIST_KERNELS=lists)
    one, other = started(Server, gateway.place()), started(Server, gateway.place())
    mine, theirs = one.session()["kernel"]["id"], other.session()["kernel"]["id"]
    assert ask(f"{gateway.url}/api/kernels", gateway.token)[0] == (200 if lists == "True" else 403)
    assert [kernel["id"] for kernel in one.ask("api/kernels")[1]] == [mine]
    assert [kernel["id"] for kernel in other.ask("api/kernels")[1]] == [theirs]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/interrupt"), ("POST", "/restart")):
        assert one.ask(f"api/kernels/{theirs}{path}", method, {} if method == "POST" else None)[0] == 404
    taken = {"path": "b.ipynb", "name": "b", "type": "notebook", "kernel": {"id": theirs}}
    status, answer = one.ask("api/sessions", "POST", taken)
    assert status == 404 and theirs in answer["message"]
    # The end of a server is the end of its kernels, and of no others.
    one.end()
    assert gateway.kernel(mine)[0] == 404 and gateway.kernel(theirs)[0] == 200


def test_a_new_server_of_the_launch_has_the_kernels_with_their_state(server, gateway):
    async def test():
        session = server.session()
        async with Page(server, session["kernel"]["id"]) as page:
            await page.cell("x = 7")
            # A stock gateway may miss the first states of a kernel, and then calls it `starting` up to the next ones.
            await asyncio.sleep(1)
            await page.cell("x")
        server.end(signal.SIGKILL)
        server.start()
        assert [kernel["id"] for kernel in server.ask("api/kernels")[1]] == [session["kernel"]["id"]]
        assert server.ask(f"api/sessions/{session['id']}")[1]["kernel"]["execution_state"] == "idle"
        async with Page(server, session["kernel"]["id"]) as page:
            assert printed(await page.cell("print(x)")) == "7\n"
        # Another launch does not.
        server.end(signal.SIGKILL)
        server.env["ORCHEST_ATTEMPT"] = "2"
        server.start()
        assert server.ask("api/kernels")[1] == []

    run(test)


def test_a_gateway_that_was_restarted_no_longer_has_the_kernel_and_a_new_one_can_be_chosen(server, gateway):
    async def test():
        session = server.session()
        kernel_id = session["kernel"]["id"]
        async with Page(server, kernel_id) as page:
            await page.cell("x = 7")
            gateway.end()
            sent = await page.run("x")
            waiting = await page.until("stream", name="stderr")
            assert "does not answer" in waiting["content"]["text"] and waiting["parent_header"]["msg_id"] == sent
            # The launch still answers, and its kernel is neither dead nor forgotten.
            status, model = server.ask(f"api/kernels/{kernel_id}")
            assert (status, model["execution_state"]) == (200, "unknown")
            assert server.ask("api/sessions")[1][0]["kernel"]["id"] == kernel_id
            status, answer = server.ask("api/kernelspecs")
            assert status == 502 and "The gateway Lab 7" in answer["message"] and "refused" in answer["message"]
            gateway.start()
            told = await page.until("error")
            assert "no longer has this kernel" in told["content"]["evalue"] and told["parent_header"]["msg_id"] == sent
            await page.until("status", execution_state="dead")
        model = server.ask(f"api/kernels/{kernel_id}")[1]
        assert model["execution_state"] == "dead" and "no longer has this kernel" in model["reason"]
        status, answer = server.ask(f"api/kernels/{kernel_id}/restart", "POST", {})
        assert status == 404 and "Change Kernel" in answer["message"]
        [kept] = server.ask("api/sessions")[1]
        assert kept["id"] == session["id"] and kept["kernel"]["execution_state"] == "dead"
        # As JupyterLab does for another kernel.
        status, changed = server.ask(f"api/sessions/{session['id']}", "PATCH", {"kernel": {"name": "stock"}})
        assert status == 200 and changed["kernel"]["id"] != kernel_id
        assert [kernel["id"] for kernel in server.ask("api/kernels")[1]] == [changed["kernel"]["id"]]
        async with Page(server, changed["kernel"]["id"]) as page:
            assert printed(await page.cell("print(1)")) == "1\n"

    run(test)


def test_a_page_is_told_that_others_ended_its_kernel(server, gateway):
    async def test():
        kernel_id = server.session()["kernel"]["id"]
        async with Page(server, kernel_id) as page:
            await page.cell("1")
            assert ask(f"{gateway.url}/api/kernels/{kernel_id}", gateway.token, "DELETE")[0] == 204
            # JupyterLab asks for this list again and again.
            assert server.ask("api/kernels")[1][0]["execution_state"] == "dead"
            await page.until("status", execution_state="dead")

    run(test)


def test_output_of_a_cell_comes_after_the_way_was_cut(started, gateway, tmp_path):
    async def test():
        way = started(elsewhere.Forwarder, gateway.port)
        server = started(Server, gateway.place(url=f"http://127.0.0.1:{way.port}"))
        async with Page(server, server.session()["kernel"]["id"]) as page:
            await page.cell("import time")
            sent = await page.run("time.sleep(3)\nprint('after')")
            await page.until("status", execution_state="busy")
            way.end(signal.SIGKILL)
            late = await page.run("print('later')")
            await asyncio.sleep(4)
            way.start()
            assert printed(await page.of(sent)) == "after\n"
            assert printed(await page.of(late)) == "later\n"

    run(test)


def test_a_server_starts_while_its_gateway_is_away_and_keeps_its_kernels(server, gateway):
    async def test():
        session = server.session()
        server.end(signal.SIGKILL)
        gateway.process.send_signal(signal.SIGSTOP)
        server.start()
        [model] = server.ask("api/kernels")[1]
        assert (model["id"], model["execution_state"]) == (session["kernel"]["id"], "unknown")
        async with Page(server, model["id"]) as page:
            sent = await page.run("print(5)")
            await asyncio.sleep(1)
            gateway.process.send_signal(signal.SIGCONT)
            assert printed(await page.of(sent)) == "5\n"

    run(test)


def test_a_wrong_token_is_told_in_words(started, gateway):
    server = started(Server, gateway.place(token="wrong"))
    status, answer = server.ask("api/kernelspecs")
    assert status == 502 and answer["message"].startswith("The gateway Lab 7 refused the token.")
    status, answer = server.ask("api/kernels", "POST", {"name": "stock"})
    assert status == 502 and "refused the token" in answer["message"]
    body = {"path": "a.ipynb", "name": "a", "type": "notebook", "kernel": {"name": "stock"}}
    status, answer = server.ask("api/sessions", "POST", body)
    assert status == 502 and "refused the token" in answer["message"]
    server = started(Server, gateway.place(token=None))
    assert "wants a token" in server.ask("api/kernelspecs")[1]["message"]


def test_headers_can_have_the_token(started, gateway):
    server = started(Server, gateway.place(token=None, headers={"Authorization": f"token {gateway.token}"}))
    assert server.ask("api/kernelspecs")[0] == 200
    server = started(Server, gateway.place(scheme="Bearer"))
    assert "refused the token" in server.ask("api/kernelspecs")[1]["message"]


def test_a_wrong_address_is_told_in_words(started, gateway):
    for place, words in (
        (gateway.place(url=gateway.url + "/nowhere"), "The gateway Lab 7 is not at"),
        (gateway.place(url="https" + gateway.url[4:]), "that its address is not http"),
        (gateway.place(url="http://nowhere.invalid"), "no address is known for nowhere.invalid"),
        (gateway.place(url=f"http://127.0.0.1:{elsewhere.free_port()}"), "the connection was refused"),
    ):
        status, answer = started(Server, place).ask("api/kernelspecs")
        assert status >= 400 and words in answer["message"], answer


def test_certificates_are_verified_and_words_say_why_one_is_refused(started, tmp_path):
    async def test():
        made = elsewhere.certificates(tmp_path / "certificates")
        gateway = started(Gateway, tls=made, base="/Base/Path")
        ca, other = (made / "ca.pem").read_text(), (made / "other-ca.pem").read_text()
        for wrong in (None, other):
            status, answer = started(Server, gateway.place(ca=wrong)).ask("api/kernelspecs")
            assert status == 502
            assert "Lab 7 is not signed by an authority that this place knows" in answer["message"]
        named = gateway.place(ca=ca, url=gateway.url.replace("127.0.0.1", "localhost"))
        assert "is for another address" in started(Server, named).ask("api/kernelspecs")[1]["message"]
        server = started(Server, gateway.place(ca=ca))
        async with Page(server, server.session()["kernel"]["id"]) as page:
            assert printed(await page.cell("print(2)")) == "2\n"

    run(test)


def test_a_client_certificate_is_shown(started, tmp_path):
    async def test():
        made = elsewhere.certificates(tmp_path / "certificates")
        gateway = started(Gateway, tls=made, EG_CLIENT_CA=str(made / "ca.pem"))
        shown = {name: (made / file).read_text() for name, file in (("cert", "client.pem"), ("key", "client.key"))}
        ca = (made / "ca.pem").read_text()
        server = started(Server, gateway.place(ca=ca, **shown))
        async with Page(server, server.session()["kernel"]["id"]) as page:
            assert printed(await page.cell("print(3)")) == "3\n"
        status, answer = started(Server, gateway.place(ca=ca)).ask("api/kernelspecs")
        assert status == 502 and "wants a client certificate" in answer["message"]
        wrong = {
            name: (made / f"other-{file}").read_text() for name, file in (("cert", "client.pem"), ("key", "client.key"))
        }
        status, answer = started(Server, gateway.place(ca=ca, **wrong)).ask("api/kernelspecs")
        assert status == 502 and "refused the client certificate" in answer["message"]
        assert [
            path for path in server.home.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text("latin-1")
        ] == []

    run(test)


FAILS = "open('nothing-here.csv')"


def test_the_first_missing_file_of_a_kernel_gets_a_remark(server):
    async def test():
        async with Page(server, server.session()["kernel"]["id"]) as page:
            text = 'print(\'{"msg_type": "error"} FileNotFoundError: No such file or directory\')'
            assert printed(await page.cell(text), "stderr") == ""
            assert printed(await page.cell("1 / 0"), "stderr") == ""
            sent = await page.run(FAILS)
            first = await page.of(sent)
            remark = printed(first, "stderr")
            assert "This kernel runs at Lab 7, and does not see the folder of this notebook." in remark
            kinds = [message["msg_type"] for message in first]
            assert kinds.index("stream") == kinds.index("error") + 1
            assert printed(await page.cell(FAILS), "stderr") == ""
        async with Page(server, server.session("b.ipynb")["kernel"]["id"]) as page:
            assert "does not see the folder" in printed(await page.cell(FAILS), "stderr")

    run(test)


def test_kernels_start_where_the_folder_is_and_for_the_user_of_the_place(started, gateway):
    async def test():
        server = started(Server, gateway.place(user="ada", path="/shared/notes"))
        (server.folder / "b").mkdir()
        asked = "import os\nprint(os.environ.get('KERNEL_WORKING_DIR'), os.environ.get('KERNEL_USERNAME'))"
        for path, where in (("a.ipynb", "/shared/notes"), ("b/c.ipynb", "/shared/notes/b")):
            async with Page(server, server.session(path)["kernel"]["id"]) as page:
                assert printed(await page.cell(asked)) == f"{where} ada\n"
                assert printed(await page.cell(FAILS), "stderr") == ""
        server = started(Server, gateway.place())
        async with Page(server, server.session()["kernel"]["id"]) as page:
            assert printed(await page.cell(asked)).startswith("None ")

    run(test)


def test_long_output_passes_and_a_message_that_the_gateway_refuses_is_told_in_its_cell(server):
    async def test():
        async with Page(server, server.session()["kernel"]["id"]) as page:
            size = 20 * 1024 * 1024
            shown = await page.cell(f"from IPython.display import display\ndisplay({{'a/b': 'x' * {size}}}, raw=True)")
            [data] = [found for found in shown if found["msg_type"] == "display_data"]
            assert len(data["content"]["data"]["a/b"]) == size
            assert printed(await page.cell(f"print(len('{'x' * 9 * 1024 * 1024}'))")) == f"{9 * 1024 * 1024}\n"
            refused = await page.cell("'" + "x" * 12 * 1024 * 1024 + "'")
            assert "does not take such long ones" in str(refused)
            # The page goes on.
            assert printed(await page.cell("print(4)")) == "4\n"

    run(test)


def test_no_terminal_is_offered_in_a_kernel_and_no_secret_is_where_a_terminal_finds_it(server, gateway):
    session = server.session()
    status, answer = server.ask("api/orchest/terminals", "POST", {"kernel": session["kernel"]["id"]})
    assert status == 409 and "The kernel runs at Lab 7" in answer["message"]
    request = urllib.request.Request(server.url + "lab", headers={"Authorization": f"token {server.token}"})
    with urllib.request.urlopen(request) as page:
        [settings] = re.findall(r'type="application/json">\s*(\{.*?\})\s*</script>', page.read().decode(), re.DOTALL)
    assert json.loads(settings)["disabledExtensions"] == ["orchest-terminal"]
    with open(f"/proc/{server.process.pid}/cmdline", "rb") as file:
        assert gateway.token.encode() not in file.read()
    with open(f"/proc/{server.process.pid}/environ", "rb") as file:
        first = file.read()
    assert b"JUPYTER_GATEWAY=***" in first and gateway.token.encode() not in first
    assert gateway.token not in server.logged()
    written = [path for path in server.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert written and not any(gateway.token.encode() in path.read_bytes() for path in written)
    name = server.ask("api/terminals", "POST", {})[1]["name"]
    shells = until(lambda: children(server.process.pid), f"the shell of the terminal {name}")
    for shell in shells:
        with open(f"/proc/{shell}/environ", "rb") as file:
            assert gateway.token.encode() not in file.read()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split() if os.path.exists(f"/proc/{child}/environ")]


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense", "its JSON"), ('{"token": "secret"}', "url"), ('{"url": "ftp://a", "token": "secret"}', "url")],
)
def test_a_place_that_cannot_be_understood_ends_the_server_without_its_token(tmp_path, text, said):
    server = Server(tmp_path, {})
    server.env["JUPYTER_GATEWAY"] = text
    elsewhere.Process.start(server)
    assert server.process.wait(60) == 1
    assert "error: JUPYTER_GATEWAY is not as expected: " in server.logged() and said in server.logged()
    assert "secret" not in server.logged()


@pytest.mark.parametrize("pause", [0, 0.002, 0.01, 0.1])
def test_a_page_that_is_loaded_again_at_once_hears_its_kernel(started, gateway, pause):
    server = started(Server, gateway.place())

    async def test():
        session = server.session()
        page = Page(server, session["kernel"]["id"])
        for _ in range(3):
            async with page:
                await asyncio.sleep(pause)
        async with page:
            assert printed(await page.cell("print(6 * 7)")) == "42\n"

    run(test)


def test_a_server_that_could_not_end_its_kernels_says_so_by_its_exit_code(started, gateway):
    one, other = started(Server, gateway.place()), started(Server, gateway.place())
    for server in (one, other):
        server.session()
    assert one.end() == 0
    gateway.process.send_signal(signal.SIGSTOP)
    assert other.end() == 79
    gateway.process.send_signal(signal.SIGCONT)
    assert "1 kernels may still be at the gateway Lab 7" in other.logged()

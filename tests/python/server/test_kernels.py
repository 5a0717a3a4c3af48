"""The gateway's kernels and sessions, even after the gateway or the server ended."""

import asyncio
import json

import pytest
from jupyter_server.gateway import managers
from jupyter_server.gateway.gateway_client import GatewayClient
from tornado import httpserver, netutil, web

from orchest_server import idle
from orchest_server.kernels import failures, kernels
from orchest_server.kernels.failures import GatewayFailure, in_its_words


class Gateway(web.Application):
    """A gateway's answers about kernels, by HTTP."""

    def __init__(self):
        super().__init__([(r"/api/kernels", Kernels), (r"/api/kernels/(.*)", Kernel)])
        self.name, self.kernels, self.started, self.fails = "one", {}, [], False


class Answer(web.RequestHandler):
    def set_default_headers(self):
        self.set_header("X-Orchest-Gateway", self.application.name)


def model(kernel_id, name="python_docker"):
    return {
        "id": kernel_id,
        "name": name,
        "last_activity": "2026-01-01T00:00:00.000000Z",
        "execution_state": "idle",
        "connections": 0,
    }


class Kernels(Answer):
    def get(self):
        self.finish(json.dumps([*self.application.kernels.values()]))

    def post(self):
        if self.application.fails:
            self.set_status(500)
            self.finish({"message": "The image is not here.\nhint: 100% of it", "reason": "The kernel did not start"})
            return
        asked = json.loads(self.request.body)
        kernel_id = asked["env"].get("KERNEL_ID") or f"k{len(self.application.started) + 1}"
        self.application.started.append((asked["name"], kernel_id, asked["env"].get("KERNEL_WORKING_DIR")))
        self.application.kernels[kernel_id] = model(kernel_id, asked["name"])
        self.set_status(201)
        self.finish(self.application.kernels[kernel_id])


class Kernel(Answer):
    def get(self, kernel_id):
        if kernel_id not in self.application.kernels:
            raise web.HTTPError(404)
        self.finish(self.application.kernels[kernel_id])

    def delete(self, kernel_id):
        self.application.kernels.pop(kernel_id, None)
        self.set_status(204)


@pytest.fixture
def launch(tmp_path, monkeypatch):
    """Runs a coroutine with a gateway and a function that makes a server's kernels, each with the files of the last."""
    monkeypatch.setattr(kernels.Kernels, "FILE", str(tmp_path / ".kernels.json"))
    monkeypatch.setattr(managers, "gateway_request", failures.gateway_request)

    def server():
        found = kernels.Kernels(root_dir=str(tmp_path))
        found._kernels = {}
        found.initialize_culler = lambda: None
        return found

    def run(test):
        async def with_gateway():
            gateway = Gateway()
            listening = httpserver.HTTPServer(gateway)
            sockets = netutil.bind_sockets(0, "127.0.0.1")
            listening.add_sockets(sockets)
            GatewayClient.clear_instance()
            GatewayClient.instance().url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
            try:
                await test(gateway, server)
            finally:
                listening.stop()
                GatewayClient.clear_instance()

        asyncio.run(with_gateway())

    return run


def test_kernels_of_an_ended_gateway_have_successors_with_the_same_ids(launch, tmp_path):
    async def test(gateway, server):
        there = server()
        await there.settle()
        kernel_id = await there.start_kernel(kernel_name="r_docker", path="a")
        assert (kernel_id, gateway.started) == ("k1", [("r_docker", "k1", f"{tmp_path}/a")])
        # Another gateway replaces it.
        gateway.name, gateway.kernels = "two", {}
        await there.list_kernels()
        assert gateway.started[1:] == [("r_docker", "k1", f"{tmp_path}/a")]
        assert [*there._kernels] == ["k1"] and there.gateway == "two"

    (tmp_path / "a").mkdir()
    launch(test)


def test_a_replacing_server_knows_the_kernels(launch):
    async def test(gateway, server):
        await server().start_kernel(kernel_name="python_docker")
        there = server()
        await there.settle()
        assert [*there._kernels] == ["k1"] and len(gateway.started) == 1

    launch(test)


def test_a_replacing_server_and_gateway_have_the_kernels_again(launch):
    async def test(gateway, server):
        there = server()
        await there.settle()
        await there.start_kernel(kernel_name="r_docker")
        gateway.name, gateway.kernels = "two", {}
        there = server()
        await there.settle()
        assert [*there._kernels] == ["k1"] and gateway.started[1][:2] == ("r_docker", "k1")

    launch(test)


def test_a_kernel_without_a_successor_is_dropped_and_the_others_go_on(launch):
    async def test(gateway, server):
        there = server()
        await there.settle()
        await there.start_kernel(kernel_name="python_docker")
        gateway.name, gateway.kernels, gateway.fails = "two", {}, True
        await there.settle()
        assert [*there._kernels] == []

    launch(test)


def test_a_kernel_ended_by_the_person_has_no_successor(launch):
    async def test(gateway, server):
        there = server()
        await there.settle()
        await there.start_kernel(kernel_name="python_docker")
        there.remove_kernel("k1")
        gateway.name, gateway.kernels = "two", {}
        await server().settle()
        assert len(gateway.started) == 1

    launch(test)


def test_an_unreadable_file_of_kernels_counts_as_missing(launch, tmp_path):
    (tmp_path / ".kernels.json").write_text("nonsense")

    async def test(gateway, server):
        there = server()
        await there.settle()
        assert (there._kernels, there.gateway) == ({}, "one")

    launch(test)


def test_a_failed_start_is_reported_in_the_gateways_words(launch, monkeypatch):
    async def test(gateway, server):
        gateway.fails = True
        there = server()
        with pytest.raises(GatewayFailure) as caught:
            await there.start_kernel(kernel_name="python_docker")
        assert str(caught.value) == "The image is not here.\nhint: 100% of it"
        assert caught.value.status_code == 500 and there.starting == 0

    launch(test)


def test_a_failure_of_the_gateway_is_shown_as_its_text_only():
    failure = GatewayFailure(409, "The kernel was not interrupted: it does not run.")
    assert str(failure) == failure.get_message() == "The kernel was not interrupted: it does not run."


def test_a_handler_answers_with_the_gateways_error():
    async def post(self):
        try:
            raise web.HTTPError(404, "No such kernelspec")
        except web.HTTPError as error:
            raise web.HTTPError(500, "of the server") from error

    async def run(handler):
        with pytest.raises(web.HTTPError) as caught:
            await in_its_words(handler)(None)
        return caught.value.status_code

    async def own(self):
        raise web.HTTPError(400, "of the server")

    assert asyncio.run(run(post)) == 404
    assert asyncio.run(run(own)) == 400


class Request:
    def __init__(self, method, path):
        self.method, self.path = method, path


class Handler:
    def __init__(self, method, path, type=""):
        self.request, self.type = Request(method, path), type

    def get_query_argument(self, name, default):
        return self.type or default


@pytest.mark.parametrize(
    ("handler", "counts"),
    [
        (Handler("GET", "/p/api/kernels"), False),
        (Handler("GET", "/p/api/contents/a"), False),
        (Handler("GET", "/p/api/contents/a", "directory"), False),
        (Handler("GET", "/p/api/contents/a.ipynb", "notebook"), True),
        (Handler("GET", "/p/api/contents/a.txt", "file"), True),
        (Handler("GET", "/p/api/kernels", "notebook"), False),
        (Handler("PUT", "/p/api/contents/a"), True),
        (Handler("POST", "/p/api/kernels"), True),
        (Handler("DELETE", "/p/api/sessions/1"), True),
    ],
)
def test_only_changing_or_opening_requests_count_as_use(handler, counts, monkeypatch):
    tracked = []
    monkeypatch.setattr(idle, "track_activity", tracked.append)
    idle.update_api_activity(handler)
    assert bool(tracked) == counts


def test_the_stock_program_has_all_changed_names():
    assert issubclass(kernels.Kernels, managers.GatewayMappingKernelManager)
    for name in ("start_kernel", "restart_kernel", "remove_kernel", "list_kernels", "kernel_manager_factory"):
        assert hasattr(managers.GatewayMappingKernelManager, name), name

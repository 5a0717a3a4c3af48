"""A stock Enterprise Gateway, this repository's server before it, and a page: all as processes and real connections."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from orchest_common.websocket import V1
from orchest_server.entrance.path import path_of

ROOT = Path(__file__).resolve().parents[2]
STOCK = Path(sys.prefix).parent / "stock-gateway/bin"
OLDER = Path(sys.prefix).parent / "older-gateway/bin"
PROXY = "enterprise_gateway.services.processproxies.processproxy.LocalProcessProxy"
# The server as its image starts it, but for the image's own folder and user.
START = """
from orchest_server import passwd, reach
reach.the_folder = passwd.enter_in_passwd = lambda: None
from orchest_server.__main__ import main
main()
"""
PATIENCE = 60


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def until(found, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not in {patience} s: {what}")


class Process:
    """A process with a log, which can be ended and started again."""

    def __init__(self, command, env, log):
        self.command, self.env, self.log, self.process = command, env, log, None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdout=log, stderr=log, start_new_session=True)

    def end(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def logged(self):
        return self.log.read_text(errors="replace")


class Gateway(Process):
    """A stock gateway with the kernelspec `stock` and its own kernels."""

    def __init__(self, folder, *, token="of the gateway", base="/", tls=None, program=STOCK, **settings):
        self.token, self.base, self.tls, self.port = token, base, tls, free_port()
        spec = folder / "kernels/stock"
        spec.mkdir(parents=True)
        argv = [str(program / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        metadata = {"process_proxy": {"class_name": PROXY}}
        (spec / "kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": "Stock", "language": "python", "metadata": metadata})
        )
        env = {**os.environ, "EG_AUTH_TOKEN": token, "EG_PORT": str(self.port), "EG_BASE_URL": base}
        env |= {"JUPYTER_PATH": str(folder), "HOME": str(folder), "EG_PORT_RETRIES": "0"}
        # Stock, it starts nothing for root, as whom the tests may run.
        env |= {"EG_UNAUTHORIZED_USERS": "eve", **settings}
        env.pop("PYTHONPATH", None)
        if tls:
            env |= {"EG_CERTFILE": str(tls / "server.pem"), "EG_KEYFILE": str(tls / "server.key")}
        super().__init__([str(program / "jupyter-enterprisegateway")], env, folder / "gateway.log")

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}{self.base.rstrip('/')}"

    def start(self):
        super().start()

        def answers():
            assert self.process.poll() is None, self.logged()
            return listens(self.port)

        until(answers, "the gateway listens")

    def place(self, **changed):
        found = {"url": self.url, "token": self.token, "scheme": "token", "headers": {}, "name": "Lab 7"}
        return {**found, "ca": None, "cert": None, "key": None, "user": None, "path": None, **changed}

    def kernel(self, kernel_id):
        """What the gateway itself says of a kernel."""
        return ask(f"{self.url}/api/kernels/{kernel_id}", self.token)


def ask(url, token, method="GET", body=None, timeout=PATIENCE):
    """The status and the JSON of an answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Authorization": f"token {token}"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Server(Process):
    """Our server, which has its kernels at a place."""

    def __init__(self, folder, place, default="stock"):
        self.token, self.port, self.home, self.folder = (
            secrets.token_hex(16),
            free_port(),
            folder / "home",
            folder / "n",
        )
        self.home.mkdir(parents=True)
        self.folder.mkdir()
        env = {**os.environ, "HOME": str(self.home), "JUPYTER_TOKEN": self.token, "ORCHEST_ATTEMPT": "1"}
        env |= {"JUPYTER_CONFIG_PATH": str(ROOT / "etc/images/server"), "EG_DEFAULT_KERNEL_NAME": default}
        env |= {"JUPYTER_GATEWAY": json.dumps(place), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
        options = {"ip": "127.0.0.1", "port": self.port, "root_dir": self.folder}
        words = [f"--ServerApp.{name}={value}" for name, value in options.items()]
        super().__init__([sys.executable, "-B", "-c", START, *words], env, folder / "server.log")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{path_of(self.token)}"

    def start(self):
        super().start()

        def answers():
            assert self.process.poll() is None, self.logged()
            try:
                return self.ask("api")[0] == 200
            except OSError:
                return False

        until(answers, "the server answers")
        return self

    def ask(self, path, method="GET", body=None, **kwargs):
        return ask(self.url + path, self.token, method, body, **kwargs)

    def session(self, path="a.ipynb", name="stock"):
        body = {"path": path, "name": path.rpartition("/")[2], "type": "notebook", "kernel": {"name": name}}
        status, session = self.ask("api/sessions", "POST", body)
        assert status == 201, session
        return session


FORWARD = """
import asyncio, sys
async def copy(one, other):
    while data := await one.read(65536):
        other.write(data)
    other.close()
async def came(reader, writer):
    to, back = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(copy(reader, back), copy(to, writer), return_exceptions=True)
async def main():
    await (await asyncio.start_server(came, "127.0.0.1", int(sys.argv[1]))).serve_forever()
asyncio.run(main())
"""


class Forwarder(Process):
    """A way to another port, which can be cut."""

    def __init__(self, folder, to):
        self.port = free_port()
        command = [sys.executable, "-c", FORWARD, str(self.port), str(to)]
        super().__init__(command, {**os.environ}, folder / "forwarder.log")

    def start(self):
        super().start()
        until(lambda: listens(self.port), "the forwarder listens")


def listens(port):
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


class Page:
    """A page's websocket, in the protocol without a name."""

    def __init__(self, server, kernel_id):
        self.server, self.kernel_id, self.session, self.socket = server, kernel_id, secrets.token_hex(8), None

    async def __aenter__(self):
        url = f"ws{self.server.url[4:]}api/kernels/{self.kernel_id}/channels?session_id={self.session}"
        headers = {"Authorization": f"token {self.server.token}"}
        # As JupyterLab: it offers a protocol first, and gives up a connection without it, as browsers do.
        refused = await websocket_connect(HTTPRequest(url, headers=headers), subprotocols=[V1])
        assert refused.selected_subprotocol is None
        refused.close()
        self.socket = await websocket_connect(HTTPRequest(url, headers=headers), max_message_size=1 << 30)
        return self

    async def __aexit__(self, *_):
        self.socket.close()

    async def send(self, kind, content, channel="shell"):
        header = {"msg_id": secrets.token_hex(8), "msg_type": kind, "session": self.session, "username": "a"}
        header |= {"version": "5.3", "date": "2026-01-01T00:00:00.000000Z"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": channel}
        await self.socket.write_message(json.dumps(message))
        return header["msg_id"]

    async def run(self, code):
        return await self.send("execute_request", {"code": code, "silent": False, "store_history": True})

    async def message(self, patience=PATIENCE):
        text = await asyncio.wait_for(self.socket.read_message(), patience)
        assert text is not None, "the server closed the websocket"
        return json.loads(text)

    async def of(self, sent, patience=PATIENCE):
        """All messages about what was sent, up to the reply and the state `idle`."""
        found, replied, idle = [], False, False
        while not (replied and idle):
            message = await self.message(patience)
            if message["parent_header"].get("msg_id") != sent:
                continue
            found.append(message)
            replied |= message["msg_type"].endswith("_reply")
            idle |= message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        return found

    async def cell(self, code, patience=PATIENCE):
        return await self.of(await self.run(code), patience)

    async def until(self, kind, patience=PATIENCE, **content):
        while True:
            message = await self.message(patience)
            if message["msg_type"] == kind and content.items() <= message["content"].items():
                return message


def printed(messages, name="stdout"):
    streams = [found["content"] for found in messages if found["msg_type"] == "stream"]
    return "".join(stream["text"] for stream in streams if stream["name"] == name)


def certificates(folder):
    """An authority, and certificates for a server and a client."""
    code = """
import sys, trustme
from pathlib import Path
to = Path(sys.argv[1])
for name in ("", "other-"):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(to / f"{name}ca.pem")
    for who, cert in (("server", ca.issue_cert("127.0.0.1")), ("client", ca.issue_cert("client@example.org"))):
        cert.private_key_pem.write_to_path(to / f"{name}{who}.key")
        for part in cert.cert_chain_pems:
            part.write_to_path(to / f"{name}{who}.pem", append=True)
"""
    folder.mkdir()
    subprocess.run([STOCK / "python", "-c", code, folder], check=True)
    return folder


def there_is_a_stock_gateway():
    if not shutil.which("jupyter-enterprisegateway", path=STOCK):
        raise AssertionError(f"no stock gateway is in {STOCK}: run `bash etc/setup/python-tests.sh`")

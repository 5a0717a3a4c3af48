"""Runs jupyter_kernel_test with a kernel behind a Jupyter server, and prints one line of JSON for each test.

`SERVER`, `TOKEN`, `KERNELSPEC` and `LANGUAGE` (python or r) are in the environment.
"""

import json
import os
import queue
import threading
import unittest
import urllib.request

import websocket
from jupyter_client.client import KernelClient
from jupyter_client.jsonutil import json_default
from jupyter_kernel_test import KernelTests

SERVER = os.environ["SERVER"]
TOKEN = os.environ["TOKEN"]
# The suite waits a tenth of a second for an output; a busy machine may need longer.
LEAST = 20


def ask(method, path, body=None):
    request = urllib.request.Request(
        SERVER + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.loads(answer.read() or "null")


class Channel:
    """One channel of the websocket, with the methods of jupyter_client's channels."""

    def __init__(self, name, send):
        self.name, self.send_as, self.got = name, send, queue.Queue()

    def send(self, message):
        self.send_as(self.name, message)

    def get_msg(self, timeout=None):
        return self.got.get(timeout=LEAST if timeout is None else max(timeout, LEAST))

    def drained(self):
        while True:
            try:
                yield self.got.get(timeout=0.3)
            except queue.Empty:
                return


class Client(KernelClient):
    """jupyter_client's client with a websocket instead of its sockets."""

    def __init__(self, kernel_id):
        super().__init__()
        url = f"{SERVER.replace('http', 'ws', 1)}/api/kernels/{kernel_id}/channels"
        self.ws = websocket.create_connection(
            f"{url}?session_id={self.session.session}&token={TOKEN}", timeout=120, enable_multithread=True
        )
        self.ways = {name: Channel(name, self.put) for name in ("shell", "iopub", "stdin", "control")}
        threading.Thread(target=self.hear, daemon=True).start()

    def put(self, channel, message):
        self.ws.send(json.dumps({**message, "channel": channel, "buffers": []}, default=json_default))

    def hear(self):
        while True:
            try:
                message = json.loads(self.ws.recv())
            except Exception:  # closed: the awaited message does not come
                return
            self.ways[message["channel"]].got.put(message)

    def get_shell_msg(self, timeout=None):
        return self.shell_channel.get_msg(timeout)

    shell_channel = property(lambda self: self.ways["shell"])
    iopub_channel = property(lambda self: self.ways["iopub"])
    stdin_channel = property(lambda self: self.ways["stdin"])
    control_channel = property(lambda self: self.ways["control"])


class Through(KernelTests):
    kernel_name = os.environ["KERNELSPEC"]

    @classmethod
    def setUpClass(cls):
        cls.kernel_id = ask("POST", "/api/kernels", {"name": cls.kernel_name})["id"]
        cls.kc = Client(cls.kernel_id)
        cls.kc.kernel_info()
        cls.kc.get_shell_msg(timeout=60)

    @classmethod
    def tearDownClass(cls):
        cls.kc.ws.close()
        ask("DELETE", f"/api/kernels/{cls.kernel_id}")

    def flush_channels(self):
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            for _ in channel.drained():
                pass


class Python(Through):
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    completion_samples = [{"text": "zi", "matches": {"zip"}}]
    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples = ["import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('wrong')"
    code_execute_result = [{"code": "6*7", "result": "42"}, {"code": "1+2+3", "result": "6"}]
    code_display_data = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math('\\\\frac{1}{2}'))", "mime": "text/latex"},
    ]
    code_history_pattern = "1?2*"
    # A range of the current session has the number 0, as ipykernel's own tests expect.
    supported_history_operations = ("tail", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"


class R(Through):
    language_name = "R"
    file_extension = ".r"
    code_hello_world = "cat('hello, world\\n')"
    code_stderr = "message('test')"
    completion_samples = [{"text": "zip.def"}, {"text": "read.cs", "matches": {"read.csv", "read.csv2"}}]
    complete_code_samples = ["1", "print('hello, world')", "f <- function(x) {x*2}"]
    incomplete_code_samples = ["print('hello", "f <- function(x) {x"]
    invalid_code_samples = ["f <- function(x]"]
    code_page_something = "?cat"
    code_generate_error = "stop('wrong')"
    # R sends values as displayed data, not as results.
    code_display_data = [
        {"code": "6*7", "mime": "text/plain"},
        {"code": "IRdisplay::display_html('<b>test</b>')", "mime": "text/html"},
    ]
    code_inspect_sample = "cat"
    code_clear_output = "IRdisplay::clear_output()"


class Told(unittest.TestResult):
    """Prints each test once it is over."""

    def startTest(self, test):
        super().startTest(test)
        self.wrong, self.skipped_for = [], None

    def addError(self, test, error):
        self.wrong.append(self._exc_info_to_string(error, test))

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.wrong.append(self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        # The other parts run even if one part is skipped.
        if not hasattr(test, "test_case"):
            self.skipped_for = reason

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id().rpartition(".")[2]
        told = {"test": name, "wrong": "\n".join(self.wrong), "skipped": self.skipped_for}
        print(json.dumps(told), flush=True)


chosen = {"python": Python, "r": R}[os.environ["LANGUAGE"]]
unittest.defaultTestLoader.loadTestsFromTestCase(chosen).run(Told())

"""Records an engine's answers for the tests: `python3 record.py SOCKET FOLDER`.

A listed container in each state, the events of containers and a network, and the lines of a build.
"""

import http.client
import io
import json
import pathlib
import socket
import sys
import tarfile
import threading
import time

IMAGE = "orchest/gateway:0.1.0"
PYTHON = "/opt/venv/bin/python"
API = "/v1.41"
LABELS = {"recorded": "kernel"}


class Connection(http.client.HTTPConnection):
    """A connection to a socket of this machine."""

    def __init__(self, path):
        super().__init__("engine")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Recorder:
    def __init__(self, path):
        self.path = path

    def ask(self, method, path, body=None, kind="application/json"):
        connection = Connection(self.path)
        connection.request(method, API + path, body=body, headers={"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def create(self, name, code):
        asked = {"Image": IMAGE, "Entrypoint": [PYTHON, "-c", code], "Cmd": [], "Labels": LABELS}
        status, text = self.ask("POST", f"/containers/create?name={name}", json.dumps(asked))
        assert status == 201, text

    def states(self):
        """One listed container for each state and kind of status."""
        seen, ends = {}, threading.Event()
        only = "filters=" + json.dumps({"label": ["recorded=kernel"]}).replace(" ", "").replace('"', "%22")

        def look():
            while not ends.is_set():
                for container in json.loads(self.ask("GET", f"/containers/json?all=true&{only}")[1]):
                    kind = (container["State"], container["Status"].split(" ")[0])
                    seen.setdefault(kind, container)

        watcher = threading.Thread(target=look)
        watcher.start()
        for number in range(6):
            name = f"recorded-{number}"
            self.create(name, "import time; time.sleep(0.6); raise SystemExit(3)")
            time.sleep(0.1)
            self.ask("POST", f"/containers/{name}/start")
            time.sleep(0.3)
            if number == 1:
                self.ask("POST", f"/containers/{name}/pause")
                time.sleep(0.1)
                self.ask("POST", f"/containers/{name}/unpause")
            if number == 2:
                self.ask("POST", f"/containers/{name}/kill")
            if number == 3:
                self.ask("POST", f"/containers/{name}/restart?t=0")
            time.sleep(0.6)
            self.ask("DELETE", f"/containers/{name}?force=1")
        ends.set()
        watcher.join()
        return [seen[kind] for kind in sorted(seen)]

    def follow(self, lines):
        """Adds the events from now on, until the connection is closed."""
        connection = Connection(self.path)
        connection.request("GET", f"{API}/events?since={int(time.time())}")
        answer = connection.getresponse()

        def read():
            try:
                while line := answer.readline():
                    lines.append(json.loads(line))
            except (OSError, ValueError, AttributeError):
                pass

        threading.Thread(target=read, daemon=True).start()
        return connection

    def build(self):
        files = io.BytesIO()
        with tarfile.open(fileobj=files, mode="w") as archive:
            text = f'FROM {IMAGE}\nUSER 0\nENV RECORDED=1\nRUN ["{PYTHON}", "-c", "print(\'one\'); print(\'two\')"]\n'
            text += f'RUN ["{PYTHON}", "-c", "raise SystemExit(3)"]\n'
            info = tarfile.TarInfo("Dockerfile")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        return self.ask("POST", "/build?t=recorded&forcerm=1&nocache=1", files.getvalue(), "application/x-tar")[1]


def main():
    recorder, folder = Recorder(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    heard = []
    recorder.follow(heard)
    states = recorder.states()
    recorder.ask("POST", "/networks/create", json.dumps({"Name": "recorded", "Labels": LABELS}))
    recorder.ask("DELETE", "/networks/recorded")
    lines = recorder.build()
    time.sleep(1)
    kinds = {}
    for event in heard:
        # The first of a kind is of a container here, the later ones of the build.
        kinds.setdefault((event.get("Type"), event.get("Action", "").split(":")[0]), event)
    events = list(kinds.values())
    for name, items in (("containers", states), ("events", events)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "build.jsonl").write_text(lines if lines.endswith("\n") else lines + "\n")


main()

"""The kernels' launcher: the first process of a kernel's container. Here it runs without a container."""

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import orchest_kernel as launcher
import pytest
from enterprise_gateway.services.processproxies.processproxy import ResponseManager

from fakes import Log
from orchest_gateway.reports import reports
from orchest_gateway.reports.reports import Reports

# A kernel that listens on the sockets of its connection file, prints its environment, and waits for a file.
KERNEL = """
import json, os, socket, sys, time
found = json.load(open(sys.argv[1]))
sockets = []
for port in range(1, 6):
    sockets.append(socket.socket(socket.AF_UNIX))
    sockets[-1].bind(f"{found['ip']}-{port}")
print(json.dumps({"env": dict(os.environ), "session": os.getsid(0) == os.getpid()}), flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.02)
sys.exit(3)
"""

# A kernel with a child; both report an interrupt.
INTERRUPTED = """
import os, sys, time
who = "kernel" if (child := os.fork()) else "child"
try:
    open(f"{sys.argv[1]}/{who} is ready", "w").close()
    while True:
        time.sleep(0.05)
except KeyboardInterrupt:
    if who == "kernel":
        os.waitpid(child, 0)
    with open(f"{sys.argv[1]}/heard", "a") as file:
        file.write(who + " ")
    os._exit(5)
"""


def launched(words, **env):
    known = {"PATH": os.environ["PATH"], "KERNEL_ID": "k", **env}
    command = [sys.executable, "-I", "-B", launcher.__file__, *words]
    return subprocess.Popen(command, env=known, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def folder_that_listens(tmp_path):
    """A gateway that reads and does not answer."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "gateway"))
    listening.listen()
    threading.Thread(target=lambda: (listening.accept()[0].recv(65536), time.sleep(30)), daemon=True).start()
    return tmp_path


def test_channels_in_a_folder_are_sockets_and_the_key_is_random():
    one, other = launcher.connection("/run/a"), launcher.connection("/run/a")
    assert (one["transport"], one["ip"], one["shell_port"], one["hb_port"]) == ("ipc", "/run/a/kernel", 1, 5)
    assert len(one["key"]) == 64 and one["key"] != other["key"]


def test_channels_without_a_folder_are_free_ports():
    found = launcher.connection()
    assert found["transport"] == "tcp" and len({found[name] for name in launcher.CHANNELS}) == 5


def test_only_the_owner_can_read_a_connection_file(monkeypatch, tmp_path):
    monkeypatch.setenv("KERNEL_ID", "k")
    monkeypatch.setattr(launcher.tempfile, "tempdir", str(tmp_path))
    path = launcher.written({"key": "secret"})
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == {"key": "secret"}


@pytest.mark.parametrize(
    ("end", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -SEGV $$", 139)]
)
def test_the_container_ends_with_the_kernels_exit_code(end, code, tmp_path):
    process = launched(["sh", "-c", end], KERNEL_CHANNELS=str(folder_that_listens(tmp_path)))
    assert process.wait(30) == code


def test_a_command_that_fails_to_run_is_reported(tmp_path):
    process = launched(["no-such-kernel"], KERNEL_CHANNELS=str(folder_that_listens(tmp_path)))
    _, said = process.communicate(timeout=30)
    assert said.strip() == "The kernel's command `no-such-kernel` cannot be run: No such file or directory"


def test_a_kernel_reports_through_its_folder_and_ends_with_its_code(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "FOLDER", str(tmp_path))
    script, end = tmp_path / "kernel.py", tmp_path / "end"
    script.write_text(KERNEL)

    async def run():
        report = Reports("k", "127.0.0.1", None, None, Log())
        place = await report.listen()
        command = [sys.executable, str(script), "{connection_file}", str(end)]
        process = launched(command, KERNEL_CHANNELS=place, PUBLIC_KEY="p", RESPONSE_ADDRESS="r", MODE="of the kernel")
        await asyncio.wait({report.opened}, timeout=20)
        assert report.opened.result() is None and len(report.told.result()["key"]) == 64
        # The gateway may run as another user.
        assert all(os.stat(f"{place}/kernel-{port}").st_mode & 0o777 == 0o666 for port in range(1, 6))
        end.touch()
        out, _ = await asyncio.to_thread(process.communicate, timeout=20)
        report.forget()
        return json.loads(out), process.returncode

    told, code = asyncio.run(run())
    assert code == 3 and told["session"]
    assert told["env"]["MODE"] == "of the kernel"
    assert not {"KERNEL_CHANNELS", "PUBLIC_KEY", "RESPONSE_ADDRESS"} & {*told["env"]}


def passes_signals_on(pid):
    """Whether a process has a handler for SIGINT."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        caught = next(line.split()[1] for line in file if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


def test_a_signal_reaches_the_kernel_and_its_children(tmp_path):
    script = tmp_path / "kernel.py"
    script.write_text(INTERRUPTED)
    process = launched([sys.executable, str(script), str(tmp_path)], KERNEL_CHANNELS=str(folder_that_listens(tmp_path)))
    ready = [tmp_path / f"{who} is ready" for who in ("kernel", "child")]
    deadline = time.monotonic() + 30
    while not (all(path.exists() for path in ready) and passes_signals_on(process.pid)):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 5
    assert sorted((tmp_path / "heard").read_text().split()) == ["child", "kernel"]


def test_enterprise_gateway_reads_a_report_encrypted_with_its_key(monkeypatch):
    monkeypatch.setattr(ResponseManager, "_start_response_manager", lambda self: None)
    manager = ResponseManager()
    sealed = launcher.sealed(json.dumps({"kernel_id": "k", "key": "secret"}), manager.public_key)
    read = manager._decode_payload(base64.b64encode(json.dumps(sealed).encode()).decode())
    assert (read["kernel_id"], read["key"]) == ("k", "secret")
    assert "secret" not in json.dumps(sealed)


def test_a_report_by_a_port_reaches_the_gateway(monkeypatch, tmp_path):
    monkeypatch.setattr(ResponseManager, "_start_response_manager", lambda self: None)
    monkeypatch.setattr(reports, "FOLDER", str(tmp_path / "missing"))
    monkeypatch.setenv("KERNEL_ID", "k")
    manager = ResponseManager()

    async def address():
        return "127.0.0.1"

    async def run():
        report = Reports("k", "127.0.0.1", manager._decode_payload, address, Log())
        assert await report.listen() is None
        found = launcher.connection()
        await asyncio.to_thread(launcher.report, found, report.response_address, manager.public_key)
        await asyncio.wait({report.told}, timeout=10)
        told = report.told.result()
        report.forget()
        assert {name: told[name] for name in launcher.CHANNELS} == {name: found[name] for name in launcher.CHANNELS}
        assert told["key"] == found["key"] and told["transport"] == "tcp"

    asyncio.run(run())

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest

from fakes import Log
from orchest_gateway.reports import reports
from orchest_gateway.reports.report import CHANNELS, Wrong, checked
from orchest_gateway.reports.reports import LONGEST, Reports

REPORT = {"kernel_id": "k", "key": "secret", "signature_scheme": "hmac-sha256", **dict.fromkeys(CHANNELS, 5000)}


def test_a_report_gives_only_known_fields():
    found = checked({**REPORT, "ip": "10.0.0.1", "pid": 7, "shell_port": "5001"}, "k")
    ports = dict.fromkeys(CHANNELS, 5000) | {"shell_port": 5001}
    assert found == {"transport": "tcp", "key": "secret", "signature_scheme": "hmac-sha256", **ports}


def test_a_launcher_reports_its_port_for_signals():
    assert checked({**REPORT, "comm_port": 6000}, "k")["comm_port"] == 6000


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"kernel_id": "other"}, "another kernel's"),
        ({"key": ""}, "no key"),
        ({"key": 1}, "no key"),
        ({"key": None}, "no key"),
        ({"signature_scheme": "md5"}, "unknown kind"),
        ({"signature_scheme": "hmac-none"}, "unknown kind"),
        ({"signature_scheme": 1}, "unknown kind"),
        ({"shell_port": 0}, "`shell_port` is no port"),
        ({"shell_port": 65536}, "`shell_port` is no port"),
        ({"control_port": -1}, "`control_port` is no port"),
        ({"iopub_port": "none"}, "`iopub_port` is no number"),
        ({"hb_port": None}, "`hb_port` is no number"),
        ({"comm_port": 99999}, "`comm_port` is no port"),
    ],
)
def test_a_wrong_report_has_a_reason(change, wrong):
    with pytest.raises(Wrong, match=wrong):
        checked({**REPORT, **change}, "k")


@pytest.mark.parametrize("told", [None, [], "text", 1, {}])
def test_a_report_must_be_an_object_of_this_kernel(told):
    with pytest.raises(Wrong):
        checked(told, "k")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "FOLDER", str(tmp_path))
    return tmp_path


async def own_address():
    return "127.0.0.1"


async def other_address():
    return "127.0.0.9"


def started(address=own_address, decode=json.loads):
    return Reports("k", "127.0.0.1", decode, address, Log())


async def said(path, *lines):
    reader, writer = await asyncio.open_unix_connection(path)
    for line in lines:
        writer.write(line)
        await writer.drain()
    return writer


def listening(folder):
    """The kernel's sockets."""
    sockets = []
    for port in range(1, 6):
        sockets.append(socket.socket(socket.AF_UNIX))
        sockets[-1].bind(f"{folder}/kernel-{port}")
    return sockets


async def done(*waiting):
    await asyncio.wait(waiting, timeout=5)


def test_a_kernel_reports_its_key_in_its_folder_and_is_ready_once_its_sockets_exist(folder):
    async def run():
        report = started()
        place = await report.listen()
        writer = await said(f"{place}/gateway", b'{"key": "secret"}\n')
        await done(report.told)
        assert report.told.result()["key"] == "secret" and not report.opened.done()
        sockets = listening(place)
        writer.write(b"open\n")
        await done(report.opened)
        assert report.opened.result() is None
        told = report.told.result()
        # The gateway connects to the sockets themselves.
        for port, bound in enumerate(sockets, 1):
            assert told["transport"] == "ipc" and told[CHANNELS[port - 1]] == port
            assert os.stat(f"{told['ip']}-{port}").st_ino == os.stat(bound.getsockname()).st_ino
            bound.close()
        report.forget()

    asyncio.run(run())


def test_a_folder_has_a_random_name_and_no_other_user_can_list_it(folder):
    async def run():
        one, other = started(), started()
        places = [await one.listen(), await other.listen()]
        assert len({*places}) == 2 and all(len(Path(place).name) == 32 for place in places)
        assert os.stat(places[0]).st_mode & 0o777 == 0o733
        one.forget()
        other.forget()
        return places

    # The end of the loop waits for the threads that remove the folders.
    assert not any(os.path.exists(place) for place in asyncio.run(run()))


def test_only_the_first_connection_to_the_folder_is_read(folder):
    async def run():
        report = started()
        place = await report.listen()
        first = await said(f"{place}/gateway", b'{"key": "first"}\n')
        await done(report.told)
        with pytest.raises(OSError):
            await said(f"{place}/gateway", b'{"key": "second"}\n')
        assert report.told.result()["key"] == "first"
        first.close()
        report.forget()

    asyncio.run(run())


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"key": ""}\n', b'{"key": 1}\n', b"\xff\n"])
def test_a_line_without_a_key_fails_the_start(folder, line):
    async def run():
        report = started()
        writer = await said(f"{await report.listen()}/gateway", line)
        await done(report.told)
        with pytest.raises(Wrong):
            report.told.result()
        writer.close()
        report.forget()

    asyncio.run(run())


def test_a_link_in_place_of_a_socket_is_refused(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    engine = socket.socket(socket.AF_UNIX)
    engine.bind(f"{elsewhere}/engine.sock")

    async def run():
        report = started()
        place = await report.listen()
        os.symlink(f"{elsewhere}/engine.sock", f"{place}/kernel-1")
        await said(f"{place}/gateway", b'{"key": "secret"}\n', b"open\n")
        await done(report.opened)
        with pytest.raises(Wrong, match="its channel 1 is no socket"):
            report.opened.result()
        report.forget()

    asyncio.run(run())
    engine.close()


def test_the_gateway_keeps_a_socket_that_is_replaced_later(folder):
    async def run():
        report = started()
        place = await report.listen()
        sockets = listening(place)
        await said(f"{place}/gateway", b'{"key": "secret"}\n', b"open\n")
        await done(report.opened)
        link = f"{report.told.result()['ip']}-1"
        before = os.stat(link).st_ino
        os.remove(f"{place}/kernel-1")
        os.symlink("/dev/null", f"{place}/kernel-1")
        assert os.stat(link).st_ino == before
        for bound in sockets:
            bound.close()
        report.forget()

    asyncio.run(run())


async def reported(report, data):
    host, port = report.response_address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    writer.write_eof()
    await done(asyncio.ensure_future(reader.read()))
    writer.close()


def test_a_report_to_the_port_is_read(folder):
    async def run():
        report = started()
        await report.listen()
        await reported(report, json.dumps(REPORT).encode())
        await done(report.told)
        assert report.told.result()["transport"] == "tcp" and report.opened.done()
        report.forget()

    asyncio.run(run())


def test_a_report_from_another_address_is_not_read_and_is_logged_once(folder):
    async def run():
        report = started(other_address)
        await report.listen()
        for _ in range(2):
            await reported(report, json.dumps(REPORT).encode())
        assert not report.told.done()
        assert report.log.lines == ["WARNING: Kernel k: 127.0.0.1, which is not its container, wanted to report for it"]
        report.forget()

    asyncio.run(run())


def test_an_endless_report_is_not_read(folder):
    async def run():
        report = started()
        await report.listen()
        host, port = report.response_address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with pytest.raises(OSError):
            for _ in range(100):
                writer.write(bytes(LONGEST))
                await writer.drain()
        assert f"a report of more than {LONGEST} bytes was not read" in report.log
        assert not report.told.done()
        writer.close()
        report.forget()

    asyncio.run(run())


def test_nonsense_leaves_the_port_open_and_a_wrong_report_fails_the_start(folder):
    async def run():
        report = started()
        await report.listen()
        await reported(report, b"nonsense")
        assert not report.told.done() and "its report cannot be read" in report.log
        await reported(report, json.dumps({**REPORT, "key": ""}).encode())
        await done(report.told)
        with pytest.raises(Wrong, match="it has no key"):
            report.told.result()
        report.forget()

    asyncio.run(run())


def test_the_port_is_closed_once_the_start_is_over(folder):
    async def run():
        report = started()
        await report.listen()
        report.stop_listening()
        with pytest.raises(OSError):
            await reported(report, b"")
        report.forget()

    asyncio.run(run())


def test_without_the_volume_there_is_a_port_and_no_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(reports, "FOLDER", str(tmp_path / "missing"))

    async def run():
        report = started()
        assert await report.listen() is None
        await reported(report, json.dumps(REPORT).encode())
        await done(report.told)
        assert report.told.result()["key"] == "secret"
        report.forget()

    asyncio.run(run())

"""An image that is missing: the window is asked for it, over an engine that the test plays."""

import asyncio
import json
from urllib.parse import unquote

import pytest

from fakes import Log
from orchest_gateway import engine_async
from orchest_gateway.kernels import any_image, failures, images

IMAGE, LABELS = "orchest/kernel-r:1", {"org.orchest.launch": "l", "org.orchest.owner": "ada@engine"}


class Engine:
    """The part of an engine that requests need: images, containers that are created, renamed and removed, events."""

    def __init__(self):
        self.images, self.containers, self.made, self.events, self.last = set(), {}, [], [], 0
        # What happens to a request that was made: a window, or nobody.
        self.window = None
        # What it says of an image.
        self.config = {}

    def tell(self, action, container, **about):
        about = {"name": self.containers.get(container, {}).get("Names", [""])[0], **about}
        event = {"Action": action, "Actor": {"ID": container, "Attributes": about}}
        for events in self.events:
            events.write(json.dumps(event).encode() + b"\n")

    def create(self, name, wanted):
        self.last += 1
        container = f"c{self.last}"
        self.containers[container] = {"Id": container, "Names": [name], "Created": 0, "Labels": wanted["Labels"]}
        if self.window:
            asyncio.ensure_future(self.window(self, container))
        return container

    def rename(self, container, end):
        base = self.containers[container]["Names"][0].partition("-taken")[0]
        self.containers[container]["Names"] = [base + end]
        self.tell("rename", container, name=base + end)

    def remove(self, container):
        if self.containers.pop(container, None):
            self.tell("destroy", container)

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n")[0].split()
        if path.startswith("/events"):
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
            self.events.append(writer)
            return
        length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("Content-Length"))
        body = await reader.readexactly(length)
        status, answer = self.of(method, path, json.loads(body or "null"))
        writer.write(f"HTTP/1.0 {status} -\r\n\r\n{json.dumps(answer)}".encode())
        writer.close()

    def of(self, method, path, body):
        if path.startswith("/images/"):
            here = any(image in unquote(path) for image in self.images)
            return (200, self.config) if here else (404, {"message": "no such image"})
        if path.startswith("/containers/create"):
            self.made.append((path.partition("name=")[2], body))
            return 201, {"Id": self.create(self.made[-1][0], body)}
        if method == "DELETE":
            self.remove(path.split("/")[2].partition("?")[0])
            return 204, None
        if path.endswith("/json"):
            found = self.containers.get(path.split("/")[2])
            return (200, {"Name": "/" + found["Names"][0]}) if found else (404, {"message": "no such container"})
        if "%3Dgateway" in path:
            return 200, [{"ImageID": "sha256:gateway"}]
        return 200, [{**one, "Names": ["/" + one["Names"][0]]} for one in self.containers.values()]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(images, "TAKEN_WITHIN", 0.2)
    monkeypatch.setattr(images, "SILENT_FOR", 0.3)
    monkeypatch.setattr(images, "LAUNCH", "l")
    monkeypatch.setattr(images, "KERNEL", {"labels": LABELS})


@pytest.fixture
def at(tmp_path, monkeypatch, quick):
    monkeypatch.setattr(engine_async, "SOCKET", str(tmp_path / "engine.sock"))
    return str(tmp_path / "engine.sock")


def run(at, engine, work):
    async def all_of_it():
        server = await asyncio.start_unix_server(engine.answer, at)
        try:
            return await work()
        finally:
            server.close()

    return asyncio.run(all_of_it())


def brought(within=5, language=""):
    return images.bring(IMAGE, "r_docker", within, Log(), language)


def refused(at, engine, within=5):
    with pytest.raises(failures.NotStarted) as caught:
        run(at, engine, lambda: brought(within))
    assert not images.Request.open or within < 5
    return caught.value.get_message()


async def prepares(engine, container):
    for end in ("-taken-0", "-taken-1-3-of-9-steps"):
        engine.rename(container, end)
        await asyncio.sleep(0.2)
    engine.images.add(IMAGE)
    engine.remove(container)


def test_an_image_that_is_here_is_not_asked_for(at):
    engine = Engine()
    engine.images.add(IMAGE)
    run(at, engine, brought)
    assert engine.made == []


def test_the_page_waits_until_the_window_has_prepared_the_image(at):
    engine = Engine()
    engine.window = prepares
    run(at, engine, brought)
    [(name, wanted)] = engine.made
    assert name.startswith("orchest-l-image-")
    assert wanted["Image"] == "sha256:gateway"
    assert wanted["Labels"] == {
        **LABELS,
        "org.orchest.role": "image-request",
        "org.orchest.image": IMAGE,
        "org.orchest.kernelspec": "r_docker",
    }
    # It has nothing of the launch, and it is never started.
    assert wanted["HostConfig"] == {
        "NetworkMode": "none",
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
    }
    assert engine.containers == {} and images.Request.open == {}


def test_two_pages_at_once_make_one_request(at):
    engine = Engine()
    engine.window = prepares
    run(at, engine, lambda: asyncio.gather(brought(), brought()))
    assert len(engine.made) == 1


def test_without_a_window_the_command_is_named_and_no_request_stays(at):
    engine = Engine()
    assert refused(at, engine) == (
        "The image `orchest/kernel-r:1` of the kernelspec `r_docker` is not on this machine.\n"
        "hint: run `orchest images --prepare r_docker` in a terminal, and start the kernel again. While the window of"
        " Orchest is open, it prepares missing images by itself."
    )
    assert engine.containers == {} and len(engine.made) == 1


def test_a_gateway_without_a_launch_asks_nobody(at, monkeypatch):
    monkeypatch.setattr(images, "LAUNCH", None)
    engine = Engine()
    assert "`orchest images --prepare r_docker`" in refused(at, engine)
    assert engine.made == []


def test_an_image_that_cannot_be_prepared_is_said(at):
    async def fails(engine, container):
        engine.rename(container, "-taken-0")
        engine.rename(container, "-failed")
        engine.remove(container)

    engine = Engine()
    engine.window = fails
    text = refused(at, engine)
    assert "is not on this machine and could not be prepared.\nhint: the window of Orchest shows the reason" in text
    assert "`orchest images --prepare r_docker`" in text


def test_preparing_that_was_stopped_is_said(at):
    async def is_cancelled(engine, container):
        engine.rename(container, "-taken-0")
        engine.remove(container)

    engine = Engine()
    engine.window = is_cancelled
    assert "preparing it was stopped before it was done.\nhint: start the kernel again" in refused(at, engine)


def test_a_start_that_took_too_long_says_how_far_the_image_is_and_the_next_one_goes_on_with_it(at):
    async def is_slow(engine, container):
        for beat in range(5):
            engine.rename(container, f"-taken-{beat}-{beat}-of-9-steps")
            await asyncio.sleep(0.2)
        engine.images.add(IMAGE)
        engine.remove(container)

    engine = Engine()
    engine.window = is_slow

    async def twice():
        with pytest.raises(failures.NotStarted) as caught:
            await brought(within=0.5)
        await brought()
        return caught.value.get_message()

    assert run(at, engine, twice) == (
        "The image `orchest/kernel-r:1` of the kernelspec `r_docker` is being prepared:"
        " 0 s so far, 2 of 9 steps done.\n"
        "hint: start the kernel again in a few minutes. The window of Orchest shows the progress."
    )
    assert len(engine.made) == 1


def test_a_request_of_an_earlier_gateway_is_gone_on_with(at):
    async def goes_on(engine, container):
        await asyncio.sleep(0.1)
        await prepares(engine, container)

    engine = Engine()

    async def work():
        engine.window = goes_on
        engine.create("orchest-l-image-x-taken-7-41-of-120-mb", {"Labels": {}})
        engine.window = None
        await brought()

    run(at, engine, work)
    assert engine.made == []


def test_a_window_that_died_is_followed_by_another_request_and_then_by_the_command(at):
    async def dies(engine, container):
        engine.rename(container, "-taken-0")
        engine.window = None

    engine = Engine()
    engine.window = dies
    assert "hint: run `orchest images --prepare r_docker`" in refused(at, engine)
    assert len(engine.made) == 2 and engine.containers == {}


def test_another_window_takes_what_a_dead_one_left(at):
    engine = Engine()

    async def work():
        engine.create("orchest-l-image-x-taken-7", {"Labels": {}})
        engine.window = prepares
        await brought()

    run(at, engine, work)
    assert len(engine.made) == 1 and engine.containers == {}


def test_what_the_engine_does_not_report_is_seen_on_it(at, monkeypatch):
    engine = Engine()
    engine.window = prepares
    monkeypatch.setattr(engine, "tell", lambda *_, **__: None)
    run(at, engine, brought)
    assert len(engine.made) == 1 and engine.containers == {}


def test_an_engine_that_does_not_make_the_request_leaves_the_command(at, monkeypatch):
    engine = Engine()
    of = engine.of
    refuses = (500, {"message": "no space left"})
    monkeypatch.setattr(engine, "of", lambda *asked: refuses if "create" in asked[1] else of(*asked))
    assert "hint: run `orchest images --prepare r_docker`" in refused(at, engine)


def test_an_engine_that_is_away_is_left_to_the_kernels_start(at):
    log = Log()
    asyncio.run(images.bring(IMAGE, "r_docker", 5, log))
    assert "The engine did not tell whether it has the image" in log


@pytest.mark.parametrize(
    ("name", "taken", "progress"),
    [
        ("orchest-l-image-1a", False, None),
        ("orchest-l-image-1a-taken-0", True, None),
        ("orchest-l-image-1a-taken-12-3-of-9-steps", True, (3, 9, "steps")),
        ("orchest-l-image-1a-taken-2-41-of-120-mb", True, (41, 120, "mb")),
        ("orchest-l-image-1a-taken-x", False, None),
    ],
)
def test_the_mark_of_a_request_is_read(name, taken, progress):
    request = images.Request.__new__(images.Request)
    request.taken, request.progress = False, None
    request.read(name)
    assert (request.taken, request.progress) == (taken, progress)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (61.2, "1 min 1 s"), (720, "12 min 0 s")])
def test_a_duration_is_written_as_people_say_it(seconds, text):
    assert failures.lasting(seconds) == text


@pytest.mark.parametrize(
    ("config", "language", "asked"),
    [
        ({"Cmd": ["python3"]}, "python", True),
        ({"Cmd": ["R"]}, "r", True),
        ({"Cmd": ["/usr/local/bin/bootstrap-kernel.sh"]}, "r", False),
        ({"Cmd": ["python3"]}, "scala", False),
        ({"Cmd": ["/usr/local/bin/bootstrap-kernel.sh"]}, "python", False),
        ({"Cmd": ["sleep"], "Labels": {"org.orchest.context": "1"}}, "python", False),
    ],
)
def test_the_window_is_asked_for_an_image_in_which_nobody_knows_how_a_kernel_starts(at, config, language, asked):
    engine = Engine()
    engine.images.add(IMAGE)
    engine.config = {"Id": "sha256:1", "Config": config}
    if asked:
        with pytest.raises(failures.NotStarted, match="has not looked yet how one starts there"):
            run(at, engine, lambda: brought(language=language))
    else:
        run(at, engine, lambda: brought(language=language))
    assert bool(engine.made) == asked


def test_an_image_in_which_the_app_has_found_python_is_not_asked_for(at, monkeypatch, tmp_path):
    notes = tmp_path / "images.json"
    notes.write_text(json.dumps({"sha256:1": {}, "sha256:1 R": {}}))
    monkeypatch.setattr(any_image, "NOTES", str(notes))
    engine = Engine()
    engine.images.add(IMAGE)
    engine.config = {"Id": "sha256:1", "Config": {"Cmd": ["python3"]}}
    run(at, engine, lambda: brought(language="python"))
    run(at, engine, lambda: brought(language="r"))
    assert engine.made == []

"""The script that starts a kernel's container: its requests to the engine, and its messages about failures."""

import io
import json

import launch_docker as script
import pytest

from fakes import engine

WORDS = ["script", "--kernel-id", "k", "--response-address", "10.0.0.2:5000", "--public-key", "key"]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name, value in {"KERNEL_IMAGE": "image", "ORCHEST_KERNELSPEC": "mine", "EG_DOCKER_NETWORK": "net"}.items():
        monkeypatch.setenv(name, value)
    for name in ("ORCHEST_KERNELSPEC_ENV", "ORCHEST_KERNELSPEC_RESOURCES", "KERNEL_WORKING_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(script.sys, "argv", WORDS)


def container(config=None, image=None):
    return script.container(script.arguments(), config or {}, image or {})


def env_of(wanted):
    return dict(entry.split("=", 1) for entry in wanted["Env"])


@pytest.mark.parametrize("prefix", ["--", "--RemoteProcessProxy."])
def test_both_spellings_of_arguments_are_read(monkeypatch, prefix):
    monkeypatch.setattr(script.sys, "argv", [word.replace("--", prefix) for word in WORDS] + ["--unknown", "x"])
    found = script.arguments()
    assert (found.kernel_id, found.response_address, found.public_key) == ("k", "10.0.0.2:5000", "key")


def test_a_missing_argument_is_named(monkeypatch):
    monkeypatch.setattr(script.sys, "argv", WORDS[:-2])
    with pytest.raises(script.Failure, match="The kernelspec's argv lacks --public-key"):
        script.arguments()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, "/notebooks"),
        ("", "/notebooks"),
        ("/notebooks", "/notebooks"),
        ("/notebooks/a/b", "/notebooks/a/b"),
        ("/notebooks/a/../b", "/notebooks/b"),
        ("/notebooks/../etc", "/notebooks"),
        ("/notebooks-other", "/notebooks"),
        ("/etc", "/notebooks"),
        ("a", "/notebooks"),
    ],
)
def test_a_kernel_works_only_in_the_pipelines_folder(asked, found):
    assert script.working_dir("/notebooks", asked) == found


def test_a_container_has_only_the_rights_of_the_launch():
    wanted = container()
    host = wanted["HostConfig"]
    assert (host["CapDrop"], host["SecurityOpt"], host["Mounts"]) == (["ALL"], ["no-new-privileges"], [])
    assert (wanted["User"], host["NetworkMode"], host["AutoRemove"]) == ("1000:1000", "net", True)
    assert "Entrypoint" not in wanted and "Cmd" not in wanted and "LogConfig" not in host


def test_the_launchs_decisions_are_in_the_containers_description():
    config = {
        "user": "1234:1234",
        "mounts": [{"Type": "bind", "Source": "/a", "Target": "/notebooks"}],
        "binds": ["/b, c:/d"],
        "security_opt": ["no-new-privileges", "seccomp={}"],
        "group_add": ["7"],
        "userns_mode": "host",
        "memory": 1 << 30,
        "nano_cpus": 500_000_000,
        "shm": 1 << 20,
        "processes": 100,
        "log": {"max-file": "2"},
        "labels": {"org.orchest.launch": "l"},
        "home": "/home/orchest",
        "env": {"TZ": "Europe/Berlin"},
    }
    wanted = container(config)
    host = wanted["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["ShmSize"], host["PidsLimit"]) == (
        1 << 30,
        500_000_000,
        1 << 20,
        100,
    )
    assert (host["Mounts"], host["GroupAdd"], host["SecurityOpt"]) == (config["mounts"], ["7"], config["security_opt"])
    assert host["Binds"] == config["binds"]
    assert (host["UsernsMode"], wanted["StopTimeout"]) == ("host", 0)
    assert host["LogConfig"] == {"Type": "", "Config": {"max-file": "2"}}
    assert (wanted["User"], env_of(wanted)["TZ"], env_of(wanted)["HOME"]) == (
        "1234:1234",
        "Europe/Berlin",
        "/home/orchest",
    )
    assert wanted["Labels"] == {
        "org.orchest.launch": "l",
        "kernel_id": "k",
        "org.orchest.role": "kernel",
        "org.orchest.kernelspec": "mine",
        "org.orchest.hidden": "",
        "org.orchest.memory": str(1 << 30),
    }


MB = 1 << 20


def asks(monkeypatch, resources):
    monkeypatch.setenv("ORCHEST_KERNELSPEC_RESOURCES", json.dumps(resources))


@pytest.mark.parametrize(
    ("own", "of_launch", "memory", "cpus", "shm"),
    [
        ({}, {}, 0, 0, 0),
        ({}, {"memory": 512 * MB, "nano_cpus": 10**9, "shm": 64 * MB}, 512 * MB, 10**9, 64 * MB),
        ({"memory_mb": 256, "cpus": 0.5, "shm_mb": 32}, {}, 256 * MB, 5 * 10**8, 32 * MB),
        (
            {"memory_mb": 256, "cpus": 0.5, "shm_mb": 32},
            {"memory": 512 * MB, "nano_cpus": 10**9, "shm": 64 * MB},
            256 * MB,
            5 * 10**8,
            32 * MB,
        ),
        (
            {"memory_mb": 1024, "cpus": 4, "shm_mb": 128},
            {"memory": 512 * MB, "nano_cpus": 10**9, "shm": 64 * MB},
            512 * MB,
            10**9,
            64 * MB,
        ),
        # The engine keeps none of these, or refuses them.
        ({"memory_mb": 256, "cpus": 2, "shm_mb": 32}, {"unkept": ["memory", "cpus"]}, 0, 0, 32 * MB),
        ({"memory_mb": 256, "cpus": 2}, {"unkept": ["cpus"]}, 256 * MB, 0, 256 * MB),
        # Shared memory is a part of the memory.
        ({"memory_mb": 256}, {"shm": 4096 * MB}, 256 * MB, 0, 256 * MB),
    ],
)
def test_a_kernelspecs_limits_apply_and_are_never_above_the_launchs(monkeypatch, own, of_launch, memory, cpus, shm):
    asks(monkeypatch, {"limits": own})
    wanted = container(of_launch)
    host = wanted["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["ShmSize"]) == (memory, cpus, shm)
    assert wanted["Labels"].get("org.orchest.memory") == (str(memory) if memory else None)


@pytest.mark.parametrize(("asked", "count"), [("all", -1), (1, 1), (2, 2)])
def test_gpus_are_requested_as_the_docker_cli_does(monkeypatch, asked, count):
    asks(monkeypatch, {"gpus": asked})
    requests = container()["HostConfig"]["DeviceRequests"]
    assert requests == [{"Driver": "", "Count": count, "Capabilities": [["gpu"]]}]


def test_a_kernelspec_without_gpus_requests_no_device(monkeypatch):
    assert "DeviceRequests" not in container()["HostConfig"]
    asks(monkeypatch, {"limits": {"cpus": 1}, "gpus": None, "later": {}})
    assert "DeviceRequests" not in container()["HostConfig"]


def test_a_kernelspecs_env_is_expanded_and_cannot_change_the_address_of_reports(monkeypatch):
    own = {"PATH": "/mine:${PATH}", "MODE": "${UNKNOWN}", "RESPONSE_ADDRESS": "evil:1", "KERNEL_ID": "other"}
    monkeypatch.setenv("ORCHEST_KERNELSPEC_ENV", json.dumps(own))
    wanted = container(image={"Env": ["PATH=/usr/bin"]})
    env = env_of(wanted)
    assert (env["PATH"], env["MODE"]) == ("/mine:/usr/bin", "${UNKNOWN}")
    assert (env["RESPONSE_ADDRESS"], env["KERNEL_ID"]) == ("10.0.0.2:5000", "k")
    assert wanted["Labels"]["org.orchest.hidden"] == "PATH MODE RESPONSE_ADDRESS KERNEL_ID"


def test_a_kernelspecs_own_mounts_come_after_those_of_the_launch(monkeypatch):
    own = {"Type": "volume", "Source": "store", "Target": "/environment", "ReadOnly": True}
    before = container()["HostConfig"]["Mounts"]
    monkeypatch.setenv("ORCHEST_KERNELSPEC_MOUNTS", json.dumps([own]))
    assert container()["HostConfig"]["Mounts"] == [*before, own]


def test_umask_and_locale_are_set_before_the_images_own_command():
    image = {"Entrypoint": ["/run"], "Cmd": ["kernel"]}
    config = {"umask": "0027", "locale": {"LANG": "de_DE.UTF-8", "LC_TIME": "ca_ES.UTF-8@valencia"}}
    found = script.command(image, config, {"LC_TIME": "C"})
    assert found["Cmd"] == ["/run", "kernel"]
    assert found["Entrypoint"] == [
        "/bin/sh",
        "-c",
        script.AS_THE_PERSON,
        "sh",
        "0027",
        "LANG=de_DE.UTF-8",
        "de_DE.utf8",
        "--",
    ]
    assert (
        script.command(image, {"locale": {"LC_TIME": "ca_ES.UTF-8@valencia"}}, {})["Entrypoint"][-2]
        == "ca_ES.utf8@valencia"
    )


def test_an_image_with_the_engines_umask_and_locale_runs_unchanged():
    assert script.command({"Cmd": ["kernel"]}, {"umask": "0022"}, {}) == {}
    assert script.command({}, {"umask": "0027"}, {}) == {}


def frame(text):
    return b"\x01\0\0\0" + len(text).to_bytes(4, "big") + text


def test_the_last_lines_of_output_are_kept():
    assert script.tail(io.BytesIO(frame(b"one\ntwo") + frame(b" more\n"))) == ["one", "two more"]
    assert script.tail(io.BytesIO(b"".join(frame(b"%d\n" % n) for n in range(100)))) == [str(n) for n in range(70, 100)]
    assert script.tail(io.BytesIO(frame(b"x" * 100_000 + b"\n")))[0] == "x" * 63_999
    assert script.tail(io.BytesIO(b"\x01\0\0")) == []


def test_values_of_the_kernelspecs_env_and_passwords_in_addresses_are_hidden(monkeypatch):
    monkeypatch.setenv(
        "ORCHEST_KERNELSPEC_ENV", json.dumps({"PASSWORD": "hunter2", "PLACE": "${HOME}/x", "MODE": "on"})
    )
    wanted = container({"home": "/home/orchest"})
    said = "PASSWORD=hunter2 hunter2 PLACE=/home/orchest/x ${HOME}/x MODE=on on http://me:word@proxy:1/"
    assert script.hidden(said, wanted) == "PASSWORD=… … PLACE=… … MODE=… on http://…@proxy:1/"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "exit code 1"),
        (127, "exit code 127: its command was not found"),
        (137, "exit code 137: it was killed, maybe for want of memory"),
    ],
)
def test_an_exit_code_has_words(code, text):
    assert script.why(code) == text


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "SOCKET", str(tmp_path / "engine.sock"))
    return str(tmp_path / "engine.sock")


HERE = {"GET /images/image/json": (200, b'{"Config": {"Cmd": ["kernel"]}}')}
CREATED = {"POST /containers/create": (201, b'{"Id": "c"}')}
FOLLOWED = {
    "POST /containers/c/attach": (200, frame(b"Traceback\nValueError: wrong\n")),
    "POST /containers/c/wait": (200, b'{"StatusCode": 1}'),
}


def failure(config=None):
    with pytest.raises(script.Failure) as caught:
        script.run(script.arguments(), config or {})
    return str(caught.value)


def test_an_ended_kernel_is_reported_with_its_last_lines(at):
    with engine(at, {**HERE, **CREATED, **FOLLOWED, "POST /containers/c/start": (204, b"")}) as came:
        text = failure({"name_prefix": "orchest-l-kernel-"})
    assert text == (
        "The kernel's container ended (exit code 1) before the kernel was ready. Image: `image`.\n"
        "Its last lines:\nTraceback\nValueError: wrong"
    )
    assert any("/containers/create?name=orchest-l-kernel-k-" in target for target, _ in came)
    assert json.loads(next(body for target, body in came if "/create" in target))["Image"] == "image"


def test_a_missing_image_is_named_with_the_remedy(at):
    with engine(at, {}):
        assert failure() == (
            "The image `image` of the kernelspec `mine` is not on this machine.\n"
            "hint: run `orchest images --prepare mine` in a terminal, and start the kernel again."
        )


def test_a_refusal_of_the_engine_is_reported_in_its_words(at):
    with engine(at, {**HERE, "POST /containers/create": (400, b'{"message": "no such network"}')}):
        assert failure() == "The engine did not create the kernel's container: no such network"


def test_a_container_that_fails_to_start_is_removed(at):
    start = {"POST /containers/c/start": (500, b'{"message": "not executable"}'), "DELETE /containers/c": (204, b"")}
    with engine(at, {**HERE, **CREATED, **FOLLOWED, **start}) as came:
        assert failure() == "The engine did not start the kernel's container: not executable"
    assert came[-1][0] == "DELETE /containers/c?force=1&v=1"


def test_an_engine_without_gpus_is_reported_with_the_remedy(at, monkeypatch):
    asks(monkeypatch, {"gpus": "all"})
    said = b'{"message": "could not select device driver \\"\\" with capabilities: [[gpu]]"}'
    start = {"POST /containers/c/start": (500, said), "DELETE /containers/c": (204, b"")}
    with engine(at, {**HERE, **CREATED, **FOLLOWED, **start}) as came:
        text = failure()
    assert text.startswith("The kernelspec `mine` asks for GPUs, and the engine has none for containers: could not")
    assert "hint: install the NVIDIA Container Toolkit" in text
    assert came[-1][0] == "DELETE /containers/c?force=1&v=1"


def test_gpus_of_a_folder_that_the_engine_lacks_are_reported_with_the_file(at, monkeypatch):
    asks(monkeypatch, {"gpus": "all"})
    monkeypatch.setenv("ORCHEST_KERNELSPEC", "this_folder")
    said = b'{"message": "could not select device driver \\"\\" with capabilities: [[gpu]]"}'
    start = {"POST /containers/c/start": (500, said), "DELETE /containers/c": (204, b"")}
    with engine(at, {**HERE, **CREATED, **FOLLOWED, **start}):
        text = failure()
    assert text.startswith(
        "The folder's `devcontainer.json` asks for GPUs, and the engine has none for containers: could"
    )
    assert text.endswith("or make them optional in that file.")


def test_a_kernelspec_may_limit_more_cores_than_the_engine_has(at, monkeypatch):
    asks(monkeypatch, {"limits": {"cpus": 64}})
    info = {"GET /info": (200, b'{"NCPU": 2}')}
    start = {"POST /containers/c/start": (204, b"")}
    with engine(at, {**HERE, **info, **CREATED, **FOLLOWED, **start}) as came:
        failure()
    wanted = json.loads(next(body for target, body in came if "/create" in target))
    assert wanted["HostConfig"]["NanoCpus"] == 2 * 10**9


def test_an_image_without_a_shell_runs_with_the_engines_umask(at):
    start = {
        "POST /containers/c/start": [(500, b'{"message": "exec: /bin/sh: no such file"}'), (204, b"")],
        "DELETE /containers/c": (204, b""),
    }
    with engine(at, {**HERE, **CREATED, **FOLLOWED, **start}) as came:
        assert "ended (exit code 1)" in failure({"umask": "0027"})
    wanted = [json.loads(body) for target, body in came if "/create" in target]
    assert wanted[0]["Entrypoint"][0] == "/bin/sh" and (wanted[1]["Entrypoint"], wanted[1]["Cmd"]) == (None, None)


def test_a_missing_engine_is_reported_with_its_socket(at, monkeypatch):
    with pytest.raises(SystemExit, match=f"The engine cannot be reached at `{at}`: "):
        script.main()


def test_a_kernel_of_an_image_that_was_not_made_for_kernels_starts_by_the_apps_command(monkeypatch, tmp_path):
    notes = tmp_path / "images.json"
    mount = {"Type": "bind", "Source": "/store/programs/1", "Target": "/opt/orchest"}
    notes.write_text(json.dumps({"sha256:1": {"command": ["/usr/bin/python3", "kernel"], "mounts": [mount]}}))
    monkeypatch.setattr(script, "IMAGES", str(notes))
    known = {"Entrypoint": ["/entrypoint.sh"], "Cmd": ["bash"], **script.noted("sha256:1")}
    wanted = container(image=known)
    assert (wanted["Entrypoint"], wanted["Cmd"]) == (["/usr/bin/python3", "kernel"], [])
    assert wanted["HostConfig"]["Mounts"] == [mount]
    wanted = container({"umask": "0027"}, known)
    assert wanted["Cmd"] == ["/usr/bin/python3", "kernel"] and "/entrypoint.sh" not in wanted["Entrypoint"]
    # Without a shell, too.
    assert script.without_shell(known) == {"Entrypoint": ["/usr/bin/python3", "kernel"], "Cmd": []}
    assert script.noted("sha256:2") == {} == script.without_shell({"Entrypoint": ["/run"], "Cmd": []})
    monkeypatch.setenv("KERNEL_LANGUAGE", "R")
    assert script.noted("sha256:1") == {}
    # The R of an image has a layer over it.
    notes.write_text(json.dumps({"sha256:1 R": {"command": [], "mounts": [], "image": "orchest/folder:r-1"}}))
    assert script.noted("sha256:1") == {"Instead": "orchest/folder:r-1"}
    assert container(image={"Cmd": ["R"], "Instead": "orchest/folder:r-1"})["Image"] == "orchest/folder:r-1"
    monkeypatch.setenv("KERNEL_LANGUAGE", "scala")
    assert script.noted("sha256:1") == {}
    monkeypatch.setenv("KERNEL_LANGUAGE", "R")
    notes.write_text("[")
    monkeypatch.delenv("KERNEL_LANGUAGE")
    assert script.noted("sha256:1") == {}


def of_folder(monkeypatch, tmp_path, text):
    file = tmp_path / "variables.json"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(script, "VARIABLES", str(file))


def test_a_folders_variables_arrive_unchanged_and_replace_those_of_the_kernelspec(monkeypatch, tmp_path):
    monkeypatch.setenv("ORCHEST_KERNELSPEC_ENV", json.dumps({"A": "kernelspec", "B": "kernelspec"}))
    value = "é\n\"'$HOME ${B} %"
    of_folder(monkeypatch, tmp_path, json.dumps({"A": value, "RESPONSE_ADDRESS": "evil:1"}))
    wanted = container()
    env = env_of(wanted)
    assert (env["A"], env["B"], env["RESPONSE_ADDRESS"]) == (value, "kernelspec", "10.0.0.2:5000")
    assert wanted["Labels"]["org.orchest.hidden"] == "A B RESPONSE_ADDRESS"
    assert script.hidden(f"{value} A={value}", wanted) == "… A=…"


def test_a_launch_without_variables_has_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(script, "VARIABLES", str(tmp_path / "none.json"))
    assert script.of_folder() == {}


def test_a_file_that_is_being_written_is_read_again(monkeypatch, tmp_path):
    of_folder(monkeypatch, tmp_path, '{"A": ')
    monkeypatch.setattr(script.time, "sleep", lambda _: of_folder(monkeypatch, tmp_path, '{"A": "1"}'))
    assert script.of_folder() == {"A": "1"}
    of_folder(monkeypatch, tmp_path, '{"A": ')
    monkeypatch.setattr(script.time, "sleep", lambda _: None)
    with pytest.raises(script.Failure, match="launch the folder again"):
        script.of_folder()

"""The gateway's changes fit the pinned versions of the programs that they change.

Each test runs in a process of its own, as the gateway does: `unused.py` and the patches act on a whole process.
"""

import json
import os
import subprocess
import sys

import pytest

START = """
from orchest_common import process
process.close()
from orchest_gateway import launch, unused
unused.leave_out()
"""


def run(code, **env):
    command = [sys.executable, "-B", "-c", START + code]
    ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("module", "owner", "names"),
    [
        ("tornado.web", "RequestHandler", "clear"),
        ("jupyter_server.services.kernels.handlers", "KernelActionHandler", "post"),
        (
            "enterprise_gateway.services.processproxies.processproxy",
            "ResponseManager",
            "_start_response_manager _decode_payload _response_registry",
        ),
        (
            "enterprise_gateway.services.kernels.handlers",
            "ZMQChannelsHandler",
            "initialize _register_session pre_get open nudge _on_zmq_reply _send_status_message on_close on_message "
            "_open_sessions",
        ),
        (
            "enterprise_gateway.services.processproxies.container",
            "ContainerProcessProxy",
            "launch_process get_initial_states get_error_states get_container_status terminate_container_resources "
            "kill cleanup wait shutdown_listener terminate _determine_kernel_images _setup_connection_info "
            "_update_connection",
        ),
        (
            "enterprise_gateway.services.kernels.remotemanager",
            "RemoteKernelManager",
            "start_kernel restart_kernel request_shutdown is_alive interrupt_kernel signal_kernel _get_process_proxy "
            "format_kernel_cmd connect_iopub connect_shell connect_stdin connect_control _create_connected_socket "
            "restarter_class",
        ),
        (
            "enterprise_gateway.services.kernels.remotemanager",
            "RemoteMappingKernelManager",
            "start_kernel restart_kernel start_buffering stop_buffering start_watching_activity _handle_kernel_died",
        ),
        ("jupyter_client.ioloop.restarter", "AsyncIOLoopKernelRestarter", "poll stop _fire_callbacks restart_limit"),
        ("zmq.eventloop.zmqstream", "ZMQStream", "_run_callback _handle_recv close"),
    ],
)
def test_the_stock_program_has_all_changed_names(module, owner, names):
    code = f"import inspect, {module} as module\nowner = module.{owner}\nsource = inspect.getsource(module)\n"
    missing = run(
        code + f"print([name for name in {names.split()} if not hasattr(owner, name) and name not in source])"
    )
    assert missing == "[]\n"


def test_unused_modules_are_not_imported():
    assert (
        run("import sys, orchest_gateway.app\nprint({'docker', 'kubernetes', 'yarn_api_client'} & {*sys.modules})")
        == "set()\n"
    )


def test_a_kernels_container_has_all_modules():
    code = "from orchest_gateway.kernels.container import KernelContainer\nprint(KernelContainer.__abstractmethods__)"
    assert run(code) == "frozenset()\n"


def test_no_process_looks_into_the_gateway_and_its_token_is_not_in_the_environment():
    code = (
        "import ctypes, os\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), 'EG_AUTH_TOKEN' in os.environ, launch.TOKEN)"
    )
    assert run(code, EG_AUTH_TOKEN="secret") == "0 False secret\n"


def test_the_gateway_does_not_start_without_a_token(tmp_path):
    code = (
        f"from orchest_common import gateway_socket\ngateway_socket.PATH = {str(tmp_path / 'socket')!r}\n"
        "from orchest_gateway.app import run\nrun()"
    )
    ran = subprocess.run(
        [sys.executable, "-B", "-c", START + code],
        capture_output=True,
        text=True,
        env={**os.environ, "EG_AUTH_TOKEN": ""},
        timeout=120,
    )
    assert ran.returncode == 1
    assert "error: EG_AUTH_TOKEN is empty: every kernel could then start others" in ran.stderr


def test_a_token_is_in_no_environment_of_the_process():
    code = (
        "with open('/proc/self/environ', 'rb') as file:\n    first = file.read()\n"
        "print(b'EG_AUTH_TOKEN=******' in first, b'secret' in first, launch.TOKEN)"
    )
    assert run(code, EG_AUTH_TOKEN="secret") == "True False secret\n"


MANAGER = """
import asyncio, json, types
from enterprise_gateway.services.kernels.remotemanager import RemoteKernelManager
from orchest_gateway.kernels.manager import KernelManager
spec = types.SimpleNamespace(argv=ARGV, env={"KERNEL_MODE": "a"}, resource_dir="/",
    metadata={"orchest": {"limits": {"memory_mb": 512}}}, language="python",
    interrupt_mode="signal", display_name="a")
KernelManager.kernel_spec = property(lambda self: spec)
manager = KernelManager(kernel_name="mine")
"""


def test_a_client_chooses_only_its_folder():
    code = MANAGER.replace("ARGV", "['x']") + (
        "async def start(self, **kwargs):\n    print(json.dumps(kwargs['env']))\n"
        "RemoteKernelManager.start_kernel = start\n"
        "sent = {'KERNEL_ID': 'k', 'KERNEL_WORKING_DIR': '/notebooks/a', 'KERNEL_UID': '0', 'KERNEL_IMAGE': 'evil',\n"
        "    'ORCHEST_KERNEL': '{}', 'PATH': '/evil', 'KERNEL_CHANNELS': '/evil', 'DOCKER_HOST': 'evil'}\n"
        "asyncio.run(manager.start_kernel(env=sent))"
    )
    kernel = json.dumps({"user": "1234:5678"})
    env = json.loads(
        run(code, ORCHEST_KERNEL=kernel, EG_DOCKER_NETWORK="net", SECRET="of the gateway", EG_AUTH_TOKEN="t")
    )
    assert env["PATH"] == os.environ["PATH"]
    assert {name: env[name] for name in env if name not in ("PATH", "LANG", "HOME", "USER")} == {
        "KERNEL_ID": "k",
        "KERNEL_WORKING_DIR": "/notebooks/a",
        "KERNEL_UID": "1234",
        "KERNEL_GID": "5678",
        "ORCHEST_KERNEL": kernel,
        "EG_DOCKER_NETWORK": "net",
        "ORCHEST_KERNELSPEC": "mine",
        "ORCHEST_KERNELSPEC_ENV": '{"KERNEL_MODE": "a"}',
        "ORCHEST_KERNELSPEC_MOUNTS": "[]",
        "ORCHEST_KERNELSPEC_RESOURCES": '{"limits": {"memory_mb": 512}}',
    }


def test_a_kernelspecs_memory_limit_is_the_smaller_of_two():
    code = (
        "import types\nfrom orchest_gateway.kernels.resources import memory_of, resources_of\n"
        "def spec(metadata):\n    return types.SimpleNamespace(metadata=metadata)\n"
        "def own(memory):\n    return spec({'orchest': {'limits': {'memory_mb': memory}}})\n"
        "print(memory_of(own(512)) >> 20, memory_of(own(2048)) >> 20, memory_of(spec({})) >> 20)\n"
        "print(resources_of(spec(None)), resources_of(spec({'orchest': []})))"
    )
    assert run(code, ORCHEST_KERNEL=json.dumps({"memory": 1 << 30})) == "512 1024 1024\n{} {}\n"
    unkept = json.dumps({"unkept": ["memory"]})
    assert run(code.replace(" >> 20", ""), ORCHEST_KERNEL=unkept) == "None None None\n{} {}\n"
    assert run(code.replace(" >> 20", "")) == "536870912 2147483648 None\n{} {}\n"


@pytest.mark.parametrize(
    ("argv", "added"),
    [
        ("['x', '{kernel_id}', '{response_address}', '{public_key}']", []),
        ("['x', '{kernel_id}']", ["--response-address", "{response_address}", "--public-key", "{public_key}"]),
    ],
)
def test_a_kernelspecs_command_is_completed(argv, added):
    code = MANAGER.replace("ARGV", argv) + (
        "RemoteKernelManager.format_kernel_cmd = lambda self, extra: print(json.dumps(extra))\n"
        "manager.format_kernel_cmd()"
    )
    assert json.loads(run(code)) == added


def test_a_kernelspec_without_a_container_is_refused():
    code = MANAGER.replace("ARGV", "['x']") + (
        "try:\n    manager._get_process_proxy()\nexcept Exception as error:\n    print(error.get_message())"
    )
    assert run(code).startswith("The kernelspec `mine` does not start a container.\nhint: set metadata.process_proxy")


def test_pages_use_our_channels_and_our_packing_of_messages():
    code = (
        "from traitlets.config import Config\nfrom enterprise_gateway.services.kernels import handlers\n"
        "from orchest_gateway.messages import prepare\nconfig = Config()\nprepare.prepare(config)\n"
        "from jupyter_client.session import Session\nfrom orchest_gateway.messages import packing\n"
        "session = Session(config=config)\nkinds = [kind.__module__ for _, kind in handlers.default_handlers]\n"
        "print(session.pack is packing.pack, session.unpack is packing.unpack, session.digest_history_size,\n"
        "    kinds.count('orchest_gateway.messages.page'))"
    )
    assert run(code) == "True True 0 1\n"


def test_every_answer_names_the_gateway():
    code = (
        "from orchest_gateway import name_header\nname_header.patch()\n"
        "from unittest.mock import Mock\nfrom tornado import web\n"
        "handler = web.RequestHandler(web.Application(), Mock())\n"
        "print(handler._headers['X-Orchest-Gateway'] == launch.GATEWAY)"
    )
    assert run(code) == "True\n"

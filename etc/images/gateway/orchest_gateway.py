"""Starts Jupyter Enterprise Gateway 3.3.0 for one launch of Orchest Desktop.

What it does otherwise than the stock program, and why:

* kernels are containers on the local engine and nothing else, so what only serves clusters and
  remote shells is not loaded: 0.2 s of imports instead of 1.1 s;
* messages between kernels and pages: see orchest_channels.py;
* kernels report by a folder of their own, or by a port of their own while they start (orchest_reports.py); stock, the
  port is everybody's, and blocks the event loop nearly always, so that a cell takes four times as long;
* a kernel that fails to start fails at once, with the reason, not after the whole time-out; it has started when it
  answers, not when it has told its ports;
* an end of a kernel is told with its cause, and a dead kernel can be restarted (orchest_kernels.py);
* an interrupt goes by the engine to the kernel's container, unless the image's launcher listens for it; one that did
  not arrive is an error;
* what a kernel does is known soon after its start, and not only once a page has asked it something;
* a kernelspec without `{public_key}` is completed, or its kernel could not report;
* a terminal can be opened in a kernel's container (orchest_terminals.py);
* it runs by `python -I` and by an interpreter that may not be read, as do launch scripts of Python's: it imports nothing
  but what is in the image, and no process of its user's can look into it, or has its token;
* a client's request chooses the kernelspec and the folder inside the pipeline, nothing more.
"""

import asyncio
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import types
import uuid
from urllib.parse import quote

# PR_SET_DUMPABLE: as the interpreter's mode has it, also where an engine's files have other modes.
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
TOKEN = os.environ.pop("EG_AUTH_TOKEN", "")


def absent(name, **names):
    """Puts an empty module in the place of one that is imported but never used here."""
    module = types.ModuleType(name)
    module.__dict__.update(names, __path__=[])
    sys.modules[name] = module


absent("paramiko")
absent("paramiko.client", SSHClient=None)
absent("pexpect")
absent("requests")
absent("requests.auth", HTTPBasicAuth=None, HTTPDigestAuth=None)
absent("urllib3", disable_warnings=lambda: None)
absent("watchdog")
absent("watchdog.events", FileMovedEvent=None, FileSystemEventHandler=object)
absent("watchdog.observers", Observer=None)
absent("zmq.ssh", tunnel=None)
# All of jupyter_server's application is imported for one function, which proposes ports.
absent("jupyter_server.serverapp", random_ports=lambda port, count: iter(range(port, port + count)))

import orchest_channels  # noqa: E402
import orchest_kernels  # noqa: E402
import orchest_reports  # noqa: E402
import orchest_terminals  # noqa: E402
from enterprise_gateway.enterprisegatewayapp import EnterpriseGatewayApp  # noqa: E402
from enterprise_gateway.services.kernels.remotemanager import (  # noqa: E402
    RemoteKernelManager,
    RemoteMappingKernelManager,
    get_process_proxy_config,
)
from enterprise_gateway.services.processproxies.container import ContainerProcessProxy  # noqa: E402
from enterprise_gateway.services.processproxies.processproxy import ResponseManager, local_ip  # noqa: E402
from jupyter_client.kernelspec import NoSuchKernel  # noqa: E402
from jupyter_client.session import DELIM  # noqa: E402
from jupyter_server._tz import utcnow  # noqa: E402
from jupyter_server.auth import authorized  # noqa: E402
from jupyter_server.services.kernels.handlers import KernelActionHandler, ZMQChannelsHandler  # noqa: E402
from tornado import web  # noqa: E402
from traitlets import Type  # noqa: E402

SOCKET = "/var/run/docker.sock"
KERNEL = json.loads(os.environ.get("ORCHEST_KERNEL") or "{}")
LINES = 30
# How long a start waits for the kernel's first answer (s); one that lives and is silent for longer may be slow.
ANSWERS_WITHIN = 20
# How long a launcher that listens for signals may take to read one (s).
LISTENS_WITHIN = 3
# Names this gateway: the server hears by it that another has taken the place of the one that had its kernels.
GATEWAY = uuid.uuid4().hex
PROXIES = "enterprise_gateway.services.processproxies.docker_swarm."
# Runs launch scripts of Python's.
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "orchest_script.py")
# What the launch script inherits, and what a client may send.
INHERITED = ("PATH", "LANG", "HOME", "USER", "ORCHEST_KERNEL", "EG_DOCKER_NETWORK")
FROM_CLIENT = ("KERNEL_ID", "KERNEL_USERNAME", "KERNEL_WORKING_DIR")


class Engine(http.client.HTTPConnection):
    """One request to the container engine, over its socket."""

    def __init__(self):
        super().__init__("engine", timeout=10)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)

    @classmethod
    def ask(cls, method, path):
        engine = cls()
        try:
            engine.request(method, path)
            response = engine.getresponse()
            body = response.read()
        finally:
            engine.close()
        if response.status >= 400 and response.status not in (404, 409):
            raise OSError(body.decode(errors="replace"))
        return response.status, body


def containers(kernel_id):
    """The kernel's containers, newest first; a restarted kernel can have its last one dying."""
    filters = quote(json.dumps({"label": [f"kernel_id={kernel_id}"]}))
    _, body = Engine.ask("GET", f"/containers/json?all=1&filters={filters}")
    return sorted(json.loads(body), key=lambda found: found["Created"], reverse=True)


def remove(container):
    Engine.ask("DELETE", f"/containers/{container}?force=1&v=1")


def last_lines(container):
    _, body = Engine.ask("GET", f"/containers/{container}/logs?stdout=1&stderr=1&tail={LINES}")
    text = b""
    # The launchers print all of a kernel's environment: the values of the kernelspec's `env` are not told.
    _, described = Engine.ask("GET", f"/containers/{container}/json")
    config = json.loads(described).get("Config") or {}
    env = dict(entry.partition("=")[::2] for entry in config.get("Env") or [])
    names = ((config.get("Labels") or {}).get("org.orchest.hidden") or "").split()
    while len(body) > 8:  # frames: a header of 8 bytes with the length in its last 4, then the text
        end = 8 + int.from_bytes(body[4:8], "big")
        text, body = text + body[8:end], body[end:]
    text = text.decode(errors="replace").strip()
    for name in sorted(names, key=lambda name: len(env.get(name, "")), reverse=True):
        if value := env.get(name):
            text = text.replace(f"{name}={value}", f"{name}=…")
            if len(value) > 3:
                text = text.replace(value, "…")
    return text


def closed(command, path=None):
    """A kernelspec's command, run as this gateway is where it is Python's: nobody looks into it, and what its environment
    names, which is the kernel's, is not imported.
    """
    program, *rest = command
    if not (found := shutil.which(program, path=path)):
        return command
    if found != sys.executable and os.path.realpath(found) != os.path.realpath(os.path.join(sys.prefix, "bin", "python")):
        return command
    # Options go before the script; with them, it has the place of its folder as ever.
    return [sys.executable, *(["-Es"] if not rest or rest[0].startswith("-") else ["-I", SCRIPT]), *rest]


class NotStarted(web.HTTPError):
    """Why a kernel did not start: to the log, and to the client as `message` of the JSON answer.

    The text may have many lines, which the status line, where EG puts its texts, may not.
    """

    def __init__(self, text, status=500, reason="The kernel did not start"):
        super().__init__(status, text, reason=reason)

    @property
    def log_message(self):
        # Tornado's doubles every `%`, for a log that formats it; the JSON answer does not.
        return self.get_message()


class KernelContainer(ContainerProcessProxy):
    """A kernel in a container of its own, in the place of EG's DockerProcessProxy."""

    container = None
    # How it ended, once the engine has told that.
    end = None
    # What tells where it is reached.
    reports = None

    async def launch_process(self, kernel_cmd, **kwargs):
        env = kwargs["env"]
        self._determine_kernel_images(**kwargs)
        env["KERNEL_IMAGE"] = env["KERNEL_EXECUTOR_IMAGE"] = self.kernel_image
        env["EG_DOCKER_MODE"] = "docker"
        # Past the stock class: whose processes kernels are is for ORCHEST_KERNEL to say, not for KERNEL_UID.
        await super(ContainerProcessProxy, self).launch_process(kernel_cmd, **kwargs)

        self.log.info("Kernel %s: starting, image %s", self.kernel_id, self.kernel_image)
        try:
            folder = await self.reports.listen()
        except OSError as error:
            self.fail(f"The kernel's folder cannot be made at `{orchest_reports.FOLDER}`: {error.strerror}.")
        if folder:
            # The name is all that a kernel need know to be reached, and no other kernel knows it.
            env["KERNEL_CHANNELS"] = folder
        try:
            script = await asyncio.create_subprocess_exec(
                *closed(kernel_cmd, env.get("PATH")),
                env=env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            self.fail(f"The kernelspec's command `{kernel_cmd[0]}` cannot be run: {error.strerror}")
        starting = self.kernel_manager.mapping_kernel_manager.starting
        starting[self.kernel_id] = self
        ended = asyncio.ensure_future(script.communicate())
        try:
            await self.watch(script, ended)
            await self.answered(ended)
        except Exception:
            await self.in_thread(self.terminate_container_resources)
            raise
        finally:
            starting.pop(self.kernel_id, None)
            self.response_manager._response_registry.pop(self.kernel_id, None)
            self.reports.stop_listening()
            if script.returncode is None:
                script.terminate()
        self.log.info("Kernel %s: ready", self.kernel_id)
        return self

    async def watch(self, script, ended):
        """Returns when the kernel has reported; fails when its script or its container ends before."""
        reported = self.reports.told
        await asyncio.wait({reported, ended}, timeout=self.kernel_launch_timeout, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not reported.done():
            if script.returncode != 0:
                said = ended.result()[1].decode(errors="replace").strip().splitlines()[-LINES - 5:]
                self.fail("\n".join(said) or f"The kernelspec's command ended with exit code {script.returncode}.")
            # Another launch script: it does not stay with its container, so this does.
            await self.follow(reported)
        if not reported.done():
            lines = await self.in_thread(self.output)
            self.fail(f"The kernel did not report within {self.kernel_launch_timeout:g} s.\n{lines}")

        connection = await self.heard(reported)
        status = await self.in_thread(self.get_container_status, None)
        # One whose sockets are files may report before the engine has its address.
        if not status or (connection["transport"] != "ipc" and not self.assigned_ip):
            self.fail(f"The kernel's container is {status or 'gone'}.")
        if connection["transport"] == "ipc":
            self._update_connection(connection)
        else:
            self.log.warning(
                "Kernel %s: its image's launcher opens ports, which all users of the engine's machine can reach: they may"
                " read what it prints", self.kernel_id
            )
            self._setup_connection_info(connection)
        # These are the container's; the gateway must not signal processes of its own by them.
        self.pid = self.pgid = 0

    async def heard(self, waiting):
        try:
            return waiting.result()
        except orchest_reports.Wrong as error:
            lines = await self.in_thread(self.output)
            self.fail(f"The kernel's report is wrong: {error}. Image: `{self.kernel_image}`.\n{lines}")

    async def answered(self, ended):
        """Returns when the kernel answers; fails when it ends before, and so before anybody would be told why."""
        loop = asyncio.get_running_loop()
        answer, since, silent = loop.create_future(), loop.time(), 0
        # Another launch script than ours does not stay, so that its end says nothing.
        stays = not ended.done()
        opened = self.reports.opened
        await asyncio.wait({opened, ended}, timeout=ANSWERS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if opened.done():
            await self.heard(opened)
        shell = self.kernel_manager.connect_shell()
        shell.on_recv(lambda _: answer.done() or answer.set_result(None))
        self.kernel_manager.session.send(shell, "kernel_info_request")
        try:
            while loop.time() - since < ANSWERS_WITHIN:
                await asyncio.wait({answer, ended} if stays else {answer}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
                if answer.done():
                    return
                alive = await self.in_thread(self.get_container_status, None) in self.get_initial_states()
                if not alive or self.end:
                    # So that the engine can tell why.
                    await asyncio.sleep(0 if self.end else 0.4)
                    said = (await ended)[1].decode(errors="replace").strip() if stays else ""
                    self.fail(said or f"The kernel ended before it answered. Image: `{self.kernel_image}`.\n{self.last_words}")
                silent = silent + 1 if await self.in_thread(self.is_lost) else 0
                if silent == 3:
                    self.fail(
                        "The kernel ended before it answered, and what started it runs on."
                        f" Image: `{self.kernel_image}`.\n{self.last_words}"
                    )
        finally:
            shell.close()
        self.log.warning("Kernel %s: it has not answered for %d s", self.kernel_id, ANSWERS_WITHIN)

    last_words = ""

    def is_lost(self):
        """A launcher that stays while its kernel is dead: the log has an error, and nobody listens."""
        self.last_words = self.output()
        if self.kernel_manager.transport == "ipc" or "Traceback (most recent call last)" not in self.last_words:
            # Our launcher ends with its kernel.
            return False
        try:
            with socket.create_connection((self.assigned_ip, self.kernel_manager.shell_port), timeout=1):
                return False
        except OSError:
            return True

    async def follow(self, reported):
        deadline = asyncio.get_running_loop().time() + self.kernel_launch_timeout
        lines = ""
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.wait({reported}, timeout=0.2)
            if reported.done():
                return
            seen = self.container
            status = await self.in_thread(self.get_container_status, None)
            if status in self.get_initial_states():
                lines = await self.in_thread(self.output)
            elif status or seen:
                lines = await self.in_thread(self.output) or lines
                self.fail(f"The kernel's container ended before the kernel was ready. Image: `{self.kernel_image}`.\n{lines}")

    def output(self):
        lines = last_lines(self.container) if self.get_container_status(None) else ""
        return f"Its last lines:\n{lines}" if lines else ""

    def fail(self, text):
        if self.end and self.end.wanted_memory:
            text = f"{orchest_kernels.want_of_memory(KERNEL.get('memory'))}\n{text}"
        raise NotStarted(text)

    @staticmethod
    def in_thread(function, *args):
        return asyncio.get_running_loop().run_in_executor(None, function, *args)

    def get_initial_states(self):
        return {"created", "running"}

    def get_error_states(self):
        return {"restarting", "removing", "paused", "exited", "dead"}

    def get_container_status(self, iteration):
        try:
            found = containers(self.kernel_id)
        except (OSError, http.client.HTTPException) as error:
            # An engine that does not answer says nothing about the kernel.
            self.log.warning("The engine does not answer: %s", error)
            return "running"
        if not found:
            return ""
        newest = found[0]
        self.container = newest["Id"]
        self.container_name = self.assigned_host = newest["Names"][0].lstrip("/")
        networks = newest["NetworkSettings"]["Networks"].values()
        self.assigned_ip = next((one["IPAddress"] for one in networks if one.get("IPAddress")), None)
        return newest["State"].lower()

    def terminate_container_resources(self):
        try:
            for found in containers(self.kernel_id):
                remove(found["Id"])
        except (OSError, http.client.HTTPException) as error:
            self.log.error("Kernel %s: its container could not be removed: %s", self.kernel_id, error)

    def kill(self):
        self.terminate_container_resources()

    def cleanup(self):
        self.reports.forget()
        super().cleanup()

    async def address(self):
        """Of its container."""
        await self.in_thread(self.get_container_status, None)
        return self.assigned_ip

    def wait(self):
        """Whoever calls this has seen the end already."""

    def deliver(self, signum):
        """Signals the kernel, or raises OSError.

        Where the image's launcher listens for signals, it signals the kernel. Where it does not, the container gets it:
        its first process hands it on to the kernel's process group.
        """
        if self.comm_port > 0:
            self.ask_listener({"signum": int(signum)})
            return
        status, body = Engine.ask("POST", f"/containers/{self.container}/kill?signal={int(signum)}")
        if status != 204:
            raise OSError(json.loads(body or b"{}").get("message", f"the engine answers with status {status}"))

    def ask_listener(self, request):
        """Stock, what is sent to a listener that has died is sent all the same. One that lives reads it to its end, and
        closes the connection."""
        with socket.create_connection((self.comm_ip, self.comm_port), timeout=LISTENS_WITHIN) as listener:
            listener.sendall(json.dumps(request).encode())
            listener.shutdown(socket.SHUT_WR)
            try:
                while listener.recv(1024):
                    pass
            except TimeoutError:
                raise OSError("its image's launcher does not listen any more") from None

    def terminate(self):
        try:
            self.deliver(signal.SIGTERM)
        except OSError as error:
            self.log.debug("Kernel %s: %s", self.kernel_id, error)

    def shutdown_listener(self):
        if self.comm_port == 0:
            # The container ends with the kernel, which is asked to end, and may still have something to write.
            return
        super(ContainerProcessProxy, self).shutdown_listener()
        # By its id: the kernel may be restarting, and the next container bears the same label.
        if self.container:
            asyncio.get_running_loop().run_in_executor(None, remove, self.container)


class KernelManager(orchest_channels.Connects, RemoteKernelManager):
    """Decides what reaches the launch script."""

    restarted = None
    # The request whose cell the kernel is at work on.
    cell = None
    restarter_class = Type(orchest_kernels.Restarter, klass=orchest_kernels.Restarter)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = orchest_channels.Kept()

    async def start_kernel(self, **kwargs):
        sent = kwargs.get("env") or {}
        spec = self.kernel_spec
        if not os.path.isdir(spec.resource_dir):
            raise not_here(self.kernel_name, self.kernel_spec_manager)
        user, _, group = (KERNEL.get("user") or "1000:1000").partition(":")
        kwargs["env"] = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **{name: sent[name] for name in FROM_CLIENT if name in sent},
            "KERNEL_UID": user,
            "KERNEL_GID": group or user,
            "ORCHEST_KERNELSPEC": self.kernel_name,
            "ORCHEST_KERNELSPEC_ENV": json.dumps(spec.env or {}),
        }
        # One that ended with its gateway: who comes back to its successor is told as after a restart. A restart comes
        # through here too, with the same env and an event of its own.
        succeeds = "KERNEL_ID" in sent and self.restarted is None
        if succeeds:
            self.restarted = asyncio.Event()
        try:
            await super().start_kernel(**kwargs)
        except Exception:
            if self.process_proxy:
                self.process_proxy.cleanup()
            raise
        if succeeds:
            self.restarted.set()

    async def restart_kernel(self, now=False, **kwargs):
        """Also where nobody looks at it. `now` where it ended by itself: it may be tried again."""
        if self.restarted is None or self.restarted.is_set():
            self.restarted = asyncio.Event()
        # What the old kernel owes will never come, and what it last did says nothing about the new one.
        self.__dict__.pop("_kernel_info_future", None)
        self.execution_state, self.cell = "starting", None
        # The new one has other ports, and what is sent to the old ones is lost. A client that is cut off connects again
        # and waits for the new one; the server keeps until then what a page sends.
        for session, channels in list(ZMQChannelsHandler._open_sessions.items()):
            if session.startswith(self.kernel_id):
                channels.leave()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        try:
            # Past Enterprise Gateway, which ends a kernel for good that dies while no page is open.
            await super(RemoteKernelManager, self).restart_kernel(now, **kwargs)
        except Exception as error:
            self.reason = error.get_message() if isinstance(error, web.HTTPError) else str(error)
            if not now:
                self.is_dead()
            raise
        # The last one's messages, which the new one's key does not open.
        self.mapping_kernel_manager.stop_buffering(self.kernel_id)
        self.mapping_kernel_manager.start_watching_activity(self.kernel_id)
        self.restarted.set()

    def request_shutdown(self, restart=False):
        """Where its start failed, there is nobody to ask."""
        if self.kernel is not None:
            super().request_shutdown(restart)

    def is_dead(self):
        """It ended, and is not started again unless a person restarts it."""
        self.execution_state, self.cell = "dead", None
        self._kernel_info_future = orchest_kernels.answered_info()
        if self._activity_stream:
            self._activity_stream.close()
            self._activity_stream = None
        if self.restarted:
            self.restarted.set()

    async def is_alive(self):
        # The engine tells of an end some milliseconds before its list has it.
        ended = self.kernel is None or self.kernel.end
        return not ended and await KernelContainer.in_thread(self.kernel.poll) is None

    async def tell_end(self):
        """Says how it ended: to the log, and to the cell that was at work where that is of use there."""
        kernel = self.process_proxy
        for _ in range(10):
            if kernel is None or kernel.end:
                break
            await asyncio.sleep(0.1)
        if kernel is None or not kernel.end:
            self.log.warning("Kernel %s ended", self.kernel_id)
        elif kernel.end.wanted_memory:
            text = orchest_kernels.want_of_memory(KERNEL.get("memory"))
            self.log.error("Kernel %s: %s", self.kernel_id, text)
            # Without a cell there is no place for it in the page.
            if self.cell:
                orchest_kernels.tell_pages(self.kernel_id, "stream", {"name": "stderr", "text": f"\n{text}\n"}, self.cell)
        else:
            self.log.warning("Kernel %s ended (%s)", self.kernel_id, kernel.end)

    async def interrupt_kernel(self):
        """Stock, an interrupt that reaches nobody is answered like one that does."""
        try:
            if not await self.is_alive():
                raise OSError("it does not run")
            if self.kernel_spec.interrupt_mode == "message":
                await super().interrupt_kernel()
            else:
                other = (self.kernel_spec.env or {}).get("EG_ALTERNATE_SIGINT", "SIGINT")
                await KernelContainer.in_thread(self.kernel.deliver, getattr(signal, other, signal.SIGINT))
        except (OSError, http.client.HTTPException) as error:
            # It is interrupted before it is shut down, too, which also ends one that hears nothing.
            if not self.shutting_down:
                raise web.HTTPError(409, f"The kernel was not interrupted: {error}.", reason="Not interrupted") from error

    async def signal_kernel(self, signum):
        await KernelContainer.in_thread(self.kernel.send_signal, signum)

    def _get_process_proxy(self):
        found = get_process_proxy_config(self.kernel_spec)
        if not found["class_name"].startswith(PROXIES):
            # The local one would run the kernel in here, beside the engine's socket.
            raise NotStarted(
                f"The kernelspec `{self.kernel_name}` does not start a container.\n"
                f"hint: set metadata.process_proxy.class_name to {PROXIES}DockerProcessProxy"
            )
        self.process_proxy = process = KernelContainer(kernel_manager=self, proxy_config=found["config"])
        process.reports = orchest_reports.Reports(
            self.kernel_id, local_ip, process.response_manager._decode_payload, process.address, self.log
        )
        self.response_address = process.reports.response_address

    def format_kernel_cmd(self, extra_arguments=None):
        argv = " ".join(self.kernel_spec.argv)
        missing = [
            part
            for name in ("kernel_id", "response_address", "public_key")
            if f"{{{name}}}" not in argv
            for part in (f"--{name.replace('_', '-')}", f"{{{name}}}")
        ]
        return super().format_kernel_cmd([*(extra_arguments or []), *missing])


def not_here(name, specs):
    here = ", ".join(f"`{one}`" for one in sorted(specs.find_kernel_specs())) or "none"
    return NotStarted(
        f"The kernelspec `{name}` is not here. Here are: {here}.\n"
        "hint: pick one of these, or add it to the kernels folder and launch again.",
        404,
        "No such kernelspec",
    )


class Kernels(orchest_channels.Buffers, RemoteMappingKernelManager):
    following = None
    # By kernel id, what is on its way.
    starting = {}

    async def start_kernel(self, *args, **kwargs):
        if self.following is None:
            launch = KERNEL.get("labels", {}).get("org.orchest.launch")
            labels = ["kernel_id", *([f"org.orchest.launch={launch}"] if launch else [])]
            lives = orchest_kernels.follow_lives(SOCKET, labels, self.heard, self.log)
            self.following = asyncio.ensure_future(lives)
        try:
            return await super().start_kernel(*args, **kwargs)
        except NoSuchKernel:
            raise not_here(kwargs.get("kernel_name"), self.kernel_spec_manager) from None

    def heard(self, kernel_id, container, end):
        kernel, starting = self._kernels.get(kernel_id), self.starting.get(kernel_id)
        if end is None:
            if starting:
                starting.container = container
            return
        for process in (kernel and kernel.process_proxy, starting):
            if process and process.container == container:
                process.end = end
        if kernel and kernel._restarter:
            asyncio.ensure_future(kernel._restarter.poll())

    async def restart_kernel(self, kernel_id, now=False):
        """Stock, one that is dead when the restart that goes on has ended stays so."""
        kernel = self.get_kernel(kernel_id)
        while kernel.restarting:
            await kernel.restarted.wait()
            await asyncio.sleep(0.1)
            if not kernel.restarting and kernel.execution_state != "dead":
                return
        kernel.restarting = True
        try:
            await super(RemoteMappingKernelManager, self).restart_kernel(kernel_id, now)
        finally:
            kernel.restarting = False

    def _handle_kernel_died(self, kernel_id):
        """It stays in the list, so that a person can restart it."""

    def start_watching_activity(self, kernel_id):
        """Opens only the messages that change what is recorded; stock, every one is parsed a second time."""
        super().start_watching_activity(kernel_id)
        kernel = self._kernels[kernel_id]
        record = kernel._activity_stream._recv_callback

        def glance(parts):
            header = parts[parts.index(DELIM) + 2]
            if b"status" in header:
                record(parts)
                kernel.cell = orchest_kernels.cell_of(
                    kernel.execution_state, parts[parts.index(DELIM) + 3], kernel.cell
                )
            else:
                self.last_kernel_activity = kernel.last_activity = utcnow()

        kernel._activity_stream.on_recv(glance)
        asyncio.ensure_future(self.ask_until_heard(kernel, kernel._activity_stream))

    @staticmethod
    async def ask_until_heard(kernel, listening):
        """A kernel says what it does only as it does something, and what it said before it was listened to is lost.

        Stock, one that no page asks anything is "starting" for good, and one that computes all the while can be too.
        """
        shell, answered = kernel.connect_shell(), True

        def note(_):
            nonlocal answered
            answered = True

        shell.on_recv(note)
        pause = 0.1
        try:
            while True:
                await asyncio.sleep(pause)
                if kernel._activity_stream is not listening or kernel.execution_state != "starting":
                    return
                if answered:
                    answered = False
                    kernel.session.send(shell, "kernel_info_request")
                pause = min(2 * pause, 5)
        finally:
            shell.close()


orchest_kernels.let_pages_come_to_the_dead(orchest_channels.Channels)


@web.authenticated
@authorized
async def act(self, kernel_id, action):
    """Stock, why a restart failed is kept from the client."""
    if action == "interrupt":
        await self.kernel_manager.interrupt_kernel(kernel_id)
        self.set_status(204)
    else:
        await self.kernel_manager.restart_kernel(kernel_id)
        self.write(json.dumps(self.kernel_manager.kernel_model(kernel_id), default=str))
    self.finish()


KernelActionHandler.post = act


def no_response_port(self):
    """Each start has its own, in orchest_reports.py; the manager has the key that reports are sealed with."""
    self._response_ip, self._response_port = local_ip, 0


ResponseManager._start_response_manager = no_response_port


def log_request(handler):
    """One line for what changes something or fails; never the query, which can hold a token."""
    request, status = handler.request, handler.get_status()
    log = handler.application.settings["orchest_log"]
    write = log.error if status >= 500 else log.warning if status >= 400 else log.info
    if request.method != "GET" or status >= 400:
        write("%d %s %s %.0f ms", status, request.method, request.path, 1000 * request.request_time())


stock_clear = web.RequestHandler.clear


def clear(self):
    stock_clear(self)
    self.set_header("X-Orchest-Gateway", GATEWAY)


web.RequestHandler.clear = clear


class Gateway(EnterpriseGatewayApp):
    def init_webapp(self):
        super().init_webapp()
        self.web_app.settings.update(log_function=log_request, orchest_log=self.log, **orchest_channels.SETTINGS)

    def init_http_server(self):
        super().init_http_server()
        self.http_server.max_buffer_size = 2 * orchest_channels.MAX_MESSAGE


def main():
    app = Gateway.instance()
    app.config.Gateway.auth_token = TOKEN
    app.config.Gateway.kernel_manager_class = "orchest_gateway.Kernels"
    app.config.Kernels.kernel_manager_class = "orchest_gateway.KernelManager"
    # Only what the kernels folder holds.
    app.config.KernelSpecManager.ensure_native_kernel = False
    orchest_channels.prepare(app.config)
    orchest_terminals.prepare(KERNEL)
    app.initialize()
    if not app.auth_token:
        sys.exit("error: EG_AUTH_TOKEN is empty: every kernel could then start others")
    app.start()


if __name__ == "__main__":
    sys.modules["orchest_gateway"] = sys.modules["__main__"]
    main()

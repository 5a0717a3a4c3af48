"""Starts a kernel's container, and fails as soon as the start cannot succeed any more.

Stock: a start fails only after the whole time-out, without a reason. A kernel counts as started once it has reported
its ports.
Here: a start fails with the reason as soon as the launch script or the container ends. A kernel counts as started once
it answers. A missing image is prepared first (`images.py`).
Written for Enterprise Gateway 3.3.0 (`processproxies/container.py`).
"""

import asyncio
import socket

from enterprise_gateway.services.processproxies.container import ContainerProcessProxy

from orchest_gateway.engine import LINES, last_lines
from orchest_gateway.kernels import images
from orchest_gateway.kernels.ends import want_of_memory
from orchest_gateway.kernels.failures import NotStarted
from orchest_gateway.kernels.resources import memory_of
from orchest_gateway.kernels.script import closed
from orchest_gateway.reports.report import Wrong
from orchest_gateway.reports.reports import FOLDER
from orchest_gateway.threads import in_thread

# How long a start waits for the kernel's first answer (s). A kernel that is silent for longer may only be slow.
ANSWERS_WITHIN = 20


class Starting:
    """The part of KernelContainer that starts it."""

    async def launch_process(self, kernel_cmd, **kwargs):
        env = kwargs["env"]
        self._determine_kernel_images(**kwargs)
        env["KERNEL_IMAGE"] = env["KERNEL_EXECUTOR_IMAGE"] = self.kernel_image
        env["EG_DOCKER_MODE"] = "docker"
        # Not the stock class's own, which checks KERNEL_UID: here ORCHEST_KERNEL decides the kernel's user.
        await super(ContainerProcessProxy, self).launch_process(kernel_cmd, **kwargs)

        kernelspec = env.get("ORCHEST_KERNELSPEC") or self.kernel_manager.kernel_name
        language = self.kernel_manager.kernel_spec.language.lower()
        await images.bring(self.kernel_image, kernelspec, self.kernel_launch_timeout, self.log, language)
        self.log.info("Kernel %s: starting, image %s", self.kernel_id, self.kernel_image)
        try:
            folder = await self.reports.listen()
        except OSError as error:
            self.fail(f"The kernel's folder cannot be made at `{FOLDER}`: {error.strerror}.")
        if folder:
            # The gateway reaches the kernel by this name, which no other kernel knows.
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
            await in_thread(self.terminate_container_resources)
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
        """Returns when the kernel has reported. Fails if its script or its container ends first."""
        reported = self.reports.told
        await asyncio.wait({reported, ended}, timeout=self.kernel_launch_timeout, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not reported.done():
            if script.returncode != 0:
                said = ended.result()[1].decode(errors="replace").strip().splitlines()[-LINES - 5 :]
                self.fail("\n".join(said) or f"The kernelspec's command ended with exit code {script.returncode}.")
            # A launch script that is not ours does not stay with its container, so the gateway watches the container.
            await self.follow(reported)
        if not reported.done():
            lines = await in_thread(self.output)
            self.fail(f"The kernel did not report within {self.kernel_launch_timeout:g} s.\n{lines}")

        connection = await self.heard(reported)
        status = await in_thread(self.get_container_status, None)
        # A kernel whose sockets are files may report before the engine knows its address.
        if not status or (connection["transport"] != "ipc" and not self.assigned_ip):
            self.fail(f"The kernel's container is {status or 'gone'}.")
        if connection["transport"] == "ipc":
            self._update_connection(connection)
        else:
            self.log.warning(
                "Kernel %s: its image's launcher opens ports, which all users of the engine's machine can reach:"
                " they may read what it prints",
                self.kernel_id,
            )
            self._setup_connection_info(connection)
        # These ids are valid in the container only; here they would name other processes.
        self.pid = self.pgid = 0

    async def heard(self, waiting):
        try:
            return waiting.result()
        except Wrong as error:
            lines = await in_thread(self.output)
            self.fail(f"The kernel's report is wrong: {error}. Image: `{self.kernel_image}`.\n{lines}")

    async def answered(self, ended):
        """Returns when the kernel answers. Fails with the reason if the kernel ends first."""
        loop = asyncio.get_running_loop()
        answer, since, silent = loop.create_future(), loop.time(), 0
        # A launch script that is not ours does not stay, so its end says nothing about the kernel.
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
                await asyncio.wait(
                    {answer, ended} if stays else {answer}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED
                )
                if answer.done():
                    return
                alive = await in_thread(self.get_container_status, None) in self.get_initial_states()
                if not alive or self.end:
                    # The engine needs a moment to report why.
                    await asyncio.sleep(0 if self.end else 0.4)
                    said = (await ended)[1].decode(errors="replace").strip() if stays else ""
                    self.fail(
                        said or f"The kernel ended before it answered. Image: `{self.kernel_image}`.\n{self.last_words}"
                    )
                silent = silent + 1 if await in_thread(self.is_lost) else 0
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
        """Whether the kernel is dead and its launcher is not: the log has an error, and no process listens."""
        self.last_words = self.output()
        if self.kernel_manager.transport == "ipc" or "Traceback (most recent call last)" not in self.last_words:
            # Our own launcher ends with its kernel.
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
            status = await in_thread(self.get_container_status, None)
            if status in self.get_initial_states():
                lines = await in_thread(self.output)
            elif status or seen:
                lines = await in_thread(self.output) or lines
                self.fail(
                    f"The kernel's container ended before the kernel was ready. Image: `{self.kernel_image}`.\n{lines}"
                )

    def output(self):
        lines = last_lines(self.container) if self.get_container_status(None) else ""
        return f"Its last lines:\n{lines}" if lines else ""

    def fail(self, text):
        if self.end and self.end.wanted_memory:
            text = f"{want_of_memory(memory_of(self.kernel_manager.kernel_spec))}\n{text}"
        raise NotStarted(text)

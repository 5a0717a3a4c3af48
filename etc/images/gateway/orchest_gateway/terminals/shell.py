"""A shell in a kernel's container, started by the engine's exec.

Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Exec
"""

import asyncio

from orchest_gateway.engine_async import PATIENCE, ask, request
from orchest_gateway.launch import LABEL

# How many bytes are read at a time.
CHUNK = 64 * 1024
# The shell's first line: this, and its process id, which is also the id of its session.
MARK = b"orchest-terminal "
# The image's `sh` runs this and becomes the shell. The notebook's folder may be gone. If the kernel has a layer
# (`orchest_layer.py`), the shell finds the same programs; with an environment of conda, or an R that is not the shipped
# image's, it has the same variables (`orchest_activate.py`).
SHELL = """
printf 'orchest-terminal %s\\n' "$$"
layer=
read -r layer 2>/dev/null </tmp/.orchest-layer
[ -n "$layer" ] && [ -x "$layer/bin/python" ] &&
    export VIRTUAL_ENV="$layer" PATH="$layer/bin:/environment/bin:/environment-support/bin:$PATH"
unset layer
[ -r /tmp/.orchest-activated ] && . /tmp/.orchest-activated
cd -- "$KERNEL_WORKING_DIR" 2>/dev/null || cd -- "$1" 2>/dev/null
command -v bash >/dev/null 2>&1 && exec bash
exec sh
"""

# Ends all processes of a session, with what any `sh` has: /proc/<id>/stat is "id (name) state parent group session …".
HANG_UP = """
each() {
    for stat in /proc/[0-9]*/stat; do
        read -r line 2>/dev/null <"$stat" || continue
        set -- ${line##*) }
        [ "$4" = "$session" ] && id=${stat#/proc/} && kill "-$signal" "${id%/stat}" 2>/dev/null
    done
}
session=$1
for signal in HUP CONT; do each; done
sleep 1
signal=KILL; each
"""


class Refused(Exception):
    """Why there is no terminal."""


def runs(entrypoint, root):
    """The shell's command. It begins with the launch's own entry point, which sets the person's umask and locale."""
    entrypoint = entrypoint or []
    own = entrypoint if entrypoint[:2] == ["/bin/sh", "-c"] and entrypoint[-1:] == ["--"] else []
    return [*own, "/bin/sh", "-c", SHELL, "sh", root]


class Exec:
    """A shell in a container."""

    def __init__(self, container, exec_id, session, reader, writer):
        self.container, self.id, self.session, self.reader, self.writer = container, exec_id, session, reader, writer

    @classmethod
    async def start(cls, container, launch, root):
        status, found = await ask("GET", f"/containers/{container}/json")
        if status != 200 or not found["State"]["Running"]:
            raise Refused("The kernel's container does not run. Restart the kernel, and try again.")
        config = found["Config"]
        if (config.get("Labels") or {}).get(LABEL) != launch:
            raise Refused("The kernel's container is not of this launch.")
        wanted = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Tty": True, "WorkingDir": "/"}
        wanted |= {"Cmd": runs(config.get("Entrypoint"), root), "Env": ["TERM=xterm-256color"]}
        status, made = await ask("POST", f"/containers/{container}/exec", wanted)
        if status != 201:
            raise Refused(f"The engine did not open a terminal: {made['message']}")
        status, reader, writer = await request(
            "POST", f"/exec/{made['Id']}/start", {"Detach": False, "Tty": True}, True
        )
        said = b""
        try:
            if status in (101, 200):
                while line := await asyncio.wait_for(reader.readline(), PATIENCE):
                    if line.startswith(MARK):
                        return cls(container, made["Id"], int(line[len(MARK) :]), reader, writer)
                    said += line
            else:
                said = await asyncio.wait_for(reader.read(CHUNK), PATIENCE)
        except BaseException:
            writer.close()
            raise
        writer.close()
        text = said.decode(errors="replace").strip()
        raise Refused(
            f"The image `{config['Image']}` has neither `bash` nor `sh` that could be run.\n"
            f"hint: use an image with a shell for this kernelspec.\nThe engine says: {text or 'nothing'}"
        )

    async def resize(self, rows, columns):
        await ask("POST", f"/exec/{self.id}/resize?h={rows}&w={columns}")

    async def exit_code(self):
        """The shell's exit code, or None if its container ended."""
        for _ in range(40):
            status, found = await ask("GET", f"/containers/{self.container}/json")
            if status != 200 or not found["State"]["Running"]:
                return None
            status, found = await ask("GET", f"/exec/{self.id}/json")
            code = found.get("ExitCode") if status == 200 and not found["Running"] else None
            # When a container ends, its processes are killed first, and the engine knows of the end a moment later.
            if code is not None and 0 <= code < 128:
                return code
            await asyncio.sleep(0.05)
        return -1 if code is None else code

    async def hang_up(self):
        """Ends the shell and its children."""
        self.writer.close()
        wanted = {"Cmd": ["/bin/sh", "-c", HANG_UP, "sh", str(self.session)]}
        status, made = await ask("POST", f"/containers/{self.container}/exec", wanted)
        if status == 201:
            await ask("POST", f"/exec/{made['Id']}/start", {"Detach": True})

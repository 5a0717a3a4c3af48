"""The first process of a kernel's container: starts the kernel, reports it to the gateway, and ends with it.

    python -I orchest_kernel.py [--tcp] COMMAND…, with {connection_file} where the kernel takes it

The kernel leads a session of its own, as `jupyter_client` starts one. A signal that the container gets goes to the
kernel's process group: an interrupt reaches the children of a cell, as it does without a container. The container ends
with the kernel, with its exit code (128 and the signal's number where it was killed), and takes along what the kernel
left in other groups and sessions.

Nothing here is on the network. The kernel's channels are sockets in a folder that only this container and the gateway
know (`KERNEL_CHANNELS`). The gateway gets the kernel's key there, too. To signal the kernel, a program asks the engine
to signal the container.

Where there is no such folder, because a launch script mounts none, or the kernel knows no such sockets (`--tcp`), the
kernel has ports, and the report is what Enterprise Gateway expects (its `processproxy.py`, ResponseManager, version 1):
ports and key in JSON, encrypted with a key of its own by AES, and that key with the gateway's by RSA. All users of the
engine's machine can reach these ports.
"""

import base64
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")
# The counter of refused processes, in control groups of version 2 and of version 1 (Linux's "Process Number
# Controller"). In version 2, a poll returns when it grows. In version 1, it has to be read again and again.
REFUSED = ("/sys/fs/cgroup/pids.events", "/sys/fs/cgroup/pids/pids.events")
# The time between two log lines about it (s).
SAID_EVERY = 60
# The time between two reads in version 1 (ms).
LOOK = 2000
CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
# Variables that the kernel has no use for.
OURS = ("RESPONSE_ADDRESS", "PUBLIC_KEY", "KERNEL_CHANNELS")
# How long the launcher looks for the kernel's sockets every 2 ms (s); then it looks less often.
SOON = 15


def connection(folder=None):
    """What the kernel listens on: sockets in a folder, or ports."""
    if folder:
        return {
            **{channel: place for place, channel in enumerate(CHANNELS, 1)},
            "ip": f"{folder}/kernel",
            "transport": "ipc",
            "signature_scheme": "hmac-sha256",
            "key": secrets.token_hex(32),
            "kernel_name": "",
        }
    # No other process is in this container yet, so its free ports stay free.
    sockets = [socket.create_server(("0.0.0.0", 0)) for _ in CHANNELS]
    ports = {channel: bound.getsockname()[1] for channel, bound in zip(CHANNELS, sockets)}
    for bound in sockets:
        bound.close()
    return {
        **ports,
        "ip": "0.0.0.0",
        "transport": "tcp",
        "signature_scheme": "hmac-sha256",
        "key": secrets.token_hex(32),
        "kernel_name": "",
    }


def written(found):
    """The path of a connection file that its owner alone can read."""
    kernel_id = os.environ["KERNEL_ID"]
    handle, path = tempfile.mkstemp(prefix=f"kernel-{kernel_id}-", suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return path


def sealed(text, public_key):
    # Imported only here, while the kernel starts: this takes longer than everything else in this file.
    from Cryptodome.Cipher import AES, PKCS1_v1_5
    from Cryptodome.PublicKey import RSA
    from Cryptodome.Util.Padding import pad

    key = secrets.token_bytes(16)
    sealed_key = PKCS1_v1_5.new(RSA.import_key(base64.b64decode(public_key))).encrypt(key)
    sealed_text = AES.new(key, AES.MODE_ECB).encrypt(pad(text.encode(), 16))
    return {
        "version": 1,
        "key": base64.b64encode(sealed_key).decode(),
        "conn_info": base64.b64encode(sealed_text).decode(),
    }


def report(found, address, public_key):
    host, _, port = address.rpartition(":")
    known = {**found, "kernel_id": os.environ["KERNEL_ID"], "pid": os.getpid(), "pgid": os.getpgid(0)}
    payload = base64.b64encode(json.dumps(sealed(json.dumps(known), public_key)).encode())
    with socket.create_connection((host, int(port)), timeout=30) as gateway:
        gateway.sendall(payload)


def told(found, folder):
    """Sends the gateway the key. Returns the connection, which later tells it that the kernel listens."""
    gateway = socket.socket(socket.AF_UNIX)
    gateway.connect(f"{folder}/gateway")
    gateway.sendall(json.dumps({"key": found["key"]}).encode() + b"\n")
    return gateway


def tell_open(gateway):
    try:
        gateway.sendall(b"open\n")
    except OSError as error:
        print(f"The gateway does not hear that the kernel listens: {error}", file=sys.stderr, flush=True)


def let_in(folder, kernel):
    """Opens the kernel's sockets to the gateway, which is another user, as the kernel makes them.

    Returns the kernel's exit code if the kernel ends before it has made all of them.
    """
    waiting = [f"{folder}/kernel-{place}" for place in range(1, len(CHANNELS) + 1)]
    began = time.monotonic()
    while waiting:
        try:
            os.chmod(waiting[0], 0o666)
            del waiting[0]
        except FileNotFoundError:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == kernel.pid:
                return code_of(status)
            time.sleep(0.002 if time.monotonic() - began < SOON else 0.1)
    return None


def started(command):
    """Starts the kernel, as the leader of a session."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    try:
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        sys.exit(f"The kernel's command `{command[0]}` cannot be run: {error.strerror}")


def forward(kernel):
    def to_group(signum, _):
        try:
            os.killpg(kernel.pid, signum)
        except ProcessLookupError:
            pass

    for name in FORWARDED:
        signal.signal(getattr(signal, name), to_group)


def tell_of_the_limit():
    """Logs when the limit of processes is reached. The thread waits, and costs next to nothing."""
    path = next((path for path in REFUSED if os.path.exists(path)), None)
    if path is None:
        return
    with open(path, encoding="ascii") as counter, open(path.replace("events", "max"), encoding="ascii") as most:
        most, before, said = most.read().strip(), counter.read(), None
        changes = select.poll()
        changes.register(counter, select.POLLPRI)
        look = None if path == REFUSED[0] else LOOK
        while True:
            changes.poll(look)
            counter.seek(0)
            now = counter.read()
            if now != before and (said is None or time.monotonic() - said > SAID_EVERY):
                said = time.monotonic()
                print(
                    f"[W] The kernel has reached its limit of {most} processes and threads: more are refused. "
                    "`limits` in the settings has another (`processes`).",
                    file=sys.stderr,
                    flush=True,
                )
            before = now


def code_of(status):
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def ended(kernel):
    """Waits for the end of the kernel, and of processes whose parent ended. Returns the kernel's exit code."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == kernel.pid:
            return code_of(status)


def main():
    # Before the kernel starts, a signal ends nothing: that is Linux's rule for the first process of a container.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    words, folder = sys.argv[1:], os.environ.get("KERNEL_CHANNELS")
    if words[:1] == ["--tcp"]:
        words, folder = words[1:], None
    if folder and not os.path.exists(f"{folder}/gateway"):
        folder = None
    found = connection(folder)
    path = written(found)
    command = [part.replace("{connection_file}", path) for part in words]
    if os.environ.get("KERNEL_CLASS_NAME") and any("ipykernel" in part for part in command):
        command.append(f"--IPKernelApp.kernel_class={os.environ['KERNEL_CLASS_NAME']}")
    # Before the kernel starts, so that the gateway has the key first.
    gateway = told(found, folder) if folder else None
    kernel = started(command)
    forward(kernel)
    threading.Thread(target=tell_of_the_limit, daemon=True).start()
    code = None
    if gateway:
        code = let_in(folder, kernel)
        if code is None:
            tell_open(gateway)
        gateway.close()
    else:
        report(found, os.environ["RESPONSE_ADDRESS"], os.environ["PUBLIC_KEY"])
    code = ended(kernel) if code is None else code
    if code == 128 + signal.SIGKILL:
        # The engine reports that memory ran out some milliseconds later, and not for a container that is gone.
        time.sleep(0.2)
    sys.stdout.flush()
    # Not `sys.exit`: processes that the kernel left end with this one, and must not delay it.
    os._exit(code)


if __name__ == "__main__":
    main()

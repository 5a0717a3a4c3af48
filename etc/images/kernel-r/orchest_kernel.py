"""The first process of a kernel's container: starts the kernel, reports it to the gateway, and ends with it.

    python -I orchest_kernel.py COMMAND…, with {connection_file} where the kernel takes it

The kernel leads a session of its own, as `jupyter_client` starts one. A signal that the container gets goes to the
kernel's process group: an interrupt reaches the children of a cell, as it does without a container. The container ends
with the kernel, with its exit code (128 and the signal's number where it was killed), and takes along what the kernel
left in other groups and sessions.

Nothing listens here: whoever wants to signal the kernel asks the engine to signal the container. So no other container
on the network can.

The report is what Enterprise Gateway expects of its kernels (its `processproxy.py`, ResponseManager, version 1): ports
and key in JSON, encrypted with a key of its own by AES, and that key with the gateway's by RSA.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")
CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def connection():
    """What the kernel listens on. Nobody else is in this container yet, so that its free ports stay free."""
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
    # Imported while the kernel starts: this takes longer than all else here.
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
    told = {**found, "kernel_id": os.environ["KERNEL_ID"], "pid": os.getpid(), "pgid": os.getpgid(0)}
    payload = base64.b64encode(json.dumps(sealed(json.dumps(told), public_key)).encode())
    with socket.create_connection((host, int(port)), timeout=30) as gateway:
        gateway.sendall(payload)


def started(command):
    """The kernel: the leader of a session, and with the signals as a program expects them."""
    env = {name: value for name, value in os.environ.items() if name not in ("RESPONSE_ADDRESS", "PUBLIC_KEY")}
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


def code_of(status):
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def ended(kernel):
    """Waits for the kernel's end, and for that of all that lost its parent; answers with the exit code."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == kernel.pid:
            return code_of(status)


def main():
    # Until the kernel is there, a signal ends nothing: the engine's rule for the first process of a container.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    address, public_key = os.environ["RESPONSE_ADDRESS"], os.environ["PUBLIC_KEY"]
    found = connection()
    path = written(found)
    command = [part.replace("{connection_file}", path) for part in sys.argv[1:]]
    if os.environ.get("KERNEL_CLASS_NAME") and any("ipykernel" in part for part in command):
        command.append(f"--IPKernelApp.kernel_class={os.environ['KERNEL_CLASS_NAME']}")
    kernel = started(command)
    forward(kernel)
    report(found, address, public_key)
    code = ended(kernel)
    if code == 128 + signal.SIGKILL:
        # An engine tells that memory was wanting some milliseconds after it was, and not of a container that is gone.
        time.sleep(0.2)
    sys.stdout.flush()
    # Not `sys.exit`: what the kernel left running ends with this process, and must not hold it up.
    os._exit(code)


if __name__ == "__main__":
    main()

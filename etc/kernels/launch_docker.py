"""Starts one kernel as a container, for Enterprise Gateway, and stays until it is known to live.

Enterprise Gateway runs this inside its own container, with the arguments of the kernelspec's `argv`
and an environment that holds the image (`KERNEL_IMAGE`) and the network (`EG_DOCKER_NETWORK`).
What the kernel may see and who it is come from `ORCHEST_KERNEL` alone, one JSON object that the
launch gave to the gateway; a client's request cannot reach it.

The script listens to the container's output. If the container ends, the last lines go to stderr and
the exit code is 1; when the kernel has reported to the gateway, the gateway ends the script.

Only the standard library, so that any gateway image can run it.
Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

import argparse
import http.client
import json
import os
import posixpath
import secrets
import socket
import sys
from pathlib import Path
from urllib.parse import quote

SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
LINES = 30


class Failure(Exception):
    """What the person will read in the notebook."""


class Connection(http.client.HTTPConnection):
    """HTTP over the engine's socket; one connection carries one request at a time."""

    def __init__(self):
        super().__init__("engine")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)

    def ask(self, method, path, body=None):
        """Sends a request and returns the response, whose body is unread."""
        headers = {"Content-Type": "application/json"}
        # The engine's own default version is its newest; all that is used here is in 1.41.
        self.request(method, path, json.dumps(body) if body is not None else None, headers)
        return self.getresponse()

    def done(self, method, path, body=None):
        """Sends a request; returns its status and its decoded body."""
        response = self.ask(method, path, body)
        text = response.read().decode(errors="replace")
        try:
            return response.status, json.loads(text or "null")
        except ValueError:
            return response.status, {"message": text}


def arguments():
    """Both spellings that Enterprise Gateway's kernelspecs use."""
    parser = argparse.ArgumentParser()
    for name in ("kernel-id", "port-range", "response-address", "public-key",
                 "spark-context-initialization-mode", "kernel-class-name"):
        parser.add_argument(f"--{name}", f"--RemoteProcessProxy.{name}", dest=name.replace("-", "_"), nargs="?")
    found, _ = parser.parse_known_args()
    for name in ("kernel_id", "response_address", "public_key"):
        if not getattr(found, name):
            raise Failure(f"The kernelspec's argv lacks --{name.replace('_', '-')}.")
    return found


def working_dir(root, asked):
    """The notebook's own folder, if it is inside the pipeline's; else the pipeline's."""
    path = posixpath.normpath(asked or root)
    return path if path == root or path.startswith(root.rstrip("/") + "/") else root


def kernelspec():
    """The gateway names it; without that, the folder this script is in does."""
    return os.environ.get("ORCHEST_KERNELSPEC") or Path(__file__).resolve().parent.parent.name


def container(args, config):
    """The engine's description of the kernel's container."""
    root = config.get("root") or "/notebooks"
    directory = working_dir(root, os.environ.get("KERNEL_WORKING_DIR"))
    env = {name: value for name, value in os.environ.items() if name.startswith(("KERNEL_", "EG_M"))}
    env |= {
        # The launchers' default is debug, which writes the connection's key to the log.
        "LOG_LEVEL": "30",
        # The user may be unknown to the image, and its home closed to that user.
        "USER": "orchest",
        "HOME": "/tmp",
    }
    env |= json.loads(os.environ.get("ORCHEST_KERNELSPEC_ENV") or "{}")
    env |= {
        "KERNEL_ID": args.kernel_id,
        "KERNEL_LANGUAGE": os.environ.get("KERNEL_LANGUAGE", "python"),
        "KERNEL_SPARK_CONTEXT_INIT_MODE": args.spark_context_initialization_mode or "none",
        "KERNEL_WORKING_DIR": directory,
        "RESPONSE_ADDRESS": args.response_address,
        "PUBLIC_KEY": args.public_key,
        "PORT_RANGE": args.port_range or "0..0",
        "MIN_PORT_RANGE_SIZE": os.environ.get("EG_MIN_PORT_RANGE_SIZE", "1000"),
    }
    if args.kernel_class_name:
        env["KERNEL_CLASS_NAME"] = args.kernel_class_name
    labels = dict(config.get("labels") or {})
    labels |= {
        "kernel_id": args.kernel_id,
        "org.orchest.role": "kernel",
        "org.orchest.kernelspec": kernelspec(),
    }
    if config.get("memory"):
        # Told with the container's end, when the container itself is gone.
        labels["org.orchest.memory"] = str(config["memory"])
    return {
        "Image": os.environ["KERNEL_IMAGE"],
        "User": config.get("user") or "1000:1000",
        "Env": [f"{name}={value}" for name, value in env.items()],
        "WorkingDir": directory,
        "Labels": labels,
        "HostConfig": {
            "NetworkMode": os.environ.get("EG_DOCKER_NETWORK", "bridge"),
            "AutoRemove": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": config.get("security_opt") or ["no-new-privileges"],
            "GroupAdd": config.get("group_add") or [],
            "Mounts": config.get("mounts") or [],
            "Memory": config.get("memory") or 0,
            "NanoCpus": config.get("nano_cpus") or 0,
        },
    }


def tail(stream):
    """Reads the container's output to its end; returns the last lines.

    Each frame is a header of 8 bytes (stream, 0, 0, 0, length), then the text.
    """
    text = b""
    while len(header := stream.read(8)) == 8:
        text = (text + stream.read(int.from_bytes(header[4:], "big")))[-64_000:]
    return text.decode(errors="replace").splitlines()[-LINES:]


def why(code):
    reasons = {125: "the engine could not run it", 126: "its command cannot be executed",
               127: "its command was not found", 137: "it was killed, maybe for want of memory"}
    return f"exit code {code}" + (f": {reasons[code]}" if code in reasons else "")


def run(args, config):
    """Starts the container and follows it to its end, which is always a failure here."""
    engine = Connection()
    wanted = container(args, config)
    image = wanted["Image"]
    # A restarted kernel keeps its id while its last container is still being removed.
    name = f"{config.get('name_prefix') or 'orchest-kernel-'}{args.kernel_id}-{secrets.token_hex(2)}"
    status, answer = engine.done("POST", f"/containers/create?name={quote(name)}", wanted)
    if status == 404 and "image" in answer["message"].lower():
        raise Failure(f"The image `{image}` of the kernelspec `{kernelspec()}` is not on this machine.\n"
                      "hint: prepare the images again, or pull it.")
    if status != 201:
        raise Failure(f"The engine did not create the kernel's container: {answer['message']}")

    # Both before the start: an auto-removed container takes its log and its exit code with it.
    path = f"/containers/{answer['Id']}"
    output = Connection().ask("POST", f"{path}/attach?stream=1&stdout=1&stderr=1")
    waiting = Connection()
    waiting.request("POST", f"{path}/wait?condition=next-exit")
    status, answer = engine.done("POST", f"{path}/start")
    if status not in (204, 304):
        engine.done("DELETE", f"{path}?force=1")
        raise Failure(f"The engine did not start the kernel's container: {answer['message']}")

    lines = tail(output)
    code = json.load(waiting.getresponse()).get("StatusCode")
    said = "\n".join(["Its last lines:", *lines]) if lines else "It wrote nothing."
    raise Failure(f"The kernel's container ended ({why(code)}) before the kernel was ready. Image: `{image}`.\n{said}")


def main():
    try:
        run(arguments(), json.loads(os.environ.get("ORCHEST_KERNEL") or "{}"))
    except Failure as failure:
        sys.exit(str(failure))
    except OSError as error:
        sys.exit(f"The engine cannot be reached at `{SOCKET}`: {error}")


if __name__ == "__main__":
    main()

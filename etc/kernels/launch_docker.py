"""Starts one kernel as a container, for Enterprise Gateway, and stays until it is known to live.

Enterprise Gateway runs this inside its own container, with the arguments of the kernelspec's `argv`
and an environment that holds the image (`KERNEL_IMAGE`) and the network (`EG_DOCKER_NETWORK`).
What the kernel may see and who it is come from `ORCHEST_KERNEL` alone, one JSON object that the
launch gave to the gateway; a client's request cannot reach it. The kernelspec may ask for smaller
limits and for GPUs (`ORCHEST_KERNELSPEC_RESOURCES`, its `metadata.orchest`).

The script listens to the container's output. If the container ends, the last lines go to stderr and
the exit code is 1; when the kernel has reported to the gateway, the gateway ends the script.

The folder's variables are in a file that the launch puts into the gateway (`VARIABLES`).

Only the standard library, so that any gateway image can run it.
Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

import argparse
import http.client
import json
import os
import posixpath
import re
import secrets
import socket
import string
import sys
import time
from pathlib import Path
from urllib.parse import quote

SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
LINES = 30
# How kernels start in images that were not made for them, by the image's id. Orchest writes it.
IMAGES = "/usr/share/orchest/images/images.json"
# The variables of the folder's kernels: one JSON object. A launch without variables has no such file.
VARIABLES = "/opt/orchest/variables.json"
# Names the variables of a kernelspec's `env` and of the folder, whose values no log and no failure shows.
HIDDEN = "org.orchest.hidden"
# Sets the umask, and those locales that the image has, for the image's own command: the engine knows neither. Each
# locale comes as an assignment and the name that `locale -a` has for it; where there is none, none is there.
AS_THE_PERSON = """
umask "$1"; shift
has=" $(locale -a 2>/dev/null | tr '\\n' ' ') "
while [ "$1" != -- ]; do
    case "$has" in *" $2 "*) export "$1" ;; esac
    shift 2
done
shift
exec "$@"
"""


class Failure(Exception):
    """What the person will read in the notebook."""


class NoShell(Exception):
    """The image has no shell that could set what the engine cannot."""


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
    for name in (
        "kernel-id",
        "port-range",
        "response-address",
        "public-key",
        "spark-context-initialization-mode",
        "kernel-class-name",
    ):
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


def of_image(engine, image):
    """What the image's definition says of its command and environment. Another image may stand in for it."""
    status, answer = engine.done("GET", f"/images/{quote(image)}/json")
    if status == 404:
        raise missing(image)
    if status != 200:
        raise Failure(f"The engine did not tell what the image `{image}` runs: {answer['message']}")
    note = noted(answer.get("Id"))
    if "Instead" in note:
        return {**of_image(engine, note["Instead"]), **note}
    return {**(answer.get("Config") or {}), **note}


def noted(image):
    """How a kernel starts in an image that was not made for kernels; its own command is not run."""
    language = os.environ.get("KERNEL_LANGUAGE", "python").lower()
    if language not in ("python", "r"):
        return {}
    try:
        with open(IMAGES, encoding="utf-8") as file:
            note = json.load(file)[image if language == "python" else f"{image} R"]
        if note.get("image"):
            return {"Instead": str(note["image"])}
        return {"Entrypoint": list(note["command"]), "Cmd": [], "Mounts": list(note["mounts"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def missing(image):
    return Failure(
        f"The image `{image}` of the kernelspec `{kernelspec()}` is not on this machine.\n"
        f"hint: run `orchest images --prepare {kernelspec()}` in a terminal, and start the kernel again."
    )


def without_gpus(said):
    # The app writes the kernelspec of a folder's environment.
    of_folder = kernelspec() == "this_folder"
    asks = "The folder's `devcontainer.json`" if of_folder else f"The kernelspec `{kernelspec()}`"
    remedy = "make them optional in that file" if of_folder else "take `gpus` out of the kernelspec"
    return Failure(
        f"{asks} asks for GPUs, and the engine has none for containers: {said}\n"
        f"hint: install the NVIDIA Container Toolkit on the engine's machine, or {remedy}."
    )


def own_env():
    """The kernelspec's `env`."""
    return {name: str(value) for name, value in json.loads(os.environ.get("ORCHEST_KERNELSPEC_ENV") or "{}").items()}


def of_folder():
    """The folder's variables. They arrive as they are: nothing in them stands for another variable."""
    for left in reversed(range(5)):
        try:
            return json.loads(Path(VARIABLES).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            # The app is writing it at this moment.
            if not left:
                raise Failure("The variables of the folder cannot be read: launch the folder again.") from None
            time.sleep(0.1)


def own_mounts():
    """The kernelspec's own mounts, such as its environment."""
    return json.loads(os.environ.get("ORCHEST_KERNELSPEC_MOUNTS") or "[]")


def own_resources():
    """The kernelspec's own limits and GPUs."""
    found = json.loads(os.environ.get("ORCHEST_KERNELSPEC_RESOURCES") or "{}")
    return found.get("limits") or {}, found.get("gpus")


def own_limits(config):
    """The kernelspec's limits that the engine keeps. An engine may refuse a container with another one."""
    own, _ = own_resources()
    of = {"memory_mb": "memory", "cpus": "cpus"}
    return {name: value for name, value in own.items() if of.get(name) not in (config.get("unkept") or [])}


def smallest(*limits):
    """The smallest of some limits; None and 0 are no limit."""
    return min((limit for limit in limits if limit), default=0)


def bounds(config, cores):
    """The kernelspec's limits, and no more than the launch's. An engine refuses more cores than it has."""
    own = own_limits(config)
    memory = smallest((own.get("memory_mb") or 0) << 20, config.get("memory"))
    return {
        "Memory": memory,
        "NanoCpus": smallest(round((own.get("cpus") or 0) * 1e9), config.get("nano_cpus"), round((cores or 0) * 1e9)),
        # Its content counts as memory.
        "ShmSize": smallest((own.get("shm_mb") or 0) << 20, config.get("shm"), memory),
    }


def gpus():
    """The request for the kernelspec's GPUs, as the Docker CLI makes it for `--gpus`."""
    _, asked = own_resources()
    if not asked:
        return {}
    count = -1 if asked == "all" else asked
    return {"DeviceRequests": [{"Driver": "", "Count": count, "Capabilities": [["gpu"]]}]}


def cores_of(engine, config):
    """The cores of the engine's machine, if the kernelspec limits them."""
    if not own_limits(config).get("cpus"):
        return None
    status, answer = engine.done("GET", "/info")
    return answer.get("NCPU") if status == 200 else None


def expanded(own, env):
    """As Jupyter does it (jupyter_client's `_get_env_substitutions`): what is not known stays as it is."""
    return {name: string.Template(value).safe_substitute(env) for name, value in own.items()}


def command(image, config, own):
    """The image's own command, run with the person's umask and, where the image has it, their locale."""
    locale = {name: value for name, value in (config.get("locale") or {}).items() if name not in own}
    umask = config.get("umask") or "0022"
    runs = [*(image.get("Entrypoint") or []), *(image.get("Cmd") or [])]
    if not runs or (umask == "0022" and not locale):
        return without_shell(image)
    words = ["/bin/sh", "-c", AS_THE_PERSON, "sh", umask]
    for name, value in locale.items():
        place, _, rest = value.partition(".")
        modifier = rest.partition("@")[2]
        words += [f"{name}={value}", f"{place}.utf8" + (f"@{modifier}" if modifier else "")]
    return {"Entrypoint": [*words, "--"], "Cmd": runs}


def without_shell(image):
    """The command as it is: the image's own, or that of an image that was not made for kernels."""
    return {"Entrypoint": image["Entrypoint"], "Cmd": image["Cmd"]} if "Mounts" in image else {}


def container(args, config, image, cores=None):
    """The engine's description of the kernel's container."""
    root = config.get("root") or "/notebooks"
    directory = working_dir(root, os.environ.get("KERNEL_WORKING_DIR"))
    env = {name: value for name, value in os.environ.items() if name.startswith(("KERNEL_", "EG_M"))}
    env |= {
        # The launchers' default is debug, which writes the connection's key to the log.
        "LOG_LEVEL": "30",
        # The user may be unknown to the image, and its home closed to that user.
        "USER": "orchest",
        "HOME": config.get("home") or "/tmp",
    }
    env |= config.get("env") or {}
    own, folder = own_env(), of_folder()
    of_the_image = dict(entry.partition("=")[::2] for entry in image.get("Env") or [])
    env |= expanded(own, of_the_image | env) | folder
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
        HIDDEN: " ".join(own | folder),
    }
    limits = bounds(config, cores)
    if limits["Memory"]:
        # Told with the container's end, when the container itself is gone.
        labels["org.orchest.memory"] = str(limits["Memory"])
    return {
        **command(image, config, own | folder),
        "Image": image.get("Instead") or os.environ["KERNEL_IMAGE"],
        "User": config.get("user") or "1000:1000",
        "Env": [f"{name}={value}" for name, value in env.items()],
        "WorkingDir": directory,
        "Labels": labels,
        # Podman waits for it before it removes a container, also by force.
        "StopTimeout": 0,
        "HostConfig": {
            "NetworkMode": os.environ.get("EG_DOCKER_NETWORK", "bridge"),
            "AutoRemove": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": config.get("security_opt") or ["no-new-privileges"],
            "GroupAdd": config.get("group_add") or [],
            "UsernsMode": config.get("userns_mode") or "",
            "Mounts": [*(config.get("mounts") or []), *own_mounts(), *(image.get("Mounts") or [])],
            # What Podman would divide at a comma.
            "Binds": config.get("binds") or [],
            **limits,
            **gpus(),
            "PidsLimit": config.get("processes"),
            # For the engine's own log driver.
            **({"LogConfig": {"Type": "", "Config": config["log"]}} if config.get("log") else {}),
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


def hidden(text, wanted):
    """Without the values of the kernelspec's `env` and of the folder: launchers print all of a kernel's environment.

    One of three letters or less is hidden only beside its name: it is part of many words.
    """
    env, raw = dict(entry.partition("=")[::2] for entry in wanted["Env"]), own_env() | of_folder()
    values = [(name, value) for name in raw for value in (env[name], raw[name]) if value]
    for name, value in sorted(values, key=lambda pair: len(pair[1]), reverse=True):
        text = text.replace(f"{name}={value}", f"{name}=…")
        if len(value) > 3:
            text = text.replace(value, "…")
    return re.sub(r"(://)[^/\s:@]*:[^/\s@]*@", r"\1…@", text)


def why(code):
    reasons = {
        125: "the engine could not run it",
        126: "its command cannot be executed",
        127: "its command was not found",
        137: "it was killed, maybe for want of memory",
    }
    return f"exit code {code}" + (f": {reasons[code]}" if code in reasons else "")


def started(engine, args, config, wanted):
    """Makes and starts the container; returns its output and its end, both unread."""
    # A restarted kernel keeps its id while its last container is still being removed.
    name = f"{config.get('name_prefix') or 'orchest-kernel-'}{args.kernel_id}-{secrets.token_hex(2)}"
    status, answer = engine.done("POST", f"/containers/create?name={quote(name)}", wanted)
    if status == 404 and "image" in answer["message"].lower():
        raise missing(wanted["Image"])
    if status != 201:
        raise Failure(f"The engine did not create the kernel's container: {answer['message']}")

    # Both before the start: an auto-removed container takes its log and its exit code with it.
    path = f"/containers/{answer['Id']}"
    output = Connection().ask("POST", f"{path}/attach?stream=1&stdout=1&stderr=1")
    waiting = Connection()
    waiting.request("POST", f"{path}/wait?condition=next-exit")
    status, answer = engine.done("POST", f"{path}/start")
    if status not in (204, 304):
        engine.done("DELETE", f"{path}?force=1&v=1")
        if wanted.get("Entrypoint") and "/bin/sh" in answer["message"]:
            raise NoShell
        if gpus() and ("device driver" in answer["message"] or "nvidia" in answer["message"].lower()):
            raise without_gpus(answer["message"])
        raise Failure(f"The engine did not start the kernel's container: {answer['message']}")
    return output, waiting


def run(args, config):
    """Starts the container and follows it to its end, which is always a failure here."""
    engine = Connection()
    image = os.environ["KERNEL_IMAGE"]
    known = of_image(engine, image)
    wanted = container(args, config, known, cores_of(engine, config))
    try:
        output, waiting = started(engine, args, config, wanted)
    except NoShell:
        # Its umask and locale are then the engine's.
        plain = {"Entrypoint": None, "Cmd": None, **without_shell(known)}
        output, waiting = started(engine, args, config, {**wanted, **plain})

    lines = tail(output)
    code = json.load(waiting.getresponse()).get("StatusCode")
    lines = hidden("\n".join(lines), wanted).splitlines()
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

"""Whether kernels can start in an image that was not made for them.

Stock: an image without a kernel launcher cannot run a kernel: the start fails after its time-out.
Here: the app finds out once where the image's Python is, or lays over its R what a kernel needs, and writes how a
kernel starts there (`images.json`). The launch script reads it. Without it, the image counts as missing, and the
gateway asks the window for it (`images.py`).
Written for Enterprise Gateway 3.3.0.
"""

import json

# What the app knows of such images, by their ids. The launch mounts it.
NOTES = "/usr/share/orchest/images/images.json"
# Every image that is built from one of ours has it (`core/src/images/definition.rs`).
OURS = "org.orchest.context"
# An image with a launcher that nobody knows here.
OWN_LAUNCHER = "org.orchest.launcher"
# Programs that start a kernel: ours, and those of Enterprise Gateway. `core/src/environment/any_image.rs` has the same.
LAUNCHERS = ("orchest_kernel.py", "bootstrap-kernel", "launch_ipykernel", "launch_IRkernel", "launch_kubernetes")


def is_unknown(image, language):
    """Whether nobody knows yet how a kernel of this language starts in the image, which the engine describes."""
    config = image.get("Config") or {}
    if language not in ("python", "r") or not config or {OURS, OWN_LAUNCHER} & set(config.get("Labels") or {}):
        return False
    words = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
    if any(launcher in word for word in words for launcher in LAUNCHERS):
        return False
    return (image.get("Id") if language == "python" else f"{image.get('Id')} R") not in notes()


def notes():
    try:
        with open(NOTES, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

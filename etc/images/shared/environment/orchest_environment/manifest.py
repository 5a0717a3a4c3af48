"""What is in an environment, written into it."""

import json
import time

from orchest_environment import installed, key

NAME = "manifest.json"


def made(folder, packages, tag, python, requested):
    files = {one.name: key.of_files(one) for one in packages}
    here = [(one, files.get(one.normal) or files.get(one.name)) for one in installed.of(folder)]
    return {
        "python": python,
        "tag": tag,
        "requested": requested,
        "created": int(time.time()),
        "packages": [
            {"name": one.name, "version": one.version, "size": one.size(), "files": digest} for one, digest in here
        ],
    }


def write(folder, manifest):
    (folder / NAME).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def read(folder):
    try:
        return json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

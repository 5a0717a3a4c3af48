"""Runs a Python launch script in the same way as this gateway.

Stock: the launch script runs by `python` with the kernelspec's `env`, so it imports modules that `PYTHONPATH` or a home
names, and other processes of its user can read its memory.
Here: it runs by this gateway's own interpreter, with `-I` and `run_script.py`.
Why: the script has the engine's socket, and its environment is meant for the kernel.
Written for Enterprise Gateway 3.3.0.
"""

import os
import shutil
import sys

# Runs launch scripts that are written in Python.
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_script.py")


def closed(command, path=None):
    """The command that replaces a kernelspec's own. A Python script then runs as this gateway does: no other process
    can look into it, and it imports nothing that its environment names, because that is meant for the kernel.
    """
    program, *rest = command
    if not (found := shutil.which(program, path=path)):
        return command
    own = os.path.realpath(os.path.join(sys.prefix, "bin", "python"))
    if found != sys.executable and os.path.realpath(found) != own:
        return command
    # A command with Python's options keeps them. Its script then finds modules beside it first, as usual.
    return [sys.executable, *(["-Es"] if not rest or rest[0].startswith("-") else ["-I", SCRIPT]), *rest]

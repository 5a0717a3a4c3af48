"""Runs the command of a kernelspec as this gateway runs, where the command is Python's.

Stock: the launch script runs by `python` with the kernelspec's `env`, so it imports modules that `PYTHONPATH` or a home
names, and other processes of its user can read its memory.
Here: it runs by this gateway's own interpreter, `-I`, and `run_script.py`.
Why: the script has the engine's socket, and its environment is meant for the kernel.
Written for Enterprise Gateway 3.3.0.
"""

import os
import shutil
import sys

# Runs launch scripts of Python's.
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_script.py")


def closed(command, path=None):
    """A kernelspec's command, run as this gateway is where it is Python's: nobody looks into it, and what its environment
    names, which is the kernel's, is not imported.
    """
    program, *rest = command
    if not (found := shutil.which(program, path=path)):
        return command
    if found != sys.executable and os.path.realpath(found) != os.path.realpath(
        os.path.join(sys.prefix, "bin", "python")
    ):
        return command
    # Options go before the script; with them, it has the place of its folder as ever.
    return [sys.executable, *(["-Es"] if not rest or rest[0].startswith("-") else ["-I", SCRIPT]), *rest]

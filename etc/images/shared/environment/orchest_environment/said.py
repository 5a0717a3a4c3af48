"""Prints JSON lines. The tool's own lines are collected, so that there are few lines each second."""

import errno
import json
import sys
import time
import traceback

from orchest_environment.failure import Failure
from orchest_environment.hiding import hidden

# The time between two lines of one kind (s).
EVERY = 0.15

_waiting, _last = [], {"log": 0.0, "installing": 0.0}


def say(step, **fields):
    """Prints a line now, after the log that belongs before it."""
    flush(at_once=True)
    _print({"step": step, **fields})


def reported(work):
    """Does the work. Returns the exit code; a failure is the last line."""
    try:
        work()
    except Failure as failure:
        say(**failure.line())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            failure = Failure("disk", "The engine's disk is full. What was begun is removed again.")
        else:
            failure = Failure("internal", f"A file could not be used: {hidden(str(error))}.")
        say(**failure.line())
    except Exception as error:
        log(traceback.format_exc())
        say(**Failure("internal", f"This is a fault of the app: {hidden(repr(error))}.").line())
    else:
        return 0
    return 1


def log(text):
    """A line for the log that a person can open."""
    _waiting.append(hidden(text))
    flush()


def flush(at_once=False):
    if _waiting and (at_once or _due("log")):
        _print({"step": "log", "text": "\n".join(_waiting)})
        _waiting.clear()


def progress(**fields):
    """Prints a line unless there was one a moment ago."""
    if _due("installing"):
        _print({"step": "installing", **fields})


def _due(kind):
    now = time.monotonic()
    if now - _last[kind] < EVERY:
        return False
    _last[kind] = now
    return True


def _print(line):
    # Encoded with \u, so that it needs no locale.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()

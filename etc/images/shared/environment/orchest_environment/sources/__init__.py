"""Readers of the files that name packages. Each makes a `Wanted` of a request; uv does the rest."""

import traceback
from importlib import import_module

from orchest_environment import places, said
from orchest_environment.failure import Failure
from orchest_environment.sources import resolved

LOCKS = {"uv.lock": "uv_lock", "poetry.lock": "poetry_lock", "pdm.lock": "pdm_lock", "Pipfile.lock": "pipfile_lock"}
KINDS = {
    "requirements": "requirements",
    "notebook": "requirements",
    "pyproject": "pyproject",
    "pipfile": "pipfile",
    "setup": "setup",
}


def read(request):
    """What the request's source asks for."""
    if request.wheels:
        return resolved.read(places.REQUEST)
    reader = KINDS[request.kind]
    # To upgrade everything means to leave the lock out.
    if request.locked_by and "*" not in request.upgrade:
        name = request.locked_by.rsplit("/", 1)[-1]
        reader = LOCKS.get(name, "pylock_file")
    else:
        name = request.file
    module = import_module(f"orchest_environment.sources.{reader}")
    try:
        return module.read(request)
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
        # Well-formed, and not what the file should have: a number in place of a name, or the like.
        said.log(traceback.format_exc())
        raise Failure("file", f"`{name}` has something that does not belong there: {error}.") from error

"""Pipfile.lock: a whole set, pinned, with hashes."""

import json

from orchest_environment import names
from orchest_environment.failure import Failure
from orchest_environment.request import inside
from orchest_environment.sources import pins, pipfile
from orchest_environment.wanted import Wanted, toml


def read(request):
    try:
        lock = json.loads(inside(request.files, request.locked_by).read_text(encoding="utf-8-sig"))
        default, develop = lock.get("default") or {}, lock.get("develop") or {}
        sources = (lock.get("_meta") or {}).get("sources") or []
    except OSError as error:
        raise Failure("file", f"`{request.locked_by}` cannot be read: {error.strerror}.") from error
    except (ValueError, AttributeError) as error:
        raise Failure("file", f"`{request.locked_by}` is not a lock of pipenv: {error}.") from error
    upgraded = {names.normal(name) for name in request.upgrade}
    wanted = Wanted(lines=pipfile.sources(sources), whole=not upgraded)
    entries = dict(default)
    if {"dev", "dev-packages", "develop"} & set(request.groups):
        entries |= develop
    made = Wanted()
    for name, entry in entries.items():
        if isinstance(entry, dict) and names.normal(name) not in upgraded:
            pipfile.add(made, name, entry)
            pins.note(wanted.hashes, name, {value.lower() for value in entry.get("hashes") or []})
    wanted.builds = made.builds
    if upgraded:
        asked = pipfile.read(request)
        wanted.lines, wanted.requested = asked.lines, asked.requested
        wanted.constraints = [line for line in made.lines if "==" in line and " @ " not in line]
        return wanted
    wanted.lines += made.lines
    # Without a Pipfile beside it, the lock is all there is.
    path = request.files / "Pipfile"
    asked = (toml(path, "Pipfile").get("packages") or {}) if path.is_file() else entries
    wanted.requested = sorted(names.normal(name) for name in asked)
    return wanted

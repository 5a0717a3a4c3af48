"""Pipfile, without its lock."""

import os

from orchest_environment import names
from orchest_environment.sources import poetry
from orchest_environment.wanted import Wanted, toml


def read(request):
    found = toml(request.path, request.file)
    wanted = Wanted(lines=sources(found.get("source") or []))
    wished = dict(found.get("packages") or {})
    if {"dev", "dev-packages", "develop"} & set(request.groups):
        wished |= found.get("dev-packages") or {}
    for name, entry in wished.items():
        add(wanted, name, entry if isinstance(entry, dict) else {"version": entry})
    wanted.requested = sorted(names.normal(name) for name in wished)
    return wanted


def sources(listed):
    """Options for the indexes: the first is the one that has everything."""
    urls = [os.path.expandvars(of["url"]) for of in listed if isinstance(of, dict) and of.get("url")]
    return [f"{'--extra-index-url' if place else '--index-url'} {url}" for place, url in enumerate(urls)]


def add(wanted, name, entry):
    extras = entry.get("extras") or []
    head = name + (f"[{','.join(extras)}]" if extras else "")
    tails = [entry["markers"]] if entry.get("markers") else []
    # A marker can be a field of its own: `sys_platform = "== 'win32'"`.
    tails += [f"{field} {entry[field]}" for field in MARKERS if entry.get(field)]
    tail = f" ; {' and '.join(f'({one})' for one in tails)}" if tails else ""
    if entry.get("git"):
        at = f"@{entry['ref']}" if entry.get("ref") else ""
        wanted.builds.append(name)
        wanted.lines.append(f"{name} @ git+{entry['git']}{at}{tail}")
    elif entry.get("path"):
        wanted.builds.append(name)
        path = entry["path"] if entry["path"].startswith(("/", ".")) else f"./{entry['path']}"
        wanted.lines.append(("-e " if entry.get("editable") else "") + path)
    elif entry.get("file"):
        wanted.lines.append(f"{head} @ {entry['file']}{tail}")
    else:
        version = str(entry.get("version") or "*")
        wanted.lines.append(f"{head}{'' if version == '*' else poetry.specifier(version)}{tail}")


MARKERS = ("os_name", "sys_platform", "platform_machine", "platform_system", "python_version", "python_full_version")

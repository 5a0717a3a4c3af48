"""Reads the files of conda, pixi and conda-lock."""

import re
import traceback
from pathlib import PurePosixPath

import yaml

from orchest_environment import names, said
from orchest_environment.conda import lock
from orchest_environment.conda.wanted import Wanted
from orchest_environment.failure import Failure
from orchest_environment.wanted import toml

# The tables of a pixi file that hold for the kernels, in the order in which they count.
TARGETS = ("unix", "linux", "linux-64", "linux-aarch64")
SPEC = re.compile(r"^(?:.*::)?\s*([A-Za-z0-9._-]+)")


def read(request):
    readers = {"conda": environment, "pixi": pixi, "conda_lock": lock.read}
    if request.kind not in readers:
        raise Failure("internal", f"`{request.kind}` is no kind of a conda file.")
    try:
        wanted = readers[request.kind](request)
        wanted.settings = settings(request)
        wanted.requested = sorted({name_of(spec) for spec in wanted.specs} | asked_of_pip(wanted.pip))
        return wanted
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
        said.log(traceback.format_exc())
        raise Failure("file", f"`{request.file}` has a form that cannot be read: {error}.") from error


def parsed(path, name):
    """A YAML file of the folder."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Failure("file", f"`{name}` cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place else ""
        raise Failure("file", f"`{name}`{where} is not YAML: {getattr(error, 'problem', None) or error}.") from error
    if not isinstance(found, dict):
        raise Failure("file", f"`{name}` has no keys.")
    return found


def settings(request):
    """The `.condarc` of the folder, and that beside the file."""
    found = []
    for folder in dict.fromkeys([request.files, request.path.parent]):
        path = folder / ".condarc"
        if path.is_file() and path.read_text(encoding="utf-8-sig").strip():
            found.append(parsed(path, ".condarc"))
    return found


def environment(request):
    """An `environment.yml`."""
    found = parsed(request.path, request.file)
    wanted = Wanted(
        channels=texts(found.get("channels")),
        folder=str(PurePosixPath(request.file).parent),
        variables=values(found.get("variables")),
    )
    for one in found.get("dependencies") or []:
        if isinstance(one, str):
            wanted.specs.append(one.strip())
        elif isinstance(one, dict):
            wanted.pip += texts(one.get("pip"))
        else:
            raise Failure("file", f"`{request.file}` has a dependency that is no text: {one!r}.")
    if wanted.pip and not any(name_of(spec) == "python" for spec in wanted.specs):
        wanted.specs.append("python")
    return wanted


def pixi(request):
    """A `pixi.toml`, or the table `[tool.pixi]` of a `pyproject.toml`: one environment of it."""
    whole = toml(request.path, request.file)
    project = (whole.get("project") or {}) if "tool" in whole else {}
    found = ((whole.get("tool") or {}).get("pixi") or {}) if "tool" in whole else whole
    workspace = found.get("workspace") or found.get("project") or {}
    chosen = features(found, request)
    wanted = Wanted(
        channels=ordered([one for feature in chosen for one in feature.get("channels") or workspace["channels"]]),
        folder=str(PurePosixPath(request.file).parent),
    )
    # What several features say of a package has to hold together.
    for feature in chosen:
        conda, pypi, variables = {}, {}, {}
        for table in (feature, *((feature.get("target") or {}).get(name) or {} for name in TARGETS)):
            conda |= table.get("dependencies") or {}
            pypi |= table.get("pypi-dependencies") or {}
            variables |= values((table.get("activation") or {}).get("env"))
        wanted.specs += [spec(name, value, request.file) for name, value in conda.items()]
        wanted.pip += [requirement(name, value) for name, value in pypi.items()]
        wanted.variables = variables | wanted.variables
    # Without the default feature, the project's own packages do not count.
    project = project if found in chosen else {}
    wanted.pip = list(dict.fromkeys([*texts(project.get("dependencies")), *wanted.pip]))
    has_python = any(name_of(one) == "python" for one in wanted.specs)
    if not has_python and (project.get("requires-python") or wanted.pip):
        wanted.specs.append(f"python {(project.get('requires-python') or '').replace(' ', '')}".strip())
    for table in (*chosen, workspace):
        wanted.pip += [line for line in options(table.get("pypi-options") or {}) if line not in wanted.pip]
    if request.locked_by and "*" not in request.upgrade:
        lock.add(wanted, request)
    return wanted


def features(found, request):
    """The tables that an environment is made of. What belongs to no feature is the default one, and the last."""
    name = request.environment or "default"
    environments = found.get("environments") or {}
    if name != "default" and name not in environments:
        raise Failure("file", f"`{request.file}` has no environment called `{name}`.")
    asked = environments.get(name) or []
    asked = {"features": asked} if isinstance(asked, list) else asked
    named = [one for one in texts(asked.get("features")) if one != "default"]
    known = found.get("feature") or {}
    unknown = [one for one in named if one not in known]
    if unknown:
        raise Failure("file", f"The environment `{name}` of `{request.file}` has an unknown feature: `{unknown[0]}`.")
    return [*(known[one] for one in named), *([] if asked.get("no-default-feature") else [found])]


def ordered(channels):
    """Channels once each, those with a higher priority first."""
    entries = [one if isinstance(one, dict) else {"channel": one} for one in channels]
    entries.sort(key=lambda one: -(one.get("priority") or 0))
    return list(dict.fromkeys(one["channel"] for one in entries))


def spec(name, value, file):
    """A package of a pixi file, as conda writes it."""
    if isinstance(value, str):
        return name if value in ("*", "") else f"{name} {value}"
    if {"path", "git", "url"} & set(value):
        raise Failure(
            "file", f"`{file}` takes `{name}` from a place of its own; packages come from channels only.", name
        )
    keys = ("version", "build", "channel", "subdir", "md5", "sha256")
    parts = [f'{key}="{value[key]}"' for key in keys if value.get(key) and value[key] != "*"]
    return f"{name}[{', '.join(parts)}]" if parts else name


def requirement(name, value):
    """A package of PyPI, as pip writes it."""
    if isinstance(value, str):
        return name if value == "*" else f"{name}{value}"
    extras = f"[{','.join(value['extras'])}]" if value.get("extras") else ""
    if value.get("git"):
        return f"{name}{extras} @ git+{value['git']}"
    if value.get("path"):
        return f"{'-e ' if value.get('editable') else ''}{value['path']}"
    if value.get("url"):
        return f"{name}{extras} @ {value['url']}"
    version = value.get("version") or "*"
    return f"{name}{extras}{'' if version == '*' else version}"


def options(found):
    lines = [f"--index-url {found['index-url']}"] if found.get("index-url") else []
    lines += [f"--extra-index-url {url}" for url in texts(found.get("extra-index-urls"))]
    return lines + [f"--find-links {one['url']}" for one in found.get("find-links") or [] if one.get("url")]


def texts(found):
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError(f"{found!r} is no list")
    return [str(one).strip() for one in found if one is not None]


def values(found):
    return {str(name): str(value) for name, value in (found or {}).items() if value is not None}


def name_of(text):
    found = SPEC.match(text)
    return found.group(1).lower() if found else text


def asked_of_pip(lines):
    return {name for line in lines if not line.startswith("-") and (name := names.of_requirement(line))}

"""pyproject.toml without a lock. uv reads it itself; what Poetry alone understands is in `poetry.py`."""

from orchest_environment import names
from orchest_environment.sources import poetry
from orchest_environment.wanted import Wanted, toml


def read(request):
    found = toml(request.path, request.file)
    wanted = of_project(request, found)
    if request.of_folder:
        wanted.lines.append("-e .")
        wanted.builds.append(".")
    return wanted


def of_project(request, found):
    if "project" not in found and poetry.table(found):
        return poetry.wanted(found, request.groups)
    project = found.get("project") or {}
    wanted = Wanted(requested=requested(found, request.groups))
    if project or not request.groups:
        wanted.inputs.append(request.file)
    for group in request.groups:
        if group in (found.get("dependency-groups") or {}):
            wanted.inputs += ["--group", f"{request.file}:{group}"]
        elif group in (project.get("optional-dependencies") or {}):
            wanted.inputs += ["--extra", group]
    # Such a project's requirements are made by a program of its own.
    if "dependencies" in (project.get("dynamic") or []):
        wanted.builds.append(project.get("name") or ".")
    wanted.builds += from_sources(found)
    return wanted


def requested(found, groups):
    project = found.get("project") or {}
    lines = list(project.get("dependencies") or [])
    for group in groups:
        lines += (found.get("dependency-groups") or {}).get(group) or []
        lines += (project.get("optional-dependencies") or {}).get(group) or []
    return sorted({name for line in lines if isinstance(line, str) and (name := names.of_requirement(line))})


def from_sources(found):
    """Packages that `tool.uv.sources` takes from a repository or a folder."""
    sources = ((found.get("tool") or {}).get("uv") or {}).get("sources") or {}
    listed = {name: of if isinstance(of, list) else [of] for name, of in sources.items()}
    return sorted(
        name for name, of in listed.items() if any({"git", "path", "workspace"} & set(one) for one in of if one)
    )

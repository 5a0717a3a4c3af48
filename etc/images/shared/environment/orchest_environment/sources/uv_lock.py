"""uv.lock: uv writes it out as requirements, and the set is whole."""

import tempfile
from pathlib import Path

from orchest_environment import indexes, names, places, requirements, said, tool, why
from orchest_environment.sources import pyproject
from orchest_environment.wanted import Wanted, toml


def read(request):
    scratch = Path(tempfile.mkdtemp(prefix="lock-", dir=places.scratch()))
    words = [
        "export",
        "--frozen",
        "--offline",
        "--no-header",
        "--no-annotate",
        "--no-emit-project",
        "--no-emit-workspace",
    ]
    words += ["--python", request.base.program]
    words += ["--no-default-groups", "--format", "requirements-txt", "-o", str(scratch / "exported.txt"), "-q"]
    found = toml(request.path, request.file)
    project = found.get("project") or {}
    for group in request.groups:
        if group in (project.get("optional-dependencies") or {}):
            words += ["--extra", group]
        else:
            words += ["--group", group]
    try:
        env = indexes.environment(scratch / "cache") | {"UV_PROJECT_ENVIRONMENT": str(scratch / "none")}
        tool.run(words, env, request.files, on_line=said.log)
    except tool.Broken as broken:
        raise why.failure(broken.text, request.files) from broken
    read = requirements.read(scratch, "exported.txt")
    upgraded = {names.normal(name) for name in request.upgrade}
    wanted = Wanted(
        hashes={name: sums for name, sums in read.hashes.items() if name not in upgraded},
        requested=pyproject.requested(found, request.groups),
        builds=read.builds,
        whole=not upgraded,
    )
    if upgraded:
        wanted.inputs = pyproject.of_project(request, found).inputs
        wanted.constraints = [line for line in read.lines if names.of_requirement(line) not in upgraded]
    else:
        wanted.inputs = [str(scratch / "exported.txt")]
    if request.of_folder:
        wanted.lines.append("-e .")
        wanted.builds.append(places.NOTEBOOKS.name if not project.get("name") else project["name"])
    return wanted

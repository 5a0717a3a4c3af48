"""`[tool.poetry]` of a pyproject.toml: Poetry's own way to write requirements.

https://python-poetry.org/docs/dependency-specification/
"""

import re

from orchest_environment import names
from orchest_environment.wanted import Wanted


def table(found):
    return (found.get("tool") or {}).get("poetry") or {}


def wanted(found, groups):
    made = Wanted()
    poetry = table(found)
    wished = dict(poetry.get("dependencies") or {})
    for group in groups:
        old = poetry.get("dev-dependencies") if group == "dev" else None
        of = ((poetry.get("group") or {}).get(group) or {}).get("dependencies") or old or {}
        wished |= of
    for name, entries in wished.items():
        if names.normal(name) == "python":
            continue
        for entry in entries if isinstance(entries, list) else [entries]:
            add(made, name, entry if isinstance(entry, dict) else {"version": entry})
    made.requested = sorted(names.normal(name) for name in wished if names.normal(name) != "python")
    for source in poetry.get("source") or []:
        if isinstance(source, dict) and source.get("url"):
            kind = (
                "--index-url" if source.get("priority") == "default" or source.get("default") else "--extra-index-url"
            )
            made.lines.append(f"{kind} {source['url']}")
    return made


def add(made, name, entry):
    if entry.get("optional"):
        return
    if "git" in entry or "path" in entry:
        at = entry.get("rev") or entry.get("tag") or entry.get("branch")
        place = f"git+{entry['git']}" + (f"@{at}" if at else "") if "git" in entry else f"./{entry['path']}"
        made.builds.append(name)
        made.lines.append(f"{name} @ {place}" if "git" in entry else place)
        return
    extras = entry.get("extras") or []
    head = name + (f"[{','.join(extras)}]" if extras else "")
    marker = " and ".join(f"({part})" for part in markers(entry))
    tail = f" ; {marker}" if marker else ""
    if "url" in entry:
        made.lines.append(f"{head} @ {entry['url']}{tail}")
        return
    made.lines.append(f"{head}{specifier(str(entry.get('version') or '*'))}{tail}")


def markers(entry):
    if entry.get("markers"):
        yield entry["markers"]
    if entry.get("python"):
        yield " and ".join(
            f"python_full_version {part[0]} '{part[1]}'" for part in parts(specifier(str(entry["python"])))
        )


def parts(text):
    return re.findall(r"(===|==|~=|!=|<=|>=|<|>)\s*([^,\s]+)", text)


def specifier(version):
    """A version as pip writes it: `^1.2` is `>=1.2,<2`. Of alternatives (`||`), the last one."""
    version = version.split("||")[-1].strip()
    if version in ("", "*"):
        return ""
    found = []
    for part in re.split(r"\s*,\s*|\s+(?=[<>=!~^])", version):
        found.append(_one(part.strip()))
    return ",".join(part for part in found if part)


def _one(part):
    if part in ("", "*"):
        return ""
    mark = re.match(r"(\^|~(?!=)|===|==|~=|!=|<=|>=|<|>)?\s*(.+)$", part)
    kind, version = mark.group(1), mark.group(2)
    if kind == "^":
        return f">={version},<{above(version, caret=True)}"
    if kind == "~":
        return f">={version},<{above(version, caret=False)}"
    if kind is None:
        return f"=={version}"
    return f"{kind}{version}"


def above(version, caret):
    """The first version that `^` or `~` excludes."""
    numbers = [int(found) for found in re.findall(r"\d+", re.split(r"[a-zA-Z+-]", version)[0])] or [0]
    if caret:
        place = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        place = min(1, len(numbers) - 1)
    numbers = [*numbers[:place], numbers[place] + 1]
    return ".".join(map(str, numbers))

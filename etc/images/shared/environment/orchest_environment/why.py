"""Why uv failed, in uv's words and without its decoration. Written for uv 0.13.9."""

import re

from orchest_environment.failure import Failure

# The first that matches decides.
KINDS = (
    ("disk", r"No space left on device|os error 28\b|Disk quota exceeded|os error 122\b"),
    ("hashes", r"[Hh]ash mismatch"),
    (
        "index_login",
        r"\b401\b.{0,20}Unauthorized|\b403\b.{0,20}Forbidden|authentication credentials|\b407\b.{0,20}Proxy",
    ),
    (
        "needs_build",
        r"building from source is disabled|Building source distributions (for `[^`]+` )?is disabled"
        r"|Building source distributions is disabled|--no-build`|does not appear to be a Python project",
    ),
    ("build", r"Failed to build|[Bb]uild backend|Failed to run `|Failed to resolve requirements from `build-system"),
    ("unknown_package", r"was not found in the (package registry|provided package locations)"),
    (
        "network",
        r"error sending request|dns error|Failed to fetch|Failed to download|Connection refused|timed out"
        r"|was not found in the cache|network was disabled|Git operation failed|Failed to extract archive",
    ),
    ("no_version", r"there (is|are) no versions? of"),
    ("platform", r"no wheels with a matching platform tag"),
    ("python", r"Python ABI tag|platform tag|Requires-Python|requires Python|Python requirement|depends on Python"),
    (
        "file",
        r"Couldn't parse|Error parsing|[Ff]ailed to (read|parse)|TOML parse error|Distribution not found"
        r"|Unsupported editable requirement|Unexpected '",
    ),
    ("conflict", r"No solution found"),
)
PACKAGE = (
    r"Wheels are required for `([^`]+)`",
    r"Building source distributions for `([^`]+)`",
    r"Failed to build `([^`=@ ]+)",
    r"Because ([A-Za-z0-9._-]+) was not found in the (?:package registry|provided package locations)",
    r"(?:Because|because) there (?:is|are) no versions? of ([A-Za-z0-9._-]+)",
    r"Failed to download `([^`=@ ]+)",
    r"Because ([A-Za-z0-9._-]+)(?:\[[^\]]*\])?[=<>!~].{0,40} has no (?:usable )?wheels",
)
# Hints that speak of options of uv, which a person here cannot give.
NOT_FOR_PERSONS = re.compile(
    r"--no-build|building from source is disabled|--offline|--preview|--index-strategy|UV_"
    r"|extra-build-dependencies|--no-build-isolation"
)
# The last line of a trace of Python says what is wrong.
LAST_OF_TRACE = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|Unsatisfied\w*|NotFound)\b")


def failure(text, files=None):
    """The failure that uv's text tells of."""
    kind = next((kind for kind, pattern in KINDS if re.search(pattern, text)), "internal")
    package = next((found.group(1) for pattern in PACKAGE if (found := re.search(pattern, text))), None)
    if kind == "no_version":
        # With other packages in the explanation, it is a conflict of what they ask for.
        kind = "unknown_package" if text.count("depends on") == 0 else "conflict"
    if kind == "needs_build":
        return needs_build(packages(text) or ([package] if package else []))
    if kind == "hashes":
        kind = "file"
    if kind == "conflict":
        package = None
    return Failure(kind, tidy(text, files), package)


def needs_build(names):
    if not names:
        return Failure("needs_build", "A package has to be built from its source.")
    listed = ", ".join("the folder's own package" if name == "." else f"`{name}`" for name in names)
    has = "has" if len(names) == 1 else "have"
    package = next((name for name in names if name != "."), None)
    return Failure("needs_build", f"{listed[0].upper()}{listed[1:]} {has} to be built from source.", package)


def packages(text):
    """Those that have to be built, as far as uv names them."""
    return sorted(set(re.findall(r"(?:Wheels are required for|source distributions for) `([^`]+)`", text)))


def tidy(text, files=None):
    """Without the labels at the start of the lines and the container's own paths."""
    blocks, kept = [], []
    lines = text.splitlines()
    # What uv did before it failed is in the log.
    start = next((place for place, line in enumerate(lines) if line.startswith("error")), 0)
    for line in lines[start:]:
        plain = re.sub(r"^\s*(error|cause|hint|warning|Caused by|[x×╰├─▶]+):?\s+", "", line).rstrip()
        first = re.match(r"^\s*(error|cause|hint|warning|Caused by)", line)
        if first or not blocks:
            blocks.append([])
        blocks[-1].append(plain.strip() if not first else plain)
    for block in blocks:
        said = "\n".join(line for line in without_traces(block) if line)
        if not said or NOT_FOR_PERSONS.search(said) or said.startswith("No solution found when resolving"):
            continue
        kept.append(said)
    said = "\n".join(kept or [text.strip()])
    for prefix in (f"file://{files}/", f"{files}/", f"file://{files}", f"{files}") if files else ():
        said = said.replace(prefix, "")
    return said.strip()


def without_traces(lines):
    """The lines without traces of Python, except for the last line of each. The log has them whole."""
    kept, is_inside = [], False
    for line in lines:
        if line.startswith("Traceback (most recent call last)"):
            is_inside = True
        elif not is_inside:
            kept.append(line)
        elif LAST_OF_TRACE.match(line):
            kept.append(line)
            is_inside = False
    # A trace that never ends stays: nothing else says what is wrong.
    return lines if is_inside else kept

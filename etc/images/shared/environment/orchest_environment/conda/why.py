"""Why rattler failed, in its words. Written for py-rattler 0.28.0."""

import re

from orchest_environment import disk
from orchest_environment.failure import Failure
from orchest_environment.hiding import hidden

DISK = re.compile(r"No space left on device|os error 28\b|Disk quota exceeded|os error 122\b")
LOGIN = re.compile(r"\b(401 Unauthorized|403 Forbidden|407 Proxy)")
MISSING = re.compile(r"could not find subdir '[^']*' in channel '([^']*)'|\b404\b.{0,40}for url \(([^)]*)\)")
HASHES = re.compile(r"hash mismatch|HashMismatch|expected .{0,20}(sha256|md5)|checksum", re.I)
UNKNOWN = re.compile(r"^No candidates were found for (\S+)")
START = "Cannot solve the request because of: "


def failure(error):
    """The failure that an error of rattler's tells of."""
    if isinstance(error, Failure):
        return error
    text, kind = hidden(str(error).strip()), type(error).__name__
    if DISK.search(text):
        return disk.full()
    if kind == "SolverError":
        return unsolved(text)
    if LOGIN.search(text):
        return Failure("index_login", first_lines(text))
    if found := MISSING.search(text):
        return Failure("channel", f"`{found.group(1) or found.group(2)}` is not there.")
    if HASHES.search(text):
        return Failure("file", first_lines(text))
    if kind in ("GatewayError", "FetchRepoDataError", "InstallerError") or "error sending request" in text:
        return Failure("network", first_lines(text))
    return Failure("internal", f"{kind}: {first_lines(text)}")


def unsolved(text):
    said = text.removeprefix(START).strip()
    found = UNKNOWN.match(said)
    if found and not found.group(1).startswith("__"):
        return Failure("unknown_package", said, found.group(1).rpartition("::")[2])
    return Failure("conflict", said)


def first_lines(text, most=4):
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    return "\n".join(list(lines)[:most]).rstrip(".")

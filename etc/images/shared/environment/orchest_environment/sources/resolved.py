"""What the builder resolved: a whole set, with the wheels that it made."""

import hashlib
import shutil

from orchest_environment import places, requirements
from orchest_environment.failure import Failure
from orchest_environment.wanted import Wanted


def read(root):
    path = root / "resolved.txt"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure("internal", f"The builder's result cannot be read: {error.strerror}.") from error
    scratch = places.scratch() / "wheels"
    scratch.mkdir(exist_ok=True)
    for wheel in sorted((root / "wheels").glob("*.whl")):
        text = text.replace(f"/request/wheels/{wheel.name}", str(by_contents(wheel, scratch)))
    (scratch / "resolved.txt").write_text(text, encoding="utf-8")
    found = requirements.read(scratch, "resolved.txt")
    names = [line.split(":", 1)[1].split() for line in text.splitlines() if line.startswith("# requested:")]
    return Wanted(
        inputs=[str(scratch / "resolved.txt")],
        whole=True,
        hashes=found.hashes,
        requested=names[0] if names else found.requested,
    )


def by_contents(wheel, scratch):
    """A path that names the wheel's contents: uv's cache finds by path, and must not mix up two wheels of one name."""
    folder = scratch / hashlib.sha256(wheel.read_bytes()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wheel.name
    # A copy: uv follows links.
    if not path.exists():
        shutil.copy(wheel, path)
    return path

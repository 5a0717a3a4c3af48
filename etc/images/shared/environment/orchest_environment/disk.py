"""Whether the store has room for an environment, found out before the disk is full."""

import os

from orchest_environment import places
from orchest_environment.failure import Failure

# What a wheel of a size becomes with all of its files unpacked and compiled, as measured with large sets.
GROWS = 5
# What stays free for the engine and the machine.
SPARE = 100 * 1024 * 1024


def check(packages, here):
    """`here` are the digests of packages that the cache has already."""
    need = sum(package.size for package in packages if package.name not in here) * GROWS
    free = available()
    if free < need + SPARE:
        raise Failure(
            "disk",
            f"The environment needs about {shown(need + SPARE)}, and the engine's disk has {shown(free)} free.",
        )


def available(folder=None):
    found = os.statvfs(folder or places.STORE)
    return found.f_bavail * found.f_frsize


def shown(size):
    for unit, bytes_of in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_of:
            return f"{size / bytes_of:.1f} {unit}" if size < 10 * bytes_of else f"{size / bytes_of:.0f} {unit}"
    return f"{max(size, 0) / 1e3:.0f} kB"


def full():
    return Failure(
        "disk", f"The engine's disk is full: {shown(available())} are free now. What was begun is removed again."
    )

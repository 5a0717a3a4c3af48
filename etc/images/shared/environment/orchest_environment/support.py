"""What a kernel needs in an image that was not made for kernels: ipykernel and pip for the image's Python, and our
programs.

The request is `{"python": {"version": …, "platform": …}, "programs": KEY}`. The programs are those of this image, and
the key names their version.
"""

import os
import shutil
import signal
import sys

from orchest_environment import indexes, install, key, locks, places, request, resolve, said
from orchest_environment.failure import Failure

# What this image runs its kernels with.
PROGRAMS = ("orchest_kernel.py", "orchest_layer.py", "orchest_ipykernel.py")


def main(_arguments):
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return said.reported(lambda: bring(*asked()))


def asked():
    found = request.raw(places.REQUEST)
    try:
        python, programs = found["python"], found["programs"]
        wanted = request.Request(
            kind="requirements",
            file="none",
            python=str(python["version"]),
            platform=str(python["platform"]),
            files=install.scratch(),
        )
        if not isinstance(programs, str) or not programs.isalnum():
            raise ValueError("`programs` is no key")
    except (KeyError, TypeError, ValueError) as error:
        raise Failure("internal", f"The request cannot be read: {error!r}") from error
    return wanted, programs


def bring(wanted, programs):
    for part in (places.cache(), places.environments(), places.bytecode(), places.locks(), places.programs()):
        part.mkdir(parents=True, exist_ok=True)
    with locks.held("installing", shared=True):
        copy_programs(programs)
        uv = resolve.Uv(indexes.of_the_store(folder=wanted.files), wanted.files, wanted)
        said.say("resolving")
        packages = resolve.for_the_kernel(uv)
        tag = key.tag(wanted)
        name = key.of(packages, tag)
        said.say("resolved", packages=len(packages), key=name, present=install.is_whole(name))
        install.made(name, packages, tag, uv, ["ipykernel"])
        install.done(name, None, ["ipykernel"])


def copy_programs(name):
    """A folder of the store with this name is whole: it is copied under another name and renamed."""
    target = places.programs() / name
    with locks.held(f"programs-{name}"):
        if target.is_dir():
            return
        new = places.programs() / f"{install.NEW}{name}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for program in PROGRAMS:
            shutil.copyfile(places.OURS / program, new / program)
        # The image was built on the person's machine, and has the authorities that were added there.
        added = sorted(places.AUTHORITIES.glob("*.crt"))
        if added:
            (new / "ca.crt").write_bytes(b"\n".join(path.read_bytes() for path in added))
        os.replace(new, target)

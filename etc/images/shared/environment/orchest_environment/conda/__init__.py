"""The conda installer: makes the environment of a conda file in the store, or finds it there.

Versions, downloads, links and lock files are rattler's. No code of a package runs here: no script that a package brings
for its installation, and not the Python that is installed. The environment is linked for the place where a kernel has
it, `/environment`, and not for the place where it is made.
"""

import os
import shutil
import signal
import sys

from orchest_environment import bytecode, files, indexes, install, key, locks, manifest, places, request, said
from orchest_environment.failure import Failure
from orchest_environment.resolve import Uv


def main(_arguments):
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    code = said.reported(lambda: make(request.read()))
    sys.stdout.flush()
    # Threads of rattler may still run, and they crash while Python ends.
    os._exit(code)


def make(asked):
    for part in (places.cache(), places.conda(), places.environments(), places.bytecode(), places.locks()):
        part.mkdir(parents=True, exist_ok=True)
    install.clear_cache()
    # Whoever cleans up must not remove a file of a cache that is about to be linked.
    with locks.held("installing", shared=True):
        name, support, requested, r = prepared(asked)
    # The kernel's own packages are for the Python of the environment, which may be another one than this.
    own = asked.python is not None and key.tag(asked).startswith(f"{sys.implementation.cache_tag}-")
    missing = []
    if own and support and not bytecode.is_complete(install.folder(support)):
        missing = bytecode.link_known(install.folder(support))
    install.done(name, support, requested, r=r)
    if own and (not missing or bytecode.compile_all(install.folder(support), missing, ["ipykernel"], asked.base)):
        said.say("compiled")


def prepared(asked):
    """Resolves, and makes what is not there. Returns the keys of the environment and of its support, and the version of
    R if kernels run with that."""
    # rattler is loaded only here: the tests of other actions run without it.
    from orchest_environment.conda import channels, pip, prefix, resolve, sources

    install.sweep()
    asked.files = files.copied(asked.files, install.scratch() / "files")
    wanted = sources.read(asked)
    tool = channels.tool(wanted)
    said.say("resolving")
    records = wanted.records if wanted.records is not None else resolve.resolved(wanted, asked.language, tool)
    python, r = resolve.languages(records, asked)
    asked.python, asked.platform = python, pip.platform()
    uv = Uv(indexes.of_the_store(folder=asked.files), asked.files, asked)
    base = prefix.key_of(records, wanted.variables)
    wait = lambda: said.say("log", text="Another launch installs the same packages: waiting for it.")  # noqa: E731
    with locks.held(base, on_wait=wait):
        new = places.environments() / f"{install.NEW}{base}"
        shutil.rmtree(new, ignore_errors=True)
        try:
            known = prefix.known(base)
            if known is None:
                said.say("resolved", packages=len(records), key=base, present=False, support=None)
                known = prefix.linked(new, base, records, wanted, tool, python)
            found = pip.resolved(wanted, known, uv)
            name = pip.key_of(base, found.packages)
            present = install.is_whole(name)
            if present or not new.exists():
                count = len(records) + len(found.packages)
                said.say("resolved", packages=count, key=name, present=present, support=None)
            tag = key.tag(asked)
            support = key.of(found.support, tag) if found.support else None
            if support:
                install.made(support, found.support, tag, uv, ["ipykernel"])
            if not present:
                if not new.exists():
                    prefix.linked(new, base, records, wanted, tool, python)
                if python:
                    pip.installed(new, python, found.packages, uv)
                manifest.write(new, prefix.manifest(new, found.packages, python, tag, wanted.requested))
                os.replace(new, install.folder(name))
            return name, support, wanted.requested, r if asked.language == "R" else None
        except Failure as failure:
            raise pip.as_conda(failure) from failure
        finally:
            shutil.rmtree(new, ignore_errors=True)

"""Compiles sources. Each line of the input is JSON: [source, where it is kept or null, where it is used, its name]."""

import json
import os
import py_compile
import sys
import warnings


def compiled(source, kept, used, named):
    target = kept or used
    if not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # Written beside its place and renamed.
        py_compile.compile(
            source, target, named, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
    if kept and not os.path.exists(used):
        os.makedirs(os.path.dirname(used), exist_ok=True)
        try:
            os.link(kept, used)
        except FileExistsError:
            pass


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin.read().splitlines():
        try:
            compiled(*json.loads(line))
        except (py_compile.PyCompileError, ValueError, RecursionError, MemoryError, FileNotFoundError):
            # Templates, tests of a language's errors, and files that a package names and does not have.
            continue


if __name__ == "__main__":
    main()

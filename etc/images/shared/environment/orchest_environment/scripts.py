"""Makes the programs of an environment independent of the container that installed them."""

import os

ANY = b"#!/usr/bin/env python\n"


def freed(folder):
    """The layer's Python runs them: it is the first in a kernel's PATH."""
    programs = folder / "bin"
    if not programs.is_dir():
        return
    for path in programs.iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        changed = independent(content)
        if changed != content:
            # A new file: the old one may be a link to the cache's.
            mode = path.stat().st_mode
            new = path.with_name(f".{path.name}.new")
            new.write_bytes(changed)
            os.chmod(new, mode & 0o777 | 0o555)
            os.replace(new, path)


def independent(content):
    if not content.startswith(b"#!"):
        return content
    first, _, rest = content.partition(b"\n")
    # A long path is written as a program of the shell that runs Python: two more lines.
    if first.rstrip() == b"#!/bin/sh" and rest.startswith(b"'''exec'"):
        rest = rest.split(b"\n", 2)[2]
        return ANY + rest
    words = first[2:].split()
    return ANY + rest if words and b"python" in words[0].rsplit(b"/", 1)[-1].lower() else content

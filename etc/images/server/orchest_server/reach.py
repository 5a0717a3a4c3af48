"""Ends the server at its start if it cannot read the folder, which kernels could not read either.

The person may read it and this user may not where a file system admits one user alone (FUSE without `allow_other`, NFS
with `root_squash`), or where the engine leaves the person's further groups out.
"""

import os
import sys

FOLDER = "/notebooks"
# The exit code (`EX_NOINPUT`, sysexits(3)): the app has the sentence for it.
UNREADABLE = 66


def the_folder(folder=FOLDER):
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
        # Listing is one right, and going in another.
        os.stat(os.path.join(folder, "."))
    except OSError as error:
        print(f"error: the folder cannot be read: {error}", file=sys.stderr)
        sys.exit(UNREADABLE)

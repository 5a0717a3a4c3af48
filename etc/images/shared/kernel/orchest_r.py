"""Runs a command of a kernel of R: with the R of the folder's environment, where conda's packages make it.

    python -I -S orchest_r.py COMMAND…

An environment of another kind is a library of packages, which the image's R finds by its `Rprofile.site`.
"""

import os
import sys

ENVIRONMENT = "/environment"
OURS = os.path.dirname(os.path.abspath(__file__))


def main():
    if os.path.isdir(f"{ENVIRONMENT}/conda-meta"):
        os.environ["PATH"] = f"{ENVIRONMENT}/bin:{os.environ.get('PATH') or os.defpath}"
        os.environ["R_PROFILE"] = f"{OURS}/Rprofile.conda"
        # `-I` hides the folder.
        sys.path.insert(0, OURS)
        import orchest_activate

        orchest_activate.activate(ENVIRONMENT)
    command = sys.argv[1:]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"`{command[0]}` cannot be run: {error.strerror}")


if __name__ == "__main__":
    main()

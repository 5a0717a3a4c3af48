"""Runs a command of a kernel of R: with the R of the folder's environment, where conda's packages make it.

    python -I -S orchest_r.py [--profile] COMMAND…

An environment of another kind is a library of packages, which the image's R finds by its `Rprofile.site`. The R of an
image that was not made for kernels reads ours (`--profile`), as that of conda does.
"""

import os
import sys

ENVIRONMENT = "/environment"
OURS = os.path.dirname(os.path.abspath(__file__))
PROFILE = f"{OURS}/Rprofile.R"


def main():
    command = sys.argv[1:]
    of_conda, with_profile = os.path.isdir(f"{ENVIRONMENT}/conda-meta"), command[:1] == ["--profile"]
    command = command[1:] if with_profile else command
    if of_conda or with_profile:
        os.environ["R_PROFILE"] = PROFILE
        # `-I` hides the folder.
        sys.path.insert(0, OURS)
        import orchest_activate

        if of_conda:
            os.environ["PATH"] = f"{ENVIRONMENT}/bin:{os.environ.get('PATH') or os.defpath}"
            orchest_activate.activate(ENVIRONMENT)
        else:
            orchest_activate.note(dict(os.environb))
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"`{command[0]}` cannot be run: {error.strerror}")


if __name__ == "__main__":
    main()

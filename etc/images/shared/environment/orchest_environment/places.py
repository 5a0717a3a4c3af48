"""Where things are in the container."""

import os
from pathlib import Path

REQUEST = Path(os.environ.get("ORCHEST_REQUEST", "/request"))
STORE = Path(os.environ.get("ORCHEST_STORE", "/store"))
OUT = Path(os.environ.get("ORCHEST_OUT", "/out"))
# The pipeline's folder, as kernels have it.
NOTEBOOKS = Path(os.environ.get("ORCHEST_NOTEBOOKS", "/notebooks"))
# The programs that start kernels, in this image.
OURS = Path(os.environ.get("ORCHEST_OURS", "/opt/orchest"))
# The certificate authorities that were added to the machine of the image's build.
AUTHORITIES = Path(os.environ.get("ORCHEST_AUTHORITIES", "/usr/local/share/ca-certificates/orchest"))
# Where a kernel has its environment.
ENVIRONMENT = "/environment"


def scratch():
    """What ends with the container."""
    return Path(os.environ.get("ORCHEST_SCRATCH", "/tmp"))


def cache():
    """uv's cache. It is in the volume of the environments, so that files are linked and not copied."""
    return STORE / "cache"


def conda():
    """Packages of conda, and what channels say of them."""
    return STORE / "conda"


def environments():
    return STORE / "environments"


def pythons():
    """Each has the same path in the kernels that run with it."""
    return STORE / "pythons"


def programs():
    """Copies of the programs that start kernels, for images that have none."""
    return STORE / "programs"


def bytecode():
    return STORE / "bytecode"


def locks():
    return STORE / "locks"

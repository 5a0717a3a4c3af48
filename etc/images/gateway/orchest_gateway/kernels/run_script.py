"""Runs a kernelspec's launch script: `orchest-python -I run_script.py SCRIPT ARGUMENT…`.

The script has the engine's socket. With `-I` it imports nothing that its environment names, because that is meant for
the kernel. It finds modules beside it after Python's own, so that none of them can replace one of Python's.
"""

import os
import sys

from orchest_common import process

process.close()
del sys.argv[0]
__file__ = sys.argv[0]
try:
    with open(__file__, "rb") as file:
        text = file.read()
except OSError as error:
    sys.exit(f"The launch script `{__file__}` cannot be read: {error.strerror}")
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
exec(compile(text, __file__, "exec"))

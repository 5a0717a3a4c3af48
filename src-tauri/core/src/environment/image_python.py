"""What a Python in an image says of itself. Python 2 can run this, too."""

import glob
import json
import platform
import sys
import sysconfig

implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
library, version = platform.libc_ver()
print(
    json.dumps(
        {
            "program": sys.executable,
            "version": ".".join(map(str, sys.version_info[:3])),
            "implementation": implementation,
            "free": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "machine": platform.machine(),
            "glibc": version if library == "glibc" else None,
            "musl": bool(glob.glob("/lib/ld-musl-*")),
            "sites": [one for one in sys.path if one.rstrip("/").endswith(("site-packages", "dist-packages"))],
        }
    )
)

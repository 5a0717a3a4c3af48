"""Serves the packages of this machine's R as a repository of compiled packages, as that of Posit is one.

    python r_binaries.py FOLDER PORT

It runs in a container of the image of kernels for R. R installs such a package as it is: `DESCRIPTION` says that it is
built. https://cran.r-project.org/doc/manuals/r-release/R-admin.html, "Setting up a package repository".
"""

import functools
import http.server
import re
import socket
import sys
import tarfile
from pathlib import Path

PACKAGES = Path("/usr/lib/R/site-library")
FIELDS = ("Package", "Version", "Depends", "Imports", "Built")


def main():
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    made = folder / "src/contrib"
    made.mkdir(parents=True)
    index = []
    for path in sorted(PACKAGES.iterdir()):
        text = (path / "DESCRIPTION").read_text(encoding="utf-8", errors="replace")
        said = dict(re.findall(r"^(\w+): *((?:.|\n[ \t])*)", text, re.M))
        index.append("".join(f"{field}: {said[field]}\n" for field in FIELDS if field in said))
        with tarfile.open(made / f"{said['Package']}_{said['Version']}.tar.gz", "w:gz", compresslevel=1) as archive:
            archive.add(path, arcname=said["Package"])
    (made / "PACKAGES").write_text("\n".join(index), encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", port), handler)
    print(f"http://{socket.gethostbyname(socket.gethostname())}:{port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

"""How the gateway's certificate is verified, and which one this server shows.

Stock: Jupyter gets the names of files. It uses a file of authorities only together with a certificate of its own.
Here: all is in memory. Authorities are added to those of the system.
Why: terminals of the same user could read files. No file has to be written, also where the root file system cannot be.
Written for jupyter_server 2.21.1 (`gateway/gateway_client.py`) and tornado 6.6.1 (`simple_httpclient.py`).
"""

import os
import ssl
import sys


def context(place):
    """The context of all connections to the gateway, or None for one without TLS."""
    if not place.url.startswith("https:"):
        return None
    found = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    if place.ca:
        usable("the certificate authorities", lambda: found.load_verify_locations(cadata=place.ca))
    if place.cert:
        usable("the client certificate or its key", lambda: show(found, place.cert, place.key or ""))
    return found


def usable(what, load):
    try:
        load()
    except (ssl.SSLError, ValueError) as error:
        sys.exit(f"error: {what} of the place cannot be read as PEM: {error}")


def show(found, cert, key):
    """Loads the certificate and its key. OpenSSL wants a file, so they get one that is in memory and has no name: no
    other process can look into this one, and so none can open it."""
    file = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        with open(file, "wb", closefd=False) as pem:
            pem.write(f"{cert}\n{key}\n".encode())
        # Without a password, OpenSSL would ask for one at a terminal.
        found.load_cert_chain(f"/proc/self/fd/{file}", password="")
    finally:
        os.close(file)

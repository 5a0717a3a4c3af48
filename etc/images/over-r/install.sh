#!/bin/sh
# Installs what a kernel of R needs and the image lacks: Python 3.8 or newer, which starts it, and IRkernel.
set -eu
export DEBIAN_FRONTEND=noninteractive
folder=$(dirname "$0")

have() { command -v "$1" >/dev/null 2>&1; }

# The app shows this line as the reason.
fail() {
    echo "reason: $1" >&2
    exit 1
}

# Installs packages of the image's own distribution.
add() {
    if have apt-get; then
        apt-get update -q && apt-get install -q -y --no-install-recommends -- "$@"
    elif have apk; then
        apk add --no-cache "$@"
    elif have dnf; then
        dnf install -y --setopt=install_weak_deps=False "$@"
    else
        return 1
    fi
}

works() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; }
has_irkernel() { R --vanilla --slave -e 'invisible(loadNamespace("IRkernel"))' </dev/null 2>"$folder/said" >/dev/null; }

have R || fail "it has no R on its PATH"
if have update-ca-certificates; then update-ca-certificates >/dev/null 2>&1 || true; fi
works || add python3 || true
works || fail "it has no Python 3.8 or newer, which starts the kernel, and its distribution gave none"

# Debian's own R has packages that fit it.
if ! has_irkernel && have dpkg && dpkg -s r-base-core >/dev/null 2>&1; then add r-cran-irkernel || true; fi
if ! has_irkernel; then
    # Compiled packages are linked to ZeroMQ; one that is compiled here brings its own.
    add libzmq5 2>/dev/null || add libzmq 2>/dev/null || add zeromq 2>/dev/null || true
    R --slave -f "$folder/install.R" </dev/null || true
fi
has_irkernel || {
    cat "$folder/said" >&2
    fail "IRkernel could not be installed for its R"
}

rm -rf /var/lib/apt/lists/* /var/cache/apt /tmp/Rtmp* /tmp/downloaded_packages
# No program in the image may give a kernel more rights.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +

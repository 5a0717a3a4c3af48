# shellcheck shell=bash
# Python: the tool that checks and formats its files, and the environments of its tests. Everything is in the target
# folder; the person's own Python stays as it is.

ruff_version=0.17.6
# The packages of a test's environment in addition to those of an image.
python_test_packages=tests/python/requirements.txt

can_make_venvs() { have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }

# Debian's python3 alone cannot create environments.
need_python() {
    can_make_venvs && return
    ! on_debian || install_packages python3-venv
    can_make_venvs || fail "\`python3\` with its module \`venv\` is not here, and the images' programs are written in Python" \
        "install Python 3.11 or newer, with \`venv\`, with your system's packages"
}

# The images' own version if it is installed: for newer ones, some packages have no builds.
python_for_tests() {
    local name
    for name in python3.11 python3; do
        "$name" -c 'import ensurepip, venv' 2>/dev/null && { echo "$name"; return; }
    done
}

# Sets `ruff` to the program.
ensure_ruff() {
    local folder=$target/tools/ruff-$ruff_version
    ruff=$folder/bin/ruff
    [ -x "$ruff" ] && return
    need_python
    say "Installing ruff into $folder"
    { python3 -m venv "$folder" && logged "$setup_logs/ruff.log" "$folder/bin/pip" install "ruff==$ruff_version"; } ||
        { rm -rf "$folder"; fail "ruff could not be installed" "\`python3 -m pip download ruff==$ruff_version\` shows why"; }
}

# The packages of an image in versions that a newer Python can use: the gateway's ZeroMQ is older than Python 3.12, and
# Enterprise Gateway imports `distutils`, which only setuptools provides there.
packages_of() {
    if [ "$1" = gateway ] && python_is_newer "$2"; then
        grep -v '^pyzmq==' etc/images/gateway/requirements.txt
        grep '^pyzmq==' etc/images/server/requirements.txt
        echo "setuptools==84.2.1"
    elif [ "$1" = environment ]; then
        # The programs of environments are in two images; the builder's has what they need and no more.
        cat etc/images/builder/requirements.txt
    elif [ "$1" = stock-gateway ] || [ "$1" = older-gateway ]; then
        cat "tests/python/$1.txt"
        ! python_is_newer "$2" || echo "setuptools==84.2.1"
    else
        cat "etc/images/$1/requirements.txt"
    fi
}

python_is_newer() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; }

# ensure_python_environment gateway|server|environment|stock-gateway|older-gateway: the packages of that image and of the
# tests. The last two are no images, but Enterprise Gateway as others have it, which the server's tests start.
ensure_python_environment() {
    local folder=$target/python/$1 python stamp
    need_python
    python=$(python_for_tests)
    stamp=$("$python" --version; { packages_of "$1" "$python"; cat "$python_test_packages"; } | cksum)
    [ "$(cat "$folder/.orchest-packages" 2>/dev/null)" = "$stamp" ] && return
    say "Installing the Python packages of $1 into $folder, for tests"
    rm -rf "$folder"
    "$python" -m venv "$folder" ||
        fail "\`$python -m venv $folder\` failed" "its error is above"
    packages_of "$1" "$python" >"$folder/requirements.txt"
    logged "$setup_logs/python-$1.log" "$folder/bin/pip" install --no-deps -r "$folder/requirements.txt" -r "$python_test_packages" ||
        fail "the Python packages of $1 could not be installed" \
            "the error is above; Python 3.11, which the images have, has builds of all of them"
    echo "$stamp" >"$folder/.orchest-packages"
}

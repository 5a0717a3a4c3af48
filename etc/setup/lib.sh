# shellcheck shell=bash
# Shared by the other scripts: paths, messages and small helpers. They source this file after `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
setup_logs=$target/setup-logs
state=${XDG_STATE_HOME:-$HOME/.local/state}/orchest

# A shell that a desktop or sudo started often has none of these.
PATH=$PATH:$HOME/.cargo/bin:/usr/local/sbin:/usr/sbin:/sbin

cd "$root" || exit
mkdir -p "$setup_logs"

say() { printf '%s\n' "$*" >&2; }

# problem MESSAGE HINT: what happened, with what, and what to do next.
problem() {
    say "error: $1"
    say "hint: $2"
}

fail() {
    problem "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

on_linux() { [ "$(uname -s)" = Linux ]; }

on_mac() { [ "$(uname -s)" = Darwin ]; }

can_be_root() { [ "$(id -u)" = 0 ] || have sudo; }

# as_root COMMAND..., after can_be_root
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# limited SECONDS COMMAND...: ends the command when it takes longer, if the system has `timeout`.
limited() {
    if have timeout; then
        timeout -k 10 "$@"
    else
        shift
        "$@"
    fi
}

# logged FILE COMMAND...: prints nothing, or the last lines of the command's log if it fails.
logged() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || {
        local status=$?
        tail -n 20 "$log" >&2
        say "note: the whole log is in $log"
        return "$status"
    }
}

# timed NAME COMMAND...: adds how long the command took to `times`.
times=
timed() {
    local name=$1 started=$SECONDS
    shift
    # Not in a condition: `set -e` would not hold in the command.
    "$@"
    times="$times${times:+, }$name $((SECONDS - started)) s"
}

# The version of the program, which is in this one place.
version_of_program() { sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1; }

# Prints one line that changes when a file changes. Reads the names of the files from standard input.
digest() {
    if have sha256sum; then
        xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
    else
        xargs -0 shasum -a 256 | shasum -a 256 | cut -d ' ' -f 1
    fi
}

# at_least VERSION MINIMUM
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

#!/bin/sh
# make.sh ARCHIVE: makes a root file system of Debian, for networks where no container registry can be reached. The
# program imports it as orchest/base:bookworm. It runs this on the machine, or with --here in a container.
#
# make.sh --mirrors: prints the mirrors that this machine knows, a line each: Debian's, and that of its security updates.
#
# The packages come from this machine's apt sources. ORCHEST_DEBIAN_MIRROR names another mirror: the address
# that has the folders `debian` and `debian-security`.
#
# Needs mmdebstrap (also without root) or debootstrap (root). With --here, apt-get installs one.
set -eu

suite=${ORCHEST_BASE_SUITE:-bookworm}

fail() {
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_debian() { grep -q '^ID=debian$' /etc/os-release 2>/dev/null; }

# The first mirror in this machine's apt sources whose path ends in $1; empty if there is none.
mirror() {
    if [ -n "${ORCHEST_DEBIAN_MIRROR:-}" ]; then
        echo "${ORCHEST_DEBIAN_MIRROR%/}/$1"
    elif is_debian; then
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
            grep -v '^[[:space:]]*#' | grep -Eo "https?://[^[:space:]]+/$1/?([[:space:]]|\$)" | head -n 1 | tr -d '[:space:]'
    fi
}

if [ "${1:-}" = --mirrors ]; then
    for part in debian debian-security; do
        found=$(mirror $part)
        echo "${found%/}"
    done
    exit 0
fi
here=
if [ "${1:-}" = --here ]; then
    here=1
    shift
fi
archive=${1:?where the archive goes}

# Those that the machine of the build knows, if this is a container; else its own.
main=${ORCHEST_MAIN_MIRROR:-$(mirror debian)}
security=${ORCHEST_SECURITY_MIRROR:-}
[ -n "$security" ] || [ -n "${ORCHEST_MAIN_MIRROR:-}" ] || security=$(mirror debian-security)
[ -n "$main" ] || fail "the apt sources of this machine name no mirror of Debian" \
    "name one with ORCHEST_DEBIAN_MIRROR=ADDRESS, where ADDRESS/debian is the mirror"
[ -n "$security" ] || echo "note: no mirror of Debian's security updates is known; the image is made without them"

if [ -n "$here" ]; then
    export DEBIAN_FRONTEND=noninteractive
    if [ -n "${ORCHEST_MAIN_MIRROR:-}" ] && is_debian; then
        # What the machine reaches, rather than what the image names.
        rm -f /etc/apt/sources.list.d/*
        echo "deb $main $(. /etc/os-release && echo "$VERSION_CODENAME") main" >/etc/apt/sources.list
    fi
    apt-get update
    apt-get install -y --no-install-recommends mmdebstrap debian-archive-keyring ||
        apt-get install -y --no-install-recommends debootstrap debian-archive-keyring
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "Debian's keys are not installed" "sudo apt-get install debian-archive-keyring"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cat >"$work/sources.list" <<END_OF_LIST
deb $main $suite main
deb $main $suite-updates main
END_OF_LIST
[ -z "$security" ] || echo "deb $security $suite-security main" >>"$work/sources.list"

# Stays in the image, so that dpkg leaves these files out of the packages that the Dockerfiles install, too.
cat >"$work/slim.conf" <<'END_OF_LIST'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/lintian/*
END_OF_LIST

with_mmdebstrap() {
    set --
    while read -r line; do
        set -- "$@" "--dpkgopt=$line"
    done <"$work/slim.conf"
    # usr-is-merged instead of usrmerge, which would bring all of Perl.
    mmdebstrap --variant=minbase --include=ca-certificates,usr-is-merged \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --keyring="$keyring" "$@" \
        --customize-hook="upload $work/sources.list /etc/apt/sources.list" \
        --customize-hook='rm -rf "$1"/var/log/* "$1"/var/cache/* "$1"/etc/hostname "$1"/etc/resolv.conf' \
        "$suite" "$archive" <"$work/sources.list" ||
        fail "mmdebstrap could not make the base image" "without root it needs the package uidmap"
}

with_debootstrap() {
    root=$work/root
    debootstrap --variant=minbase --include=ca-certificates --keyring="$keyring" "$suite" "$root" "$main" ||
        fail "debootstrap could not make the base image" "its lines above say why"
    cp "$work/sources.list" "$root/etc/apt/sources.list"
    cp "$work/slim.conf" "$root/etc/dpkg/dpkg.cfg.d/slim"
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    rm -rf "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/usr/share/lintian/* \
        "$root"/var/lib/apt/lists/* "$root"/var/cache/* "$root"/var/log/* "$root/etc/hostname" "$root/etc/resolv.conf"
    tar -C "$root" --numeric-owner --one-file-system -cf "$archive" .
}

echo "Making Debian $suite from $main"
if have mmdebstrap; then
    with_mmdebstrap
elif have debootstrap && [ "$(id -u)" = 0 ]; then
    with_debootstrap
else
    fail "neither mmdebstrap nor (as root) debootstrap is here" "sudo apt-get install mmdebstrap"
fi

#!/bin/sh
# Makes the image orchest/base:bookworm from Debian's own packages, for networks
# where no container registry can be reached. Does nothing if the engine has it.
#
# The packages come from this machine's apt sources. ORCHEST_DEBIAN_MIRROR names another mirror: the address
# that has the folders `debian` and `debian-security`.
#
# Needs mmdebstrap (also without root) or debootstrap (root), and the docker CLI or curl.
set -eu

suite=${ORCHEST_BASE_SUITE:-bookworm}
image=orchest/base:$suite

fail() {
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# --- the engine, by its CLI or straight over its socket --------------------------------

socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
socket=${socket#unix://}

engine_has_image() {
    if have docker; then
        docker image inspect "$image" >/dev/null 2>&1
    else
        curl -fs --unix-socket "$socket" "http://engine/images/$image/json" >/dev/null
    fi
}

engine_answers() {
    if have docker; then
        docker version >/dev/null 2>&1
    else
        curl -fs --unix-socket "$socket" http://engine/_ping >/dev/null
    fi
}

engine_import() {
    if have docker; then
        docker import --change 'CMD ["bash"]' "$1" "$image" >/dev/null
    else
        # The engine answers 200 before it has read the archive; an error comes in the body.
        answer=$(curl -sS --unix-socket "$socket" -T "$1" -X POST \
            -H 'Content-Type: application/x-tar' \
            "http://engine/images/create?fromSrc=-&repo=${image%:*}&tag=${image#*:}")
        case $answer in *'"error"'*) fail "the engine refused the image: $answer" "see the engine's log" ;; esac
    fi
}

engine_answers || fail "no container engine answers" "start Docker, or set DOCKER_HOST"
if engine_has_image; then
    exit 0
fi

# --- where Debian's packages come from -------------------------------------------------

# The first mirror in this machine's apt sources whose path ends in $1; empty if there is none.
mirror() {
    if [ -n "${ORCHEST_DEBIAN_MIRROR:-}" ]; then
        echo "${ORCHEST_DEBIAN_MIRROR%/}/$1"
    elif grep -q '^ID=debian$' /etc/os-release 2>/dev/null; then
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
            grep -v '^[[:space:]]*#' | grep -Eo "https?://[^[:space:]]+/$1/?([[:space:]]|\$)" | head -n 1 | tr -d '[:space:]'
    fi
}

main=$(mirror debian)
security=$(mirror debian-security)
[ -n "$main" ] || fail "the apt sources of this machine name no mirror of Debian" \
    "name one with ORCHEST_DEBIAN_MIRROR=ADDRESS, where ADDRESS/debian is the mirror"
[ -n "$security" ] || echo "note: the apt sources of this machine name no mirror of Debian's security updates;" \
    "the image is made without them" >&2
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "Debian's keys are not installed" "sudo apt-get install debian-archive-keyring"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
archive=$work/base.tar

cat >"$work/sources.list" <<END
deb $main $suite main
deb $main $suite-updates main
END
[ -z "$security" ] || echo "deb $security $suite-security main" >>"$work/sources.list"

# Stays in the image, so that dpkg leaves these files out of the packages that the Dockerfiles install, too.
cat >"$work/slim.conf" <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/lintian/*
END

# --- the archive -----------------------------------------------------------------------

said() {
    tail -n 20 "$work/log" >&2
    fail "$1 could not make the base image" "its last lines are above; without root it needs the package uidmap, or run this with sudo"
}

with_mmdebstrap() {
    set --
    while read -r line; do
        set -- "$@" "--dpkgopt=$line"
    done <"$work/slim.conf"
    # usr-is-merged instead of usrmerge, which would bring all of Perl.
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,usr-is-merged \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --keyring="$keyring" "$@" \
        --customize-hook="upload $work/sources.list /etc/apt/sources.list" \
        --customize-hook='rm -rf "$1"/var/log/* "$1"/var/cache/* "$1"/etc/hostname "$1"/etc/resolv.conf' \
        "$suite" "$archive" <"$work/sources.list" >"$work/log" 2>&1 || said mmdebstrap
}

with_debootstrap() {
    root=$work/root
    debootstrap --variant=minbase --include=ca-certificates --keyring="$keyring" "$suite" "$root" "$main" >"$work/log" 2>&1 || said debootstrap
    cp "$work/sources.list" "$root/etc/apt/sources.list"
    cp "$work/slim.conf" "$root/etc/dpkg/dpkg.cfg.d/slim"
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    rm -rf "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/usr/share/lintian/* \
        "$root"/var/lib/apt/lists/* "$root"/var/cache/* "$root"/var/log/* "$root/etc/hostname" "$root/etc/resolv.conf"
    tar -C "$root" --numeric-owner --one-file-system -cf "$archive" .
}

echo "Making $image from $main (about half a minute, once)" >&2
if have mmdebstrap; then
    with_mmdebstrap
elif have debootstrap && [ "$(id -u)" = 0 ]; then
    with_debootstrap
else
    fail "neither mmdebstrap nor (as root) debootstrap is here" "sudo apt-get install mmdebstrap"
fi
engine_import "$archive"

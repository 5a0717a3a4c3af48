#!/usr/bin/env bash
# Installs the packages in fresh systems, made from Debian's packages, and uses them there as a person does.
#
#   package-test.sh [--short] [SUITE...]   the suites of Debian, or of ORCHEST_TEST_MIRROR; bookworm and trixie
#
# --short: the first suite alone, with a package of the programs that the tests use, which are larger and slower. It needs
# root, because the systems are folders with mounts of their own.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

suites=()
short=
for argument in "$@"; do
    case $argument in --short) short=yes ;; *) suites+=("$argument") ;; esac
done
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
[ -z "$short" ] || suites=("${suites[0]}")

packages=$target/packages
stage=$target/package-stage
if [ -n "$short" ]; then
    packages=$target/package-short/packages
    stage=$target/package-short/stage
fi
systems=$target/package-systems
# A person's home with a space in its name, on a file system of its own.
home="/tmp/the home $$"
mounts=()
passed=0
failed=0

# shellcheck disable=SC2317 # called by the trap
leave() {
    local status=$? number
    trap - EXIT
    trap '' INT TERM HUP
    set +e
    for ((number = ${#mounts[@]} - 1; number >= 0; number--)); do
        umount -R -l "${mounts[$number]}"
    done
    [ -z "${run_home:-}" ] || end_run
    rmdir "$home" 2>/dev/null
    stop_display
    stop_engine
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

check() {
    local name=$1
    shift
    say "== $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        say "== $name: failed"
    fi
}

# What the packages' own checkers say, without their remarks on style.
checked() {
    local deb rpm
    deb=$(echo "$packages"/*.deb)
    rpm=$(echo "$packages"/*.rpm)
    check lintian lintian --fail-on error "$deb"
    check rpmlint rpmlint -c etc/packages/rpm/rpmlint.toml "$rpm"
    check desktop-file-validate desktop-file-validate "$stage"/share/applications/*.desktop
    check appstreamcli appstreamcli validate --no-net "$stage"/share/metainfo/*.xml
    [ -n "$short" ] || check size small_enough "$deb" "$rpm"
}

# At most 15 MB each.
small_enough() {
    local file
    for file in "$@"; do
        [ "$(stat -c %s "$file")" -le 15000000 ] || { problem "$file is larger than 15 MB" "\`dpkg-deb -c\` shows what is in it"; return 1; }
    done
}

# mounted SOURCE TARGET OPTION...
mounted() {
    local source=$1 place=$2
    shift 2
    mount "$@" "$source" "$place"
    mounts+=("$place")
}

# A system without compilers, Node, Rust and an engine, with what a small desktop has.
make_system() {
    local suite=$1 root=$systems/$1 gid
    # A mount that an earlier run has left would be emptied.
    ! grep -qF " $root/" /proc/mounts || { problem "something is mounted in $root" "\`umount -R\` takes it away"; return 1; }
    rm -rf --one-file-system "$root"
    mkdir -p "$systems"
    logged "$setup_logs/system-$suite.log" mmdebstrap --variant=minbase --skip=check/empty \
        --include=openbox,pcmanfm,libgtk-3-bin,desktop-file-utils,shared-mime-info,xdg-utils,hicolor-icon-theme,adwaita-icon-theme,fonts-dejavu-core,ca-certificates,curl,man-db \
        "$suite" "$root" ${ORCHEST_TEST_MIRROR:+"$ORCHEST_TEST_MIRROR"} || return
    gid=$(stat -c %g "$engine_socket")
    chroot "$root" groupadd -f -o -g "$gid" docker
    chroot "$root" useradd -M -d "$home/ada" -u 7100 ada
    chroot "$root" usermod -aG docker ada
    # No package may start a service there.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    mkdir -p "$root$home" "$root/packages"
    : >"$root/run/docker.sock"
    mounted proc "$root/proc" -t proc
    mounted /dev "$root/dev" --rbind
    mount --make-rslave "$root/dev"
    mounted "$home" "$root$home" --bind
    mounted "$engine_socket" "$root/run/docker.sock" --bind
    mounted "$packages" "$root/packages" --bind -o ro
}

# take_away ROOT: unmounts what is in a system, and removes it.
take_away() {
    local place kept=()
    for place in "${mounts[@]}"; do
        case $place in "$1"/*) umount -R -l "$place" 2>/dev/null || true ;; *) kept+=("$place") ;; esac
    done
    mounts=("${kept[@]}")
    rm -rf --one-file-system "$1"
}

# The same files as an older version, for the upgrade.
make_older() {
    local deb tree=$target/package-older
    deb=$(echo "$packages"/*.deb)
    rm -rf "$tree" "$target/packages-older"
    mkdir -p "$target/packages-older"
    dpkg-deb -R "$deb" "$tree"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$tree/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$tree" "$target/packages-older/older.deb" >/dev/null
}

test_system() {
    local suite=$1
    make_system "$suite" || { problem "the system could not be made" "its log is $setup_logs/system-$suite.log"; return 1; }
    install -D -m 0644 "$target/packages-older/older.deb" "$systems/$suite/older/older.deb"
    ORCHEST_TEST_SYSTEM=$systems/$suite ORCHEST_TEST_HOME=$home "$target/debug/packages"
}

# The last test in a system: it installs an engine there, for real.
test_first_start() {
    local root=$systems/$1
    umount "$root/run/docker.sock"
    install -m 0755 "$(sed -n 's|.*"executable":"\([^"]*/first_start-[0-9a-f]*\)".*|\1|p' "$target/package-programs")" "$root/first_start"
    chroot "$root" /first_start --ignored
}

if ! on_linux || [ "$(id -u)" != 0 ]; then
    fail "fresh systems need root on Linux" "\`sudo -E make package-test\`"
fi
ensure_packages test
install_packages lintian rpm rpmlint appstream desktop-file-utils mmdebstrap debian-archive-keyring
need_rust
ensure_interface
ensure_engine
ensure_engine_client
# The whole workspace, as `cargo test` needs it, so that nothing is built twice.
cargo build --workspace --all-targets --message-format=json >"$target/package-programs"
if [ -n "$short" ]; then
    bash etc/setup/package.sh --short
elif [ -z "$(ls "$packages"/*.deb 2>/dev/null)" ]; then
    bash etc/setup/package.sh
fi

begin_run
start_display "$run_home"
checked
make_older
mkdir -p "$home"
mounted tmpfs "$home" -t tmpfs -o mode=0755
# The images that launches need, made by the packages' own program.
ensure_base_image "$stage/bin/orchest"
"$stage/bin/orchest" images --prepare
for suite in "${suites[@]}"; do
    check "Debian $suite" test_system "$suite"
    check "Debian $suite without an engine" test_first_start "$suite"
    take_away "$systems/$suite"
done
say "Packages: $passed passed, $failed failed"
[ "$failed" = 0 ]

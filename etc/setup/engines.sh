#!/usr/bin/env bash
# Runs the program on each engine that Debian has, and prints what works on which.
#
#   engines.sh [--short] [--record] [NAME...]   names as in the table below
#
# --short: the newest Docker, and Podman 5 without root's rights. --record: keeps what each engine answers, for the tests of
# the core, and does nothing else. Each engine is the only one in a network and a mount namespace; this machine's own engine
# is asked only for the images. It needs root on Debian or Ubuntu.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

# Name, suite of Debian, kind, user of the engine, arguments.
engines="
docker-20 bookworm docker root
docker-26 trixie docker root
docker-28 sid docker root
docker-28-remapped sid docker root --userns-remap=default
docker-28-ipv6 sid docker root --ipv6 --fixed-cidr-v6=fd00:7::/64
docker-28-cgroup2 sid docker root
docker-28-rootless sid docker ada
podman-4 bookworm podman root
podman-4-rootless bookworm podman ada
podman-5.4 trixie podman root
podman-5.4-rootless trixie podman ada
podman-5.8 sid podman root
podman-5.8-rootless sid podman ada
"
short_form="docker-28 podman-5.8-rootless"

# What each engine needs of Debian, with what Podman's package only recommends.
packages=docker.io,rootlesskit,iptables,nftables,uidmap,slirp4netns,fuse-overlayfs,podman,catatonit,ca-certificates,iproute2,procps,passt,netavark,aardvark-dns

recorded=$root/src-tauri/core/tests/recorded
# The person's number.
ada=7100
# How many engines run at once. Their tests wait more than they compute.
at_once=${ORCHEST_ENGINES_AT_ONCE:-2}

# The parts of a row: a heading, and the tests of tests/docker in it.
client() { checks fidelity; }
mending() {
    checks docker deaths::a_kernel_ending_by_itself deaths::a_kernel_ending_after_its_report \
        repair::a_killed_gateway repair::a_killed_server running::a_launch_runs_on_after_its_event_stream_is_cut \
        matrix::a_strangers_container_with_our_name
}
security() {
    checks docker security:: neighbours::no_other_kernel neighbours::no_kernel_can_report setuid::neither
}
build() { checks docker builds::a_failed_build_step; }
names() { checks docker names::; }
work() {
    checks docker launch::a_launch_runs_cells launch::files_belong launch::jupyter_leaves launch::kernels_end \
        limits::limits_apply
}
# Root beside a Docker of root's; else with a socket for its owner alone.
other() {
    if [ "${engine[2]} ${engine[3]}" = "docker root" ]; then person=0; else chmod 600 "$share/engine.sock"; fi
    checks docker socket::
}

apart=
rows=()
names=()
short=
record=
for argument in "$@"; do
    case $argument in --short) short=yes ;; --record) record=yes ;; *) names+=("$argument") ;; esac
done
if [ ${#names[@]} = 0 ]; then
    if [ -n "$short" ]; then read -ra names <<<"$short_form"; else mapfile -t names < <(awk 'NF { print $1 }' <<<"$engines"); fi
fi

# shellcheck disable=SC2317 # called by the trap
leave() {
    local status=$? name
    trap - EXIT
    trap '' INT TERM HUP
    set +e
    # shellcheck disable=SC2046 # a list of numbers
    kill $(jobs -p) 2>/dev/null
    wait
    if [ -n "$apart" ]; then
        for name in "$apart"/engines/*/; do [ ! -d "$name" ] || end_engine_apart "$(basename "$name")"; done
        rm -rf --one-file-system "$apart"
    fi
    [ -z "${ENGINES_PLAIN:-}" ] || docker rmi "$ENGINES_PLAIN" >/dev/null 2>&1
    [ -z "${run_home:-}" ] || end_run
    stop_engine
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

make_root() {
    local suite=$1 root=$apart/$1
    logged "$setup_logs/engines-$suite.log" mmdebstrap --variant=minbase --skip=check/empty \
        --aptopt='Acquire::Check-Valid-Until "false"' --include="$packages" \
        "$suite" "$root" ${ORCHEST_TEST_MIRROR:+"$ORCHEST_TEST_MIRROR"}
}

add_users() {
    local root=$apart/$1
    chroot "$root" useradd -u "$ada" -m ada
    echo ada:100000:65536 | tee "$root/etc/subuid" >"$root/etc/subgid"
    # Docker's own user for `--userns-remap=default`.
    chroot "$root" useradd -r dockremap
    echo dockremap:300000:65536 | tee -a "$root/etc/subuid" >>"$root/etc/subgid"
}

# The short form is part of all tests, which also run where no mirror of Debian can be reached.
without_mirror() {
    [ -n "$short" ] || fail "the root of $suite could not be made" "its log is $setup_logs/engines-$suite.log"
    say "note: no other engine is tested, because the packages of Debian $suite cannot be had"
    say "Engines: 0 passed, 0 failed, 1 skipped"
    exit 0
}

network_of() { echo "engines-$$-$1"; }

# start_engine_apart NAME SUITE KIND USER [ARGUMENT...]
start_engine_apart() {
    local name=$1 suite=$2 kind=$3 user=$4 share=$apart/engines/$1 network
    shift 4
    network=$(network_of "$name")
    mkdir -p "$share/engine"
    [ "$user" = root ] || chown "$ada:$ada" "$share" "$share/engine"
    ip netns add "$network"
    nsenter --net="/run/netns/$network" sh -c 'ip link set lo up && sysctl -qw net.ipv4.ip_forward=1'
    # The way out of it, without a change to this machine's firewall.
    slirp4netns --configure --mtu=1500 --netns-type=path "/run/netns/$network" tap0 >"$share.network.log" 2>&1 </dev/null &
    echo $! >"$share.network"
    # The shell says nothing of its end.
    disown
    case $name in *-cgroup2) export ENGINE_CGROUP2=yes ;; *) unset ENGINE_CGROUP2 ;; esac
    nsenter --net="/run/netns/$network" unshare -m bash etc/setup/engine-inside.sh "$apart/$suite" "$share" "$kind" "$user" "$@" \
        >"$share.log" 2>&1 </dev/null &
    echo $! >"$share.process"
    disown
    for _ in $(seq 150); do
        socket_answers "$share/engine.sock" && return
        sleep 0.2
    done
    problem "$name does not answer" "its log ends so:"
    tail -n 10 "$share.log" >&2
    return 1
}

end_engine_apart() {
    local name=$1 share=$apart/engines/$1 network
    network=$(network_of "$name")
    # Containers have networks of their own, so they have to end before the engine.
    engine_of "$name" ps -aq | xargs -r docker -H "unix://$share/engine.sock" rm -f >/dev/null 2>&1
    ip netns pids "$network" 2>/dev/null | xargs -r kill -TERM 2>/dev/null
    for _ in $(seq 50); do
        [ -n "$(ip netns pids "$network" 2>/dev/null)" ] || break
        sleep 0.1
    done
    ip netns pids "$network" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
    ip netns del "$network" 2>/dev/null
    # An engine may have its main thread in another network at that moment.
    kill -KILL "$(cat "$share.process")" "$(cat "$share.network")" 2>/dev/null
    find /sys/fs/cgroup -maxdepth 4 -depth -type d -path "*/$name*" -exec rmdir {} + 2>/dev/null
    rm -rf --one-file-system "$share" || { sleep 1; rm -rf --one-file-system "$share"; }
}

engine_of() {
    local name=$1
    shift
    limited 60 docker -H "unix://$apart/engines/$name/engine.sock" "$@" 2>/dev/null
}

# by_person UID COMMAND...: on the engine `name`.
by_person() {
    local uid=$1 share=$apart/engines/$name group
    shift
    group=$(stat -c %g "$share/engine.sock")
    nsenter --net="/run/netns/$(network_of "$name")" unshare -m \
        bash etc/setup/engine-person.sh "$share" "$uid" "$group" "$@" </dev/null
}

program_of() { sed -n "s|.*\"executable\":\"\([^\"]*/$1-[0-9a-f]*\)\".*|\1|p" "$target/engines-programs" | tail -n 1; }

# checks SUITE [TEST...]: as the engine's `person`; prints how many of how many passed, and a mark if one failed. A test that
# fails runs once more, alone: its time limits can be too short on a busy machine.
checks() {
    local suite=$1 log=$logs/$name.$part.log program
    shift
    program=$(program_of "$suite")
    by_person "$person" timeout -k 10 400 "$program" "$@" >"$log" 2>&1 || again
    # shellcheck disable=SC2016 # awk
    awk '/^test result: / { if (!seen) { passed = $4; failed = $6; seen = 1 } else { passed += $4; failed -= $4 } }
        END { if (!seen) print "none !"; else print passed " of " passed + failed (failed ? " !" : "") }' "$log"
}

# Runs the failed tests of `log` again. The counts of the second run are below those of the first.
again() {
    local failed
    failed=$(sed -n 's/^---- \(.*\) stdout ----$/\1/p' "$log")
    [ -n "$failed" ] || return 0
    # shellcheck disable=SC2086 # names of tests have no spaces
    by_person "$person" timeout -k 10 400 "$program" --exact $failed --test-threads 1 >>"$log" 2>&1 || true
}

# What launches left: their containers, networks and volumes. A test that failed may have left them.
left() {
    {
        engine_of "$name" ps -a --format '{{.Names}}'
        engine_of "$name" network ls --format '{{.Name}}'
        # The settings of JupyterLab are the person's, for all launches.
        engine_of "$name" volume ls -q | grep -v orchest-settings-
    } | grep orchest >"$logs/$name.left.log"
    if [ -s "$logs/$name.left.log" ]; then echo "$(wc -l <"$logs/$name.left.log") !"; else echo nothing; fi
}

# row NAME: everything on one engine. Prints its row.
row() (
    name=$1
    set +e
    read -ra engine <<<"$(grep "^$name " <<<"$engines")"
    share=$apart/engines/$name
    started=$SECONDS
    # A Podman of root is root's alone.
    person=$ada
    [ "${engine[2]} ${engine[3]}" != "podman root" ] || person=0
    start_engine_apart "${engine[@]}" || { echo "$name|does not start !"; exit; }
    trap 'end_engine_apart "$name"' EXIT
    [ "${engine[2]}" = docker ] || chmod 660 "$share/engine.sock"
    version=$(engine_of "$name" version --format '{{.Server.Version}}')
    by_person "$person" "$target/debug/orchest" images import "$apart/images.orchest-images" >"$logs/$name.import.log" 2>&1 ||
        { echo "$name|$version|its images cannot be imported !"; exit; }
    engine_of "$name" load -q -i "$apart/plain.tar" >>"$logs/$name.import.log" || { echo "$name|$version|does not load images !"; exit; }
    if [ -n "$record" ]; then
        python3 "$recorded/record.py" "$share/engine.sock" "$recorded/$name" || echo "$name|$version|not recorded !"
        exit
    fi
    cells=()
    for part in work client mending security build names other; do cells+=("$($part)"); done
    cells+=("$(left)")
    (IFS='|'; echo "$name|$version|${cells[*]}|$((SECONDS - started)) s")
)

if ! on_linux || [ "$(id -u)" != 0 ] || ! on_debian; then
    fail "engines of other versions need root on Debian or Ubuntu" "\`sudo -E make engines\`"
fi
ensure_packages test
install_packages mmdebstrap debian-archive-keyring slirp4netns uidmap
need_rust
ensure_interface
ensure_engine
ensure_engine_client
cargo build --workspace --all-targets --message-format=json >"$target/engines-programs"

begin_run
logs=$target/engines-logs
rm -rf "$logs"
mkdir -p "$logs"
apart=$(mktemp -d "${TMPDIR:-/tmp}/engines.XXXXXX")
chmod 711 "$apart"
mkdir "$apart/engines"
export ENGINES_CHECKOUT=$root ENGINES_PLAIN=orchest-tests/plain:engines

for suite in $(for name in "${names[@]}"; do awk -v name="$name" '$1 == name { print $2 }' <<<"$engines"; done | sort -u); do
    say "Making the root of the engines of $suite"
    make_root "$suite" || without_mirror
    add_users "$suite"
done
ensure_base_image "$target/debug/orchest"
"$target/debug/orchest" images --prepare
"$target/debug/orchest" images export "$apart/images.orchest-images"
# The plain JupyterLab to compare with needs packages from the network, so it is built once, here.
ORCHEST_TEST_PLAIN=$ENGINES_PLAIN "$(program_of fidelity)" lab::the_page >"$logs/plain.log" 2>&1 ||
    fail "the plain JupyterLab could not be built and asked" "its log is $logs/plain.log"
docker save -o "$apart/plain.tar" "$ENGINES_PLAIN"
docker rmi "$ENGINES_PLAIN" >/dev/null
chmod 644 "$apart/images.orchest-images" "$apart/plain.tar"

for name in "${names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
    say "== $name"
    row "$name" >"$logs/$name.row" &
    rows+=($!)
done
wait "${rows[@]}" || true

[ -z "$record" ] || {
    ! cat "$logs"/*.row | grep '!' >&2
    exit
}
{
    echo "engine|version|work|client|mending|security|build|names|other user|left|took"
    for name in "${names[@]}"; do
        if [ -s "$logs/$name.row" ]; then cat "$logs/$name.row"; else echo "$name|ended without a row !"; fi
    done
} >"$logs/table"
column -t -s '|' "$logs/table"
# A cell is `4 of 5 !`, or words with the mark if something else failed.
awk -F '|' 'NR > 1 {
    for (i = 2; i <= NF; i++) if ($i ~ / of /) { split($i, of, " "); p += of[1]; f += of[3] - of[1] } else if ($i ~ /!/) f++
} END { print "Engines: " p + 0 " passed, " f + 0 " failed, 0 skipped" }' "$logs/table"
! grep -q '!' "$logs/table"

# shellcheck shell=bash
# The container engine: the first that answers. If none does, Debian's package is installed and started.

# How this run started the engine and has to stop it: `service` or `hand`. Empty if it did not start one. An engine that
# systemd started stays.
engine_started=
engine_process=
engine_socket=/var/run/docker.sock

# Where engines listen when nothing is configured. `make lint` compares this list with the app's, in `engine/places.rs`.
known_sockets() {
    local runtime=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
    [ -d "$runtime" ] || [ -n "${XDG_RUNTIME_DIR:-}" ] || runtime=
    echo "$engine_socket"
    [ -z "$runtime" ] || echo "$runtime/docker.sock"
    printf '%s\n' \
        "$HOME/.docker/run/docker.sock" \
        "$HOME/.docker/desktop/docker.sock" \
        "$HOME/.colima/default/docker.sock" \
        "$HOME/.rd/docker.sock" \
        "$HOME/.orbstack/run/docker.sock"
    [ -z "$runtime" ] || echo "$runtime/podman/podman.sock"
    printf '%s\n' \
        /run/podman/podman.sock \
        "$HOME/.local/share/containers/podman/machine/podman.sock"
}

# The sockets of Podman's own connections, which `podman system connection` lists. The app reads its files instead.
connection_sockets() {
    have podman || return 0
    limited 10 podman system connection list --format '{{.URI}}' 2>/dev/null | sed -n 's|^unix:\(//\)\{0,1\}/|/|p'
}

socket_answers() {
    [ -S "$1" ] && curl -fs -m 5 -o /dev/null --unix-socket "$1" http://engine/_ping
}

# The engine that Docker's own configuration names. The command-line client knows contexts, curl does not.
configured_engine_answers() {
    if have docker; then
        limited 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
    else
        case ${DOCKER_HOST:-} in
        unix://*) socket_answers "${DOCKER_HOST#unix://}" ;;
        tcp://*) curl -fs -m 5 -o /dev/null "http://${DOCKER_HOST#tcp://}/_ping" ;;
        *) return 1 ;;
        esac
    fi
}

# Sets DOCKER_HOST if the engine cannot be reached without it.
engine_answers() {
    local socket
    configured_engine_answers && return
    [ -z "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ] || return 1
    while read -r socket; do
        if socket_answers "$socket"; then
            [ "$socket" = "$engine_socket" ] || export DOCKER_HOST=unix://$socket
            return 0
        fi
    done < <(known_sockets && connection_sockets)
    return 1
}

# An engine is running, but this user may not open its socket.
fail_if_forbidden() {
    local socket=$engine_socket group
    case ${DOCKER_HOST:-} in unix://*) socket=${DOCKER_HOST#unix://} ;; esac
    [ -S "$socket" ] && [ ! -w "$socket" ] || return 0
    group=$(stat -c %G "$socket" 2>/dev/null || stat -f %Sg "$socket")
    if [ "$group" = root ] || [ "$group" = wheel ]; then
        fail "permission denied: $socket can only be used by root" \
            "give a group access to it (\`sudo groupadd docker\`, restart the engine), or run a rootless engine"
    fi
    fail "permission denied: $socket belongs to the group \`$group\`, which you are not in" \
        "\`sudo usermod -aG $group ${USER:-$(id -un)}\`, log out and in, then try again"
}

# wait_for_engine SECONDS [PID]: fails at once when the process ends.
wait_for_engine() {
    local end=$((SECONDS + $1))
    until engine_answers; do
        [ -z "${2:-}" ] || [ -d "/proc/$2" ] || return 1
        # If only a group may open the new socket, waiting does not help.
        [ "$(id -u)" = 0 ] || fail_if_forbidden
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

start_by_systemd() {
    as_root systemctl start docker || true
    wait_for_engine 60 ||
        fail "systemd could not start the engine" "\`systemctl status docker\` and \`journalctl -u docker\` show why"
}

# The service's script also mounts the control groups if they are not mounted. It fails if root may not raise limits, as in
# some virtual machines and containers. Then `dockerd` may still start by hand.
start_by_service() {
    [ -x /etc/init.d/docker ] && have service || return 1
    as_root service docker start >"$setup_logs/engine-service.log" 2>&1 </dev/null || return 1
    engine_started=service
    wait_for_engine 20
}

start_by_hand() {
    local log=$state/dockerd.log
    mkdir -p "$state"
    : >"$log"
    # shellcheck disable=SC2016 # expanded by the inner shell, as root
    engine_process=$(as_root sh -c 'setsid dockerd >>"$1" 2>&1 </dev/null & echo $!' sh "$log")
    engine_started=hand
    wait_for_engine 60 "$engine_process" && return
    tail -n 10 "$log" >&2
    stop_engine
    fail "\`dockerd\` was started and does not answer; its last lines are above" "the whole log is in $log"
}

start_engine() {
    can_be_root || fail "no container engine answers, and sudo is not installed to start one" \
        "start it as root (\`service docker start\`), or run a rootless engine"
    say "Starting the container engine"
    if [ -d /run/systemd/system ]; then
        start_by_systemd
    else
        start_by_service || start_by_hand
    fi
}

fail_without_engine() {
    if [ -n "${DOCKER_HOST:-}" ]; then
        fail "no container engine answers at DOCKER_HOST, which is \`$DOCKER_HOST\`" "start that engine, or unset DOCKER_HOST"
    elif [ -n "${DOCKER_CONTEXT:-}" ]; then
        fail "no container engine answers in DOCKER_CONTEXT, which is \`$DOCKER_CONTEXT\`" "start that engine, or unset DOCKER_CONTEXT"
    elif on_mac; then
        fail "no container engine answers" "start Docker Desktop, or \`brew install colima docker && colima start\`"
    elif ! on_debian && ! have dockerd; then
        fail "no container engine answers" "install Docker (https://docs.docker.com/engine/install) or Podman, and start it"
    fi
}

ensure_engine() {
    engine_answers && return
    fail_if_forbidden
    fail_without_engine
    if ! have dockerd; then
        install_packages docker.io
        # The package's script may start the engine at once. This run has to stop it all the same.
        [ -d /run/systemd/system ] || engine_started=service
        hash -r
        engine_answers && return
    fi
    start_engine
}

# The command-line client, which newer versions of Debian and Ubuntu have in a package of its own.
ensure_engine_client() {
    have docker && return
    if on_debian; then
        if apt-cache show docker-cli >/dev/null 2>&1; then install_packages docker-cli; else install_packages docker.io; fi
    fi
    have docker || fail "\`docker\`, the engine's command-line client, is not installed" "install it with your system's packages"
}

# Stops only an engine that this run started, and no service of systemd.
stop_engine() {
    case $engine_started in
    service) as_root service docker stop >/dev/null 2>&1 </dev/null || true ;;
    hand)
        as_root kill "$engine_process" 2>/dev/null || true
        for _ in $(seq 100); do
            [ -d "/proc/$engine_process" ] || break
            sleep 0.2
        done
        ;;
    esac
    engine_started=
}

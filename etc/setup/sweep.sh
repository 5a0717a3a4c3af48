# shellcheck shell=bash
# Removes everything that a test run left, however it ended. ORCHEST_TEST_RUN identifies a run: processes inherit it,
# and the core puts it on containers and networks as a label.

# Sets the id of a run and a home of its own, so that no test reads or changes the user's settings.
begin_run() {
    ORCHEST_TEST_RUN=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    run_home=$(mktemp -d "${TMPDIR:-/tmp}/orchest-test.XXXXXX")
    export ORCHEST_TEST_RUN
    export XDG_CONFIG_HOME=$run_home/config XDG_DATA_HOME=$run_home/data
    export XDG_CACHE_HOME=$run_home/cache XDG_STATE_HOME=$run_home/state
    mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$XDG_STATE_HOME"
}

# Prints the processes of the run, which have its id in their environment.
run_processes() {
    local environ
    for environ in /proc/[0-9]*/environ; do
        tr '\0' '\n' 2>/dev/null <"$environ" | grep -qx "ORCHEST_TEST_RUN=$ORCHEST_TEST_RUN" &&
            basename "${environ%/environ}"
    done 2>/dev/null
    return 0
}

sweep_processes() {
    local pids
    on_linux || return 0
    pids=$(run_processes | xargs)
    [ -n "$pids" ] || return 0
    # shellcheck disable=SC2086 # a list of numbers
    kill $pids 2>/dev/null || true
    for _ in $(seq 15); do
        pids=$(run_processes | xargs)
        [ -n "$pids" ] || return 0
        sleep 0.2
    done
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
}

# Every test that launches leaves the volumes that a launch keeps, so they are removed without a message.
sweep_volumes() {
    local volumes
    volumes=$(limited 30 docker volume ls -q --filter "label=org.orchest.test=$ORCHEST_TEST_RUN")
    # shellcheck disable=SC2086 # a list of names
    [ -z "$volumes" ] || limited 60 docker volume rm $volumes >/dev/null 2>&1 || true
}

# Removes the run's containers and networks. Fails if there were none.
sweep_engine_once() {
    local label=label=org.orchest.test=$ORCHEST_TEST_RUN containers networks network
    networks=$(limited 30 docker network ls -q --filter "$label")
    containers=$(limited 30 docker ps -aq --filter "$label")
    # A container on a network of the run belongs to the run, even without its label.
    for network in $networks; do
        containers="$containers $(limited 30 docker ps -aq --filter "network=$network")"
    done
    containers=$(xargs -n 1 <<<"$containers" | sort -u | xargs)
    [ -n "$containers$networks" ] || return 1
    say "Removing what the run left: $(wc -w <<<"$containers" | xargs) containers, $(wc -w <<<"$networks" | xargs) networks"
    # shellcheck disable=SC2086 # lists of identifiers
    {
        [ -z "$containers" ] || limited 60 docker rm -fv $containers >/dev/null 2>&1 || true
        [ -z "$networks" ] || limited 60 docker network rm $networks >/dev/null 2>&1 || true
    }
}

sweep_engine() {
    have docker && limited 10 docker version >/dev/null 2>&1 || return 0
    # Several times, since the engine may still be creating a container that a killed client asked for.
    for _ in 1 2 3; do
        sweep_engine_once || break
        sleep 0.5
    done
    sweep_volumes
}

end_run() {
    sweep_processes
    sweep_engine
    rm -rf "$run_home"
}

# shellcheck shell=bash
# A display of its own for the tests of the window, so that no window opens on the desktop and none takes the focus.

display_process=

has_display() { on_mac || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

# start_display FOLDER: puts the cookie and the log of the display into the folder.
start_display() {
    local cookie number
    have Xvfb && have xauth || return 1
    cookie=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    export XAUTHORITY=$1/xauthority
    : >"$XAUTHORITY"
    # The server reads only the cookie. It chooses its number when it starts.
    xauth -q add :0 . "$cookie"
    Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp -noreset -auth "$XAUTHORITY" \
        3>"$1/display" >"$1/xvfb.log" 2>&1 </dev/null &
    display_process=$!
    for _ in $(seq 100); do
        [ -s "$1/display" ] && break
        kill -0 "$display_process" 2>/dev/null || break
        sleep 0.1
    done
    number=$(cat "$1/display")
    if [ -z "$number" ]; then
        tail -n 20 "$1/xvfb.log" >&2
        fail "\`Xvfb\`, the display for the tests, did not start; its last lines are above" "\`Xvfb :99\` shows why"
    fi
    xauth -q add ":$number" . "$cookie"
    export DISPLAY=:$number
    unset WAYLAND_DISPLAY
}

stop_display() {
    [ -n "$display_process" ] || return 0
    kill "$display_process" 2>/dev/null || true
    wait "$display_process" 2>/dev/null || true
    display_process=
}

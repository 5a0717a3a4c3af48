# shellcheck shell=bash
# Steps of a long run. The output of a step is shown live and kept in a log; all its processes end together.

step_logs=
step_process=
step_shower=
step_limit=3000

# begin_steps FOLDER
begin_steps() {
    step_logs=$1
    mkdir -p "$step_logs"
}

# step NAME COMMAND...: returns the command's status. Its output also goes to NAME.log.
step() {
    local name=$1 log=$step_logs/$1.log started=$SECONDS status=0
    shift
    say "== $name: $*"
    : >"$log"
    # Not through a pipe: a process that outlives its test would keep the pipe open, and this script would wait.
    tail -n +1 -f "$log" &
    step_shower=$!
    # In a process group of its own, so that all its processes can be ended at once.
    set -m
    limited "$step_limit" "$@" >>"$log" 2>&1 </dev/null &
    step_process=$!
    set +m
    # In the background, since a trap would wait for a command in the foreground.
    wait "$step_process" || status=$?
    step_process=
    # Without notifications of the system, `tail` looks about once a second.
    sleep 0.3
    end_shower
    case $status in
    0) say "== $name: done in $((SECONDS - started)) s" ;;
    124) problem "$name took longer than $step_limit s and was ended" "its log is $log" ;;
    *) problem "$name failed (status $status) after $((SECONDS - started)) s" "its log is $log" ;;
    esac
    return "$status"
}

end_shower() {
    [ -n "$step_shower" ] || return 0
    kill "$step_shower" 2>/dev/null || true
    wait "$step_shower" 2>/dev/null || true
    step_shower=
}

end_step() {
    end_shower
    [ -n "$step_process" ] || return 0
    kill -TERM -- "-$step_process" 2>/dev/null || true
    step_process=
}

# shellcheck shell=bash
# Steps of a long run: shown live, logged whole, ended as a group.

step_logs=
step_process=
step_shower=
step_limit=3000

# begin_steps FOLDER
begin_steps() {
    step_logs=$1
    mkdir -p "$step_logs"
}

# step NAME COMMAND...: the command's status; its output goes to NAME.log, too.
step() {
    local name=$1 log=$step_logs/$1.log started=$SECONDS status=0
    shift
    say "== $name: $*"
    : >"$log"
    # Not through a pipe: a process that outlives its test would hold it open, and us with it.
    tail -n +1 -f "$log" &
    step_shower=$!
    # A group of its own, so that all of it can be ended at once.
    set -m
    limited "$step_limit" "$@" >>"$log" 2>&1 </dev/null &
    step_process=$!
    set +m
    # In the background, since a trap waits for what is in the foreground.
    wait "$step_process" || status=$?
    step_process=
    # The shower looks about once a second where the system does not tell it of changes.
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

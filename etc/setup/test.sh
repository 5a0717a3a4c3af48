#!/usr/bin/env bash
# Installs what is missing, runs every test, removes what the tests left, and prints the counts last.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

summary=
passed=0
failed=0
skipped=0
# The tests that failed once and passed when they ran again.
late=0

# shellcheck disable=SC2317 # called by the trap
leave() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    # A failure here must not keep the rest from being cleaned up.
    set +e
    end_step
    [ -z "${run_home:-}" ] || end_run
    stop_display
    stop_engine
    [ -z "$summary" ] || echo "$summary"
    exit "$status"
}
trap leave EXIT
trap 'say "Interrupted: cleaning up"; exit 130' INT
trap 'exit 143' TERM HUP

# count STATUS PASSED FAILED SKIPPED: a runner that failed without a failed test counts as one failed test.
count() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    if [ "$1" != 0 ] && [ "$3" = 0 ]; then failed=$((failed + 1)); fi
}

# must NAME COMMAND...: a step that is not a test. If it fails, no test is run.
must() {
    step "$@" && return
    failed=$((failed + 1))
    finish
}

# What failed, and why, once more below all that passed. Without backtraces: the log has them.
show_failures() {
    local log=$step_logs/rust.log
    [ -f "$log" ] || return 0
    awk '
        /^failures:$/ { shown = 1; lines = 0 }
        /^---- / { lines = 0 }
        /^test result: / || /^     Running / { shown = 0 }
        shown && !/^ +[0-9]+: / && !/^ +at / && lines++ < 60
    ' "$log"
}

finish() {
    [ "$failed" = 0 ] || show_failures
    failed=$((failed - late))
    passed=$((passed + late))
    summary="$passed passed, $failed failed, $skipped skipped"
    [ "$late" = 0 ] || summary="$late of the failures above did not come again
$summary"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}

interface_tests() {
    local status=0 report=$step_logs/interface.json counts
    rm -f "$report"
    step interface npm --prefix ui test -- --reporter=default --reporter=json --outputFile.json="$report" || status=$?
    # shellcheck disable=SC2016 # JavaScript
    counts=$(node -e '
        const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
        console.log(r.numPassedTests, r.numFailedTests, r.numPendingTests + r.numTodoTests);
    ' "$report" 2>/dev/null) || counts="0 0 0"
    # shellcheck disable=SC2086 # three numbers
    count "$status" $counts
}

# Each story, in each theme and size, is one test.
stories_tests() {
    local status=0 report=$step_logs/stories.json counts
    rm -f "$report"
    step stories npm --prefix ui run test:stories -- --report="$report" || status=$?
    # shellcheck disable=SC2016 # JavaScript
    counts=$(node -e '
        const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
        console.log(r.fine, r.wrong, 0);
    ' "$report" 2>/dev/null) || counts="0 0 0"
    # shellcheck disable=SC2086 # three numbers
    count "$status" $counts
}

# The Python of the images, without an engine.
python_tests() {
    local status=0 counts
    rm -f "$step_logs"/python-*.xml
    step python env PYTHON_REPORTS="$step_logs" bash etc/setup/python-tests.sh || status=$?
    counts=$(python3 -c '
import sys, xml.etree.ElementTree as tree
suites = [suite.attrib for path in sys.argv[1:] for suite in tree.parse(path).iter("testsuite")]
total, failed, skipped = (sum(int(suite[name]) for suite in suites for name in names)
                          for names in (["tests"], ["failures", "errors"], ["skipped"]))
print(total - failed - skipped, failed, skipped)
    ' "$step_logs"/python-{gateway,server,environment}.xml 2>/dev/null) || counts="0 0 0"
    # shellcheck disable=SC2086 # three numbers
    count "$status" $counts
}

rust_tests() {
    local status=0 counts
    # Runs every binary even if one fails, to show all failures.
    step rust cargo test --workspace --no-fail-fast || status=$?
    counts=$(awk '/^test result: / {
        for (i = 2; i <= NF; i++) {
            if ($i ~ /^passed/) p += $(i - 1)
            if ($i ~ /^failed/) f += $(i - 1)
            if ($i ~ /^ignored/) s += $(i - 1)
        }
    } END { print p + 0, f + 0, s + 0 }' "$step_logs/rust.log")
    [ "$status" = 0 ] || again
    # shellcheck disable=SC2086 # three numbers
    count "$status" $counts
}

# Runs the failed tests of the engine and the window once more, one at a time: their time limits can be too short on a
# busy machine. One that passes then is not counted as failed, but named at the end with its first failure.
again() {
    local suite names number=0
    # So many failures have another cause.
    [ "$(grep -c '^---- .* stdout ----$' "$step_logs/rust.log")" -le 10 ] || return 0
    while read -r suite names; do
        # shellcheck disable=SC2086 # names of tests have no spaces
        step "again-$suite" cargo test -p orchest-tests --test "$suite" -- --exact $names --test-threads 1 || true
        number=$(grep -c '^test .* \.\.\. ok$' "$step_logs/again-$suite.log") || true
        late=$((late + number))
    done < <(awk '
        /^     Running / { split($2, path, "/"); suite = path[1] }
        /^---- .* stdout ----$/ && suite ~ /^(alone|docker|e2e|private)$/ {
            suites[suite] = suites[suite] " " $2
        }
        END { for (suite in suites) print suite suites[suite] }
    ' "$step_logs/rust.log")
}

# The packages in a fresh system. Only root can make one.
package_tests() {
    local status=0 counts
    if ! on_debian || [ "$(id -u)" != 0 ]; then
        say "note: the packages are not tested, because that needs root on Debian or Ubuntu"
        skipped=$((skipped + 1))
        return
    fi
    step packages bash etc/setup/package-test.sh --short || status=$?
    counts=$(sed -n 's/^Packages: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2 0/p' "$step_logs/packages.log")
    # shellcheck disable=SC2086 # three numbers
    count "$status" ${counts:-0 0 0}
}

# Engines of newer versions, by packages of Debian. Only root can start one apart from this machine's.
engines_tests() {
    local status=0 counts
    if ! on_debian || [ "$(id -u)" != 0 ]; then
        say "note: no other engine is tested, because that needs root on Debian or Ubuntu"
        skipped=$((skipped + 1))
        return
    fi
    step engines bash etc/setup/engines.sh --short || status=$?
    counts=$(sed -n 's/^Engines: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$step_logs/engines.log")
    # shellcheck disable=SC2086 # three numbers
    count "$status" ${counts:-0 0 0}
}

ensure_packages test
need_rust
need_python
ensure_interface
ensure_engine
ensure_engine_client

begin_run
begin_steps "$target/test-logs"
start_display "$run_home" || say "note: there is no display, so the tests of the window fail"

step interface-check npm --prefix ui run check || failed=$((failed + 1))
interface_tests
stories_tests
python_tests
# The whole workspace with all targets, as `cargo test` needs it, so that nothing is built twice.
must build cargo build --workspace --all-targets
ensure_base_image "$target/debug/orchest"
must images "$target/debug/orchest" images --prepare
rust_tests
package_tests
engines_tests
finish

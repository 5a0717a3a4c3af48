#!/usr/bin/env bash
# Every check of the sources; all of them run, then the ones that failed are named.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

failed=

# check NAME COMMAND...
check() {
    local name=$1
    shift
    say "== $name"
    "$@" || failed="$failed${failed:+, }$name"
}

# Into a folder of the project's: a person's own cargo programs stay as they are.
ensure_cargo_deny() {
    PATH=$PATH:$target/tools/bin
    have cargo-deny && return
    say "Installing cargo-deny into $target/tools (some minutes, once)"
    logged "$setup_logs/cargo-deny.log" cargo install cargo-deny --locked --root "$target/tools"
}

deny() {
    ensure_cargo_deny || { problem "cargo-deny could not be installed" "\`cargo install cargo-deny --locked\` shows why"; return 1; }
    cargo deny check licenses bans sources
}

# The list of known holes comes from a git host, which a closed network does not reach.
advisories() {
    local log=$setup_logs/advisories.log
    have cargo-deny || return 0
    limited 120 cargo deny check advisories >"$log" 2>&1 && { tail -n 1 "$log" >&2; return; }
    if grep -qiE 'failed to (fetch|update|clone|open).*advisory|advisory database' "$log" && ! grep -q '^error\[' "$log"; then
        say "note: Rust's advisories were not checked: their database could not be fetched ($log)"
    else
        cat "$log" >&2
        return 1
    fi
}

interface_audit() {
    local report=$setup_logs/npm-audit.json
    (cd ui && limited 60 npm audit --omit=dev --audit-level=high --json) >"$report" 2>/dev/null && return
    if grep -q '"vulnerabilities"' "$report"; then
        (cd ui && npm audit --omit=dev --audit-level=high) || true
        return 1
    fi
    say "note: the interface's packages were not audited: the registry does not answer that question"
}

scripts() {
    have shellcheck || { say "note: the shell scripts were not checked: shellcheck is not here"; return; }
    # The parts are checked where they are used, together.
    shellcheck -x -a etc/setup/{setup,run,test,lint,bench,soak,fuzz,platforms,screenshots}.sh &&
        find etc -name '*.sh' ! -path 'etc/setup/*' -print0 | xargs -0 shellcheck -S warning .ci/run
}

python_syntax() {
    have python3 || { say "note: the Python files were not checked: python3 is not here"; return; }
    # Compiled in memory: nothing is written beside them.
    find etc -name '*.py' -print0 | xargs -0 python3 -c '
import sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        compile(file.read(), path, "exec")
'
}

ensure_packages window
on_debian && install_packages shellcheck
need_rust
ensure_interface

check "rustfmt" cargo fmt --all --check
check "clippy" cargo clippy --workspace --all-targets -- -D warnings
check "interface: types" npm --prefix ui run check
check "interface: lint" npm --prefix ui run lint
check "interface: audit" interface_audit
check "interface: licences" npm --prefix ui run --silent licences -- --check
check "scripts" scripts
check "python" python_syntax
check "licences, bans, sources" deny
check "advisories" advisories

[ -z "$failed" ] || fail "these checks failed: $failed" "what each found is above"
say "All checks passed"

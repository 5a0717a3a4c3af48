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

deny() {
    ensure_cargo_deny || { problem "cargo-deny could not be installed" "\`cargo install cargo-deny --locked\` shows why"; return 1; }
    cargo deny check licenses bans sources
}

scripts() {
    have shellcheck || { say "note: the shell scripts were not checked: shellcheck is not here"; return; }
    # The parts are checked where they are used, together.
    shellcheck -x -a etc/setup/{setup,run,test,python-tests,lint,format,advisories,bench,soak,fuzz,platforms,screenshots}.sh &&
        find etc -name '*.sh' ! -path 'etc/setup/*' -print0 | xargs -0 shellcheck -S warning .ci/run
}

ensure_packages window
on_debian && install_packages shellcheck
need_rust
ensure_interface
ensure_ruff

check "rustfmt" cargo fmt --all --check
check "clippy" cargo clippy --workspace --all-targets -- -D warnings
check "interface: types" npm --prefix ui run check
check "interface: lint" npm --prefix ui run lint
check "interface: audit" interface_audit
check "interface: licences" npm --prefix ui run --silent licences -- --check
check "scripts" scripts
check "python: lint" "$ruff" check --no-cache
check "python: format" "$ruff" format --no-cache --check
check "licences, bans, sources" deny
check "advisories" rust_advisories
check "images: advisories" image_audit

[ -z "$failed" ] || fail "these checks failed: $failed" "what each found is above"
say "All checks passed"

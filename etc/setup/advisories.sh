#!/usr/bin/env bash
# Looks up known vulnerabilities of all pinned packages: Cargo.lock, ui/package-lock.json, requirements of images.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

need_rust
ensure_cargo_deny || problem "cargo-deny could not be installed" "\`cargo install cargo-deny --locked\` shows why"
failed=
for check in rust_advisories interface_audit image_audit; do
    say "== $check"
    $check || failed="$failed $check"
done
[ -z "$failed" ] || fail "these checks found known vulnerabilities:$failed" "each is named above; change the pinned versions"

#!/usr/bin/env bash
# Does all the set-up and prints the benchmark; what it started is gone when it ends.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

# shellcheck disable=SC2317 # called by the trap
leave() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    # Whatever fails here, the rest is still to be done.
    set +e
    [ -z "${run_home:-}" ] || end_run
    stop_display
    stop_engine
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

ensure_packages test
need_rust
ensure_interface
ensure_engine
ensure_engine_client
cargo build --release --workspace
begin_run
start_display "$run_home" || say "note: no screen for the window's figures"
ensure_base_image "$target/release/orchest"
"$target/release/orchest" images --prepare
"$target/release/bench"
# (i): a key of a search, a turn of the wheel; of the page alone, in Chromium.
npm --prefix ui run --silent measure

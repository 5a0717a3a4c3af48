#!/usr/bin/env bash
# Installs what is missing, prints the benchmark, and removes what it started.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

# shellcheck disable=SC2317 # called by the trap
leave() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    # A failure here must not keep the rest from being cleaned up.
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
start_display "$run_home" || say "note: there is no display, so the window is not measured"
ensure_base_image "$target/release/orchest"
"$target/release/orchest" images --prepare
"$target/release/bench"
# (j): two to three minutes a round.
"$target/release/bench" environments
# (k): three to five minutes a round.
"$target/release/bench" images 3
# (l): a minute or two a round, and the packages are made first.
bash etc/setup/package.sh
"$target/release/bench" installed 3
# (i): a key press in the search, a turn of the wheel. Of the page only, in Chromium.
npm --prefix ui run --silent measure

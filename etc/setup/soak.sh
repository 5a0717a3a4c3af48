#!/usr/bin/env bash
# Does all the set-up, then launches and stops again and again; fails where something is left.
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
    stop_engine
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

ensure_packages console
need_rust
ensure_interface
ensure_engine
ensure_engine_client
cargo build --release -p orchest-cli -p orchest-tests
begin_run
ensure_base_image "$target/release/orchest"
"$target/release/orchest" images --prepare
"$target/release/soak" "$@"

#!/usr/bin/env bash
# Installs what is missing, then launches and stops again and again. Fails if anything is left.
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
# The build of `make run` is good enough: the soak measures no time.
cargo build --profile quick -p orchest-cli -p orchest-tests
begin_run
ensure_base_image "$target/quick/orchest"
"$target/quick/orchest" images --prepare
"$target/quick/soak" "$@"

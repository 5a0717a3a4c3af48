#!/usr/bin/env bash
# All that `make run` needs, without building or opening anything of Rust's.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

ensure_packages window
need_rust
ensure_interface
ensure_engine
ensure_base_image "$target/release/orchest"
say "Ready: \`make run\` opens the app"

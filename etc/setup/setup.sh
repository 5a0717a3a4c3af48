#!/usr/bin/env bash
# Installs what `make run` needs, without building the app.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

ensure_packages window
need_rust
ensure_interface
ensure_engine
ensure_base_image "$target/quick/orchest"
say "Ready: \`make run\` opens the app"

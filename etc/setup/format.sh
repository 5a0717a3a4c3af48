#!/usr/bin/env bash
# Formats all sources, as `make lint` wants them.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

need_rust
ensure_ruff

cargo fmt --all
# The order of imports is a rule of the linter's.
"$ruff" check --no-cache --quiet --select I --fix
"$ruff" format --no-cache
# The interface's own formatter goes here: `npm --prefix ui run format`.

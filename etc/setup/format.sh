#!/usr/bin/env bash
# Formats the sources as `make lint` wants them.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

need_rust
need_node
interface_packages
ensure_ruff

cargo fmt --all
# The order of imports is a rule of the linter.
"$ruff" check --quiet --select I --fix
"$ruff" format
npm --prefix ui run --silent format

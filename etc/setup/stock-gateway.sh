#!/usr/bin/env bash
# Installs Enterprise Gateway as others have it, from its wheel, and prints the folder of its programs. Tests start it.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

# Tests that run side by side ask for it at once.
exec {alone}>"$setup_logs/stock-gateway.lock"
! have flock || flock "$alone"
ensure_python_environment stock-gateway
echo "$target/python/stock-gateway/bin"

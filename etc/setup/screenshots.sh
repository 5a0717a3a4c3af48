#!/usr/bin/env bash
# Takes the pictures of the README and of docs/ again, from the stories of the interface.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

ensure_packages test
ensure_interface
pictures=$(mktemp -d)
trap 'rm -rf "$pictures"' EXIT
npm --prefix ui run --silent screenshots -- "$pictures" --size=1100x720 \
    first-run starting-build kernels logs settings palette failed-image
mkdir -p docs/screens
for picture in "$pictures"/*.png; do
    name=$(basename "$picture" -1100x720.png)
    cp "$picture" "docs/screens/$name.png"
done
say "Ready: docs/screens"

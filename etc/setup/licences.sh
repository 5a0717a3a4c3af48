#!/usr/bin/env bash
# Collects the texts of the licences of all packages in the program into target/licences/THIRD_PARTY.txt, which the
# packages of the app contain.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

need_rust
need_node
interface_packages
# Not in CARGO_TARGET_DIR: tauri.conf.json names the file.
mkdir -p target/licences
node etc/setup/licences.mjs target/licences/THIRD_PARTY.txt

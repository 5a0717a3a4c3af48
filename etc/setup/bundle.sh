#!/usr/bin/env bash
# bundle.sh dmg|nsis [TARGET]: builds the installer of macOS or of Windows, on that system. TARGET is the system's name in
# Rust, for another processor. `make package` is for Linux.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

kind=${1:?dmg or nsis}
need_rust
need_node
interface_packages
system=${2:-$(rustc -vV | sed -n 's/^host: //p')}
end=
case $system in *windows*) end=.exe ;; esac

# The terminal's program is beside the window's in the installer, which looks for it under this name.
cargo build --release --locked -p orchest-cli --target "$system"
mkdir -p "$target/beside"
cp "$target/$system/release/orchest$end" "$target/beside/orchest-$system$end"
config='{"bundle": {"externalBin": ["../target/beside/orchest"]}}'

# A signing identity that is set and empty would be used.
for name in APPLE_CERTIFICATE APPLE_CERTIFICATE_PASSWORD APPLE_SIGNING_IDENTITY APPLE_ID APPLE_PASSWORD APPLE_TEAM_ID; do
    [ -n "${!name:-}" ] || unset "$name"
done
(cd src-tauri && npx --prefix ../ui --no-install tauri build --bundles "$kind" --target "$system" --config "$config" -- --locked)

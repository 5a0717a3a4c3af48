#!/usr/bin/env bash
# Checks that the code compiles for macOS and Windows. Nothing is linked or run.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

ensure_packages window
need_rust
ensure_interface
have rustup || fail "\`rustup\`, which installs the standard libraries of other systems, is not installed" \
    "install Rust from https://rustup.rs"

# Build scripts call a compiler for Objective-C and an archiver. Empty files do, since nothing is linked.
stand_in=$target/platforms/stand-in
mkdir -p "$target/platforms"
cat >"$stand_in" <<'EOF'
#!/bin/sh
for argument; do
    case $argument in
        -out:*) : >"${argument#-out:}" ;;
        *.o | *.a) : >"${argument#-Fo}" ;;
    esac
done
EOF
chmod +x "$stand_in"
export CC_aarch64_apple_darwin=$stand_in AR_aarch64_apple_darwin=$stand_in
export CC_x86_64_pc_windows_msvc=$stand_in AR_x86_64_pc_windows_msvc=$stand_in

for platform in aarch64-apple-darwin x86_64-pc-windows-msvc; do
    say "== $platform"
    logged "$setup_logs/rustup.log" rustup target add "$platform" ||
        fail "the standard library for $platform could not be installed" "\`rustup target add $platform\` shows why"
    cargo check --target "$platform" --target-dir "$target/platforms" \
        -p orchest-core -p orchest-cli -p orchest-desktop
done
say "It compiles for macOS and Windows"

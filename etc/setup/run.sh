#!/usr/bin/env bash
# Does all the set-up and opens the app; without a display, does its job in the terminal.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

build() {
    cargo build --release "$@" ||
        fail "the program could not be built" "its errors are above; \`make setup\` does the set-up alone"
}

open_window() {
    ensure_packages window
    need_rust
    ensure_interface
    ensure_engine
    build -p orchest-desktop -p orchest-cli
    ensure_base_image "$target/release/orchest"
    exec "$target/release/orchest-desktop"
}

# The examples are copied once, so that nobody's work lands in the checkout.
first_example() {
    local examples=${XDG_DATA_HOME:-$HOME/.local/share}/orchest/examples folder name
    mkdir -p "$examples"
    for folder in etc/examples/*/; do
        name=$(basename "$folder")
        # Moved into place, so that a copy which was cut short is not taken for a whole one.
        if [ ! -e "$examples/$name" ]; then
            rm -rf "$examples/.$name.new"
            cp -R "$folder" "$examples/.$name.new"
            mv "$examples/.$name.new" "$examples/$name"
        fi
        echo "$examples/$name"
        return
    done
}

launch_in_terminal() {
    local example orchest=$target/release/orchest
    say "No display is here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
    say "Launching the example pipeline from the terminal instead."
    ensure_packages console
    need_rust
    ensure_engine
    build -p orchest-cli
    ensure_base_image "$orchest"
    example=$(first_example)
    "$orchest" launch "$example" --no-open
    say "The pipeline's folder: $example"
    say "To stop it: $orchest stop '$example'"
}

if has_display; then
    open_window
else
    launch_in_terminal
fi

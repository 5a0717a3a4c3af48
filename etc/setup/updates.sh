#!/usr/bin/env bash
# Makes and signs the list of a version's packages, which programs look for at their address for updates.
#
#   bash etc/setup/updates.sh sign FOLDER PAGE NOTES   writes FOLDER/updates.json and its signature; publish both beside
#                                                      the packages. PAGE: the release's page. NOTES: a file, plain text
#   bash etc/setup/updates.sh key FILE                 makes a pair of keys: FILE, which is secret, and one that ends in
#                                                      `.pub`
#
# The version is that of Cargo.toml, and DATE is the day of the release, today by default. From the environment:
# ORCHEST_UPDATES_SECRET_KEY, the contents of FILE, and ORCHEST_UPDATES_PASSWORD, if it has one. With
# ORCHEST_UPDATES_KEY, the public key that programs were built with, a list that they would refuse is not written.
set -euo pipefail
# Paths are meant from the caller's folder, which the next line leaves.
arguments=("${1-}")
for path in "${@:2}"; do
    case $path in *://* | /*) arguments+=("$path") ;; *) arguments+=("$PWD/$path") ;; esac
done
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

set -- "${arguments[@]}"
version=$(version_of_program)
updates() { cargo run -q -p orchest-core --example updates -- "$@"; }
case ${1-}/$# in
sign/4) updates sign "$2" "$version" "${DATE:-$(date -u +%F)}" "$3" "$4" ;;
key/2) updates key "$2" ;;
*) fail "this is no way to call it: ${*:-nothing}" "its first lines say how" ;;
esac

#!/usr/bin/env bash
# Installs what is missing, then fuzzes, guided by coverage, each part that reads outside input, for FUZZ_SECONDS each:
# the parts of the program, and those of the images that read messages.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

trap stop_engine EXIT

seconds=${FUZZ_SECONDS:-60}
fuzz=tests/fuzz
found=$target/fuzz

ensure_packages console
need_rust
PATH=$PATH:$target/tools/bin
have cargo-fuzz || {
    say "Installing cargo-fuzz into $target/tools (a minute, once)"
    logged "$setup_logs/cargo-fuzz.log" cargo install cargo-fuzz --locked --version 0.13.2 --root "$target/tools" ||
        fail "cargo-fuzz could not be installed" "\`cargo install cargo-fuzz --locked\` shows why"
}

# Coverage needs unstable options, which the stable compiler has with this variable. Sanitizers would need a nightly
# compiler, and look for errors that safe code cannot have.
export RUSTC_BOOTSTRAP=1
failed=
for file in "$fuzz"/targets/*.rs; do
    name=$(basename "$file" .rs)
    say "== $name, $seconds s"
    mkdir -p "$found/corpus/$name" "$found/artifacts/$name"
    [ "$name" != kernelspec ] || cp -n etc/kernels/python_docker/kernel.json "$found/corpus/$name/shipped"
    cargo fuzz run "$name" --fuzz-dir "$fuzz" --target-dir "$found/target" --sanitizer none "$found/corpus/$name" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$found/artifacts/$name/" || failed="$failed${failed:+, }$name"
done
# Messages between pages and kernels: in the images, with their Python and their code.
ensure_engine
ensure_engine_client
cargo build -p orchest-cli
ensure_base_image "$target/debug/orchest"
"$target/debug/orchest" images --prepare
version=$(version_of_program)
mkdir -p "$found/python"
docker run --rm --user 0 --volume "$PWD/$fuzz/frames:/fuzz:ro" --volume "$found/python:/deps" --entrypoint pip \
    "orchest/kernel-python:$version" install -q --no-deps --upgrade --target /deps -r /fuzz/requirements.txt
for name in gateway server; do
    say "== frames: $name, $seconds s"
    mkdir -p "$found/corpus/$name" "$found/artifacts/$name"
    docker run --rm --user 0 --env PYTHONPATH=/opt/orchest:/deps --entrypoint /opt/venv/bin/python \
        --volume "$PWD/$fuzz/frames:/fuzz:ro" --volume "$found/python:/deps:ro" \
        --volume "$found/corpus/$name:/corpus" --volume "$found/artifacts/$name:/artifacts" \
        "orchest/$name:$version" "/fuzz/$name.py" /corpus -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=16384 -print_final_stats=1 -artifact_prefix=/artifacts/ || failed="$failed${failed:+, }frames: $name"
done
[ -z "$failed" ] || fail "these targets failed: $failed" "the input of each is in $found/artifacts"
say "Nothing found"

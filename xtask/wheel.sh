#!/bin/sh
# Builds the wheel of a folder with a Python for any Linux since 2014 (glibc 2.17): wheel.sh PYTHON FOLDER OUT
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# It names no folder of the machine that builds. Encoded, since such a name may hold a space.
CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=registry\037--remap-path-prefix=%s=venuekey' \
    "${CARGO_HOME:-$HOME/.cargo}/registry/src" "$root")
PATH=$(dirname "$1"):$PATH
export CARGO_ENCODED_RUSTFLAGS PATH
cd "$root/$2"
exec "$1" -m maturin build --release --locked --zig --target x86_64-unknown-linux-gnu --compatibility manylinux_2_17 \
    --out "$3"

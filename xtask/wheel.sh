#!/bin/sh
# Builds a folder's wheel for Linux machines other than this one, by zig's linker: wheel.sh PYTHON FOLDER OUT [TARGET…]
# Without targets, for all that there are wheels for: glibc 2.17 and musl 1.2, each on x86-64 and arm64. Then looks at what it
# has made (wheels.py). rustup brings what a target lacks.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
python=$1 folder=$2 out=$3
shift 3
[ $# -gt 0 ] || set -- x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl
PATH=$(dirname "$python"):$PATH
export PATH
. "$root/xtask/remapped.sh"

cd "$root/$folder"
for target; do
    [ -d "$(rustc --print target-libdir --target "$target")" ] || rustup --quiet target add "$target"
    case $target in *-musl) system=musllinux_1_2 ;; *) system=manylinux_2_17 ;; esac
    "$python" -m maturin build --profile release-wheel --locked --quiet --zig --target "$target" --compatibility "$system" --out "$out"
done
"$python" "$root/xtask/wheels.py" "$out"

#!/bin/sh
# Builds the wasm module and the package: bindings-wasm/dist, and from it the tarball that users install and every test
# installs too (its path is printed). Needs Rust, Node 20 and the npm registry. Where rustup has no wasm target
# installed, Debian's rustc-web and its sources (installed when missing, as root or with sudo) stand in, with a standard library
# built once into the target folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"
. "$root/xtask/debian.sh"
wasm32=wasm32-unknown-unknown

for tool in cargo node npm; do
    command -v "$tool" >/dev/null || { echo "build.sh: install $tool first" >&2; exit 1; }
done

build_wasm() {
    cargo build -q --locked -p venuekey-wasm --profile release-wasm --target "$wasm32" --target-dir "$target/wasm"
}

# Debian's compiler knows the target but has no standard library for it. One per compiler: updates replace it.
build_wasm_with_debian() {
    if ! dpkg -s rustc-web rust-web-src >/dev/null 2>&1; then
        install_from_debian rustc-web rust-web-src
    fi
    RUSTC=$(dpkg -L rustc-web | grep -m1 'bin/rustc$')
    export RUSTC
    sysroot=$target/wasm-std/$("$RUSTC" -V | tr -c 'a-zA-Z0-9.\n' '-')
    if [ ! -d "$sysroot/lib/rustlib/$wasm32/lib" ]; then
        scratch=$(mktemp -d)
        mkdir "$scratch/src"
        echo '#![no_std]' >"$scratch/src/lib.rs"
        printf '%s\n' '[package]' 'name = "x"' 'edition = "2024"' '[workspace]' \
            '[profile.release]' 'opt-level = "s"' 'codegen-units = 1' >"$scratch/Cargo.toml"
        (cd "$scratch" && RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$scratch/target" \
            cargo build -q --release --target "$wasm32" -Z build-std=std,panic_abort,proc_macro)
        rm "$scratch/target/$wasm32/release/deps/"libx-*
        mkdir -p "$sysroot/lib/rustlib/$wasm32/lib.new"
        cp "$scratch/target/$wasm32/release/deps/"*.rlib "$sysroot/lib/rustlib/$wasm32/lib.new"
        mv "$sysroot/lib/rustlib/$wasm32/lib.new" "$sysroot/lib/rustlib/$wasm32/lib"
        rm -rf "$scratch"
    fi
    lld=$(dirname "$(find "$rustup_sysroot/lib/rustlib" -name rust-lld -type f | head -n1)")
    # Encoded, since the folder's name may hold a space.
    PATH=$lld:$PATH CARGO_ENCODED_RUSTFLAGS=--sysroot=$sysroot build_wasm
}

cd "$root"
rustup_sysroot=$(rustc --print sysroot)
if [ -d "$rustup_sysroot/lib/rustlib/$wasm32/lib" ]; then build_wasm; else (build_wasm_with_debian); fi

# The generator has a target folder of its own: its features must not rebuild the rest.
cargo build -q --locked -p xtask --features wasm --target-dir "$target/xtask"
module=$target/wasm/$wasm32/release-wasm/venuekey_wasm.wasm

# What the package is made of. While that is the same, so is the package.
cd "$here"
parts() {
    cat "$module" "$root/Cargo.lock" "$root"/xtask/src/* build.sh pack.mjs package.json package-lock.json tsconfig.json \
        README.md ../LICENSE-*
    find ts -type f ! -name 'wasm.*' | LC_ALL=C sort | while read -r file; do echo "$file" && cat "$file"; done
}
made=$target/npm/made-of
if [ ! -d dist ] || ! parts | cmp -s - "$made"; then
    generated=$target/wasm/package
    rm -rf "$generated" "$target/npm"
    "$target/xtask/debug/generate-wasm" "$module" "$generated"
    "$root/xtask/npm.sh" "$here"
    node pack.mjs "$generated"
    mkdir -p "$target/npm"
    npm pack --silent --pack-destination "$target/npm" >/dev/null
    parts >"$made"
fi
echo "$target/npm/"venuekey-*.tgz

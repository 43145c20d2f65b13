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

# SHA-2 in rounds, not written out: a third of the code.
compact='--cfg sha2_backend_soft="compact"'

# The whole module, and the one that connects, which is all that a browser's page loads.
build_wasm() {
    mkdir -p "$target/wasm/whole" "$target/wasm/connects"
    for module in connects whole; do
        if [ $module = whole ]; then features=--all-features; else features=--no-default-features; fi
        cargo build -q --locked -p venuekey-wasm $features --profile release-wasm --target "$wasm32" --target-dir "$target/wasm"
        cp "$target/wasm/$wasm32/release-wasm/venuekey_wasm.wasm" "$target/wasm/$module"
    done
}

# Debian's compiler knows the target but has no standard library for it. One per compiler, since updates replace it, and built for
# size: a panic ends in a trap, as it does with an ordinary one, and the text and the place that nobody prints are left out.
build_wasm_with_debian() {
    if ! dpkg -s rustc-web rust-web-src >/dev/null 2>&1; then
        install_from_debian rustc-web rust-web-src
    fi
    RUSTC=$(dpkg -L rustc-web | grep -m1 'bin/rustc$')
    # The switches below are unstable ones.
    RUSTC_BOOTSTRAP=1
    export RUSTC RUSTC_BOOTSTRAP
    small='-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none'
    sysroot=$target/wasm-std/$("$RUSTC" -V | tr -c 'a-zA-Z0-9.\n' '-')small
    if [ ! -d "$sysroot/lib/rustlib/$wasm32/lib" ]; then
        scratch=$(mktemp -d)
        mkdir "$scratch/src"
        echo '#![no_std]' >"$scratch/src/lib.rs"
        printf '%s\n' '[package]' 'name = "x"' 'edition = "2024"' '[workspace]' \
            '[profile.release]' 'opt-level = "z"' 'codegen-units = 1' >"$scratch/Cargo.toml"
        (cd "$scratch" && RUSTFLAGS="-Cembed-bitcode=yes $small" CARGO_TARGET_DIR="$scratch/target" \
            cargo build -q --release --target "$wasm32" -Z build-std=std,panic_abort,proc_macro \
            -Z build-std-features=optimize_for_size)
        rm "$scratch/target/$wasm32/release/deps/"libx-*
        mkdir -p "$sysroot/lib/rustlib/$wasm32/lib.new"
        cp "$scratch/target/$wasm32/release/deps/"*.rlib "$sysroot/lib/rustlib/$wasm32/lib.new"
        mv "$sysroot/lib/rustlib/$wasm32/lib.new" "$sysroot/lib/rustlib/$wasm32/lib"
        rm -rf "$scratch"
    fi
    lld=$(dirname "$(find "$rustup_sysroot/lib/rustlib" -name rust-lld -type f | head -n1)")
    # Encoded, since the folder's name may hold a space.
    flags=$(echo "$small $compact" | tr ' ' '\037')
    PATH=$lld:$PATH CARGO_ENCODED_RUSTFLAGS=--sysroot=$sysroot$(printf '\037')$flags build_wasm
}

cd "$root"
rustup_sysroot=$(rustc --print sysroot)
if [ -d "$rustup_sysroot/lib/rustlib/$wasm32/lib" ]; then RUSTFLAGS=$compact build_wasm; else (build_wasm_with_debian); fi

# The generator has a target folder of its own: its features must not rebuild the rest.
cargo build -q --locked -p xtask --features wasm --target-dir "$target/xtask"
whole=$target/wasm/whole/venuekey_wasm.wasm
connects=$target/wasm/connects/venuekey_wasm.wasm

# What the package is made of. While that is the same, so is the package.
cd "$here"
parts() {
    cat "$whole" "$connects" "$root/Cargo.lock" "$root"/xtask/src/* build.sh pack.mjs package.json package-lock.json tsconfig.json \
        README.md ../LICENSE-*
    find ts -type f ! -name 'wasm.*' | LC_ALL=C sort | while read -r file; do echo "$file" && cat "$file"; done
}
made=$target/npm/made-of
if [ ! -d dist ] || ! parts | cmp -s - "$made"; then
    generated=$target/wasm/package
    rm -rf "$generated" "$target/npm"
    "$target/xtask/debug/generate-wasm" "$whole" "$generated"
    "$target/xtask/debug/generate-wasm" "$connects" "$generated/connects"
    "$root/xtask/npm.sh" "$here"
    node pack.mjs "$generated" "$generated/connects"
    mkdir -p "$target/npm"
    npm pack --silent --pack-destination "$target/npm" >/dev/null
    parts >"$made"
fi
echo "$target/npm/"venuekey-*.tgz

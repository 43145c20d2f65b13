#!/bin/sh
# What each package is built from, as CycloneDX, for every target: sbom.sh OUT. Needs cargo-cyclonedx 0.5.9.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
. "$root/xtask/remapped.sh"
cd "$root"
cargo cyclonedx --quiet --format json --spec-version 1.5 --target all
for crate in core/venuekey sandbox/venuekey-sandbox bindings-python/venuekey-python bindings-wasm/venuekey-wasm \
    bindings-swift-kotlin/venuekey-ffi; do
    # It names the folder that it was made in.
    sed "s#path+file://$root#path+file://#g" "$crate.cdx.json" >"$out/${crate##*/}.cdx.json"
done
find . -name '*.cdx.json' -not -path "./target/*" -not -path "*/node_modules/*" -exec rm {} +

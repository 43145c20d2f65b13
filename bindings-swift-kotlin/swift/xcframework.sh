#!/bin/sh
# On a Mac with Xcode and Rust's Apple targets (listed below): the package as an app depends on it, in ./package or in the
# folder named. It has Package.swift, our sources, uniffi's, and venuekeyFFI.xcframework, built as an app's: without any
# call that takes a client's secret. Not run by any test of this repository, which has no Mac.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
out=${1:-package}
[ "$(uname)" = Darwin ] || { echo "xcframework.sh: this takes a Mac with Xcode" >&2; exit 1; }
command -v xcodebuild >/dev/null || { echo "xcframework.sh: install Xcode first" >&2; exit 1; }

export IPHONEOS_DEPLOYMENT_TARGET=15.0 MACOSX_DEPLOYMENT_TARGET=12.0
rustup target add aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin
build() {
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p venuekey-ffi --profile release-app --target "$1"
}
for triple in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin; do
    build "$triple"
done
# Both languages' sources come of a library of this machine's own.
"$here/../generate.sh"

rm -rf "$out"
mkdir -p "$out/Sources"
cp "$here/Package.swift" "$here/README.md" "$out/"
cp -R "$here/Sources/Venuekey" "$out/Sources/"
mkdir "$out/Sources/Venuekey/Generated"
cp "$target/uniffi/swift-public/"*.swift "$out/Sources/Venuekey/Generated/"

# A library has one slice for each processor; a framework, one library for each platform.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/headers" "$scratch/simulator" "$scratch/mac"
cp "$target/uniffi/swift-public/venuekeyFFI.h" "$scratch/headers/"
grep -v '^ *link ' "$here/Sources/venuekeyFFI/module.modulemap" >"$scratch/headers/module.modulemap"
built() { echo "$target/$1/release-app/libvenuekey_ffi.a"; }
lipo -create "$(built aarch64-apple-ios-sim)" "$(built x86_64-apple-ios)" -output "$scratch/simulator/libvenuekey_ffi.a"
lipo -create "$(built aarch64-apple-darwin)" "$(built x86_64-apple-darwin)" -output "$scratch/mac/libvenuekey_ffi.a"
xcodebuild -create-xcframework \
    -library "$(built aarch64-apple-ios)" -headers "$scratch/headers" \
    -library "$scratch/simulator/libvenuekey_ffi.a" -headers "$scratch/headers" \
    -library "$scratch/mac/libvenuekey_ffi.a" -headers "$scratch/headers" \
    -output "$out/venuekeyFFI.xcframework"
echo "$out"

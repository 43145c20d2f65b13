#!/bin/sh
# Makes a release's commit fit for SwiftPM, which takes a package by its URL from a tag: release.sh VERSION APPLE_ZIP LINUX_ZIP
# Writes Package.swift at the repository's root, with the archives' checksums, and uniffi's half, as ../generate.sh has made it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
checksum() { sha256sum "$1" 2>/dev/null | cut -d ' ' -f 1 | grep . || shasum -a 256 "$1" | cut -d ' ' -f 1; }

sed -e "s/@VERSION@/$1/" -e "s/@APPLE@/$(checksum "$2")/" -e "s/@LINUX@/$(checksum "$3")/" "$here/release.swift" >"$root/Package.swift"
sources=$here/Sources/Venuekey
rm -rf "$sources/GeneratedApp" "$sources/GeneratedServer"
mkdir "$sources/GeneratedApp" "$sources/GeneratedServer"
cp "$target/uniffi/swift-public/"*.swift "$sources/GeneratedApp/"
cp "$target/uniffi/swift/"*.swift "$sources/GeneratedServer/"

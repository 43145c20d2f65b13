#!/bin/sh
# The compiled half for Linux as SwiftPM 6.2 and later takes it, for servers: artifactbundle.sh VERSION OUT.zip
# Of what ../native.sh has built for Linux, and ../generate.sh's header.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$(dirname "$2")"
out=$(cd "$(dirname "$2")" && pwd)/${2##*/}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bundle=$scratch/venuekeyFFI.artifactbundle
mkdir -p "$bundle/include"
cp "$target/uniffi/swift/venuekeyFFI.h" "$bundle/include/"
grep -v '^ *link ' "$here/Sources/venuekeyFFI/module.modulemap" >"$bundle/include/module.modulemap"

variants=
for triple in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu; do
    mkdir "$bundle/$triple"
    cp "$target/swift-static/$triple/libvenuekey_ffi.a" "$bundle/$triple/"
    variants="$variants${variants:+,}
        {
          \"path\": \"$triple/libvenuekey_ffi.a\",
          \"supportedTriples\": [\"$triple\"],
          \"staticLibraryMetadata\": { \"headerPaths\": [\"include\"], \"moduleMapPath\": \"include/module.modulemap\" }
        }"
done
cat >"$bundle/info.json" <<INFO
{
  "schemaVersion": "1.0",
  "artifacts": {
    "venuekeyFFI": {
      "type": "staticLibrary",
      "version": "$1",
      "variants": [$variants
      ]
    }
  }
}
INFO
# Of one time and in one order, so that two builds are equal.
TZ=UTC find "$bundle" -exec touch -t 202601010000 {} +
rm -f "$out"
(cd "$scratch" && find venuekeyFFI.artifactbundle -type f | LC_ALL=C sort | TZ=UTC zip --quiet -X -@ "$out")
echo "$out"

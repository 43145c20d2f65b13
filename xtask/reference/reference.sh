#!/bin/sh
# Makes the API reference of every language from its sources, with the tool that its readers know: reference.sh PYTHON OUT
# rustdoc, pdoc, TypeDoc, Dokka, and a page for Swift. PYTHON has venuekey installed, and pdoc. Kotlin's is what jars.sh has made, and
# is left out if that has not run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=$1
target=${CARGO_TARGET_DIR:-$root/target}
rm -rf "$2"
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$root"

RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --no-deps -p venuekey --target-dir "$target"
cp -R "$target/doc" "$out/rust"
echo '<!doctype html><meta http-equiv="refresh" content="0; url=venuekey/index.html"><a href="venuekey/index.html">venuekey</a>' >"$out/rust/index.html"

# It warns of each name that it reads from a stub.
"$python" -W ignore -m pdoc --no-show-source --docformat google --output-directory "$out/python" \
    venuekey venuekey.parts venuekey.connections venuekey.stores venuekey.senders venuekey.web venuekey.doctor venuekey.local '!venuekey._'

"$root/xtask/npm.sh" "$here"
(cd bindings-wasm && "$here/node_modules/.bin/typedoc" --logLevel Warn --options "$here/typedoc.json" --tsconfig tsconfig.json --out "$out/javascript")

if [ -d "$target/maven/venuekey-server/reference" ]; then
    cp -R "$target/maven/venuekey-server/reference" "$out/kotlin"
else
    echo "reference.sh: Kotlin's is left out: run jars.sh first" >&2
fi

find bindings-swift-kotlin/swift/Sources/Venuekey "$target/uniffi/swift-public" -name '*.swift' -print0 | LC_ALL=C sort -z |
    xargs -0 "$python" "$here/swift.py" "venuekey for Swift" "$out/swift/index.html"

"$python" "$here/links.py" "$out"

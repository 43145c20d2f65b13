#!/bin/sh
# Tests the Swift package, with this machine's Swift or else with a Debian one that toolchain.sh makes:
#   as a server is built: the corpus, the drivers, what is shown of secrets, threads, journeys against the sandbox
#   as an app is built, without any call that takes a client's secret: the README's quick start, examples/swift-desktop,
#   and examples/ios against examples/node-backend, where `just node-examples` has installed that
# `test.sh --sanitize` runs the first under the thread sanitizer instead. VENUEKEY_SANDBOX is the path of the sandbox's
# program; built here where it is left out, as is what generate.sh makes where VENUEKEY_GENERATED is. Needs Rust and
# Python; Node for the backend. Where no Swift can be had it says so and skips; under CI=true it fails.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"
examples=$root/examples

skip() {
    echo "swift/test.sh: skipped: $1" >&2
    [ "${CI-}" != true ] || exit 1
}

. "$here/run.sh"
if ! has_swift; then
    skip "there is no swift on PATH, and a Debian one can't be made here (that takes Linux, root or sudo, and apt)"
    exit 0
fi

[ -n "${VENUEKEY_GENERATED-}" ] || "$here/../generate.sh"
if [ -z "${VENUEKEY_SANDBOX-}" ]; then
    (cd "$root" && cargo build --quiet --locked -p venuekey-sandbox)
    VENUEKEY_SANDBOX=$target/debug/venuekey-sandbox
fi

# Mirrors of our own keep secrets' places out of `dump`: for every class that uniffi makes.
for class in $(sed -n 's/^public final class \([A-Za-z]*\):.*/\1/p' "$target/uniffi/swift/Venuekey.swift"); do
    grep -q "^extension $class: CustomReflectable" "$here/Sources/Venuekey/Conformances.swift" || {
        echo "swift/test.sh: $class has no mirror in Conformances.swift" >&2
        exit 1
    }
done

# And each enum without fields is coded by its name.
for enum in $(sed -n 's/^public enum \([A-Za-z]*\):.* CaseIterable {$/\1/p' "$target/uniffi/swift/Venuekey.swift"); do
    grep -q "^extension $enum: Named {" "$here/Sources/Venuekey/Conformances.swift" "$here/Sources/Venuekey/Names.swift" || {
        echo "swift/test.sh: $enum is not coded by its name" >&2
        exit 1
    }
done

# Our sources, uniffi's, and the compiled half, in one folder each. What is unchanged keeps its time.
assemble() { # the folder's name, the compiled half's suffix, the folder of sources in it
    made=$work/$1
    rm -rf "$made"
    mkdir -p "$made" "$work/lib$2"
    (cd "$here" && cp -Rp Package.swift Sources Tests "$made")
    mkdir "$made/Sources/Venuekey/Generated"
    cp -p "$target/uniffi/swift$2/"*.swift "$made/Sources/Venuekey/Generated/"
    cp -p "$target/uniffi/swift$2/venuekeyFFI.h" "$made/Sources/venuekeyFFI/"
    cmp -s "$target/uniffi/lib$2/libvenuekey_ffi.a" "$work/lib$2/libvenuekey_ffi.a" ||
        cp -p "$target/uniffi/lib$2/libvenuekey_ffi.a" "$work/lib$2/"
}

# What a debugger would want of a build; nobody looks.
lean="-debug-info-format none -Xswiftc -index-ignore-system-modules"
swift_in() { # swift's command, the folder's name, the compiled half's suffix, more arguments
    command=$1
    name=$2
    suffix=$3
    shift 3
    # What the tests may take of memory (tests/bounded.sh); the compiler takes more, and so does the sanitizer's shadow.
    bound=$([ "$command" = build ] || [ "$name" = sanitized ] || echo "ulimit -d 2097152;")
    in_swift env VENUEKEY_SERVER=1 VENUEKEY_VECTORS="$seen_vectors" VENUEKEY_SANDBOX_URL="$sandbox_url" VENUEKEY_SANDBOX="$seen_work/venuekey-sandbox" \
        ${backend_url:+"VENUEKEY_BACKEND_URL=$backend_url"} VENUEKEY_BUILT="$seen_work/build-$name/debug" \
        sh -c "$bound"' exec swift "$@"' sh "$command" --quiet --disable-xctest $lean --package-path "$seen_work/$name" \
        --scratch-path "$seen_work/build-$name" -Xlinker "-L$seen_work/lib$suffix" $strict "$@"
}

# What a program says it listens on, once it does. It may take its time, but not end.
address() { # its process, its log
    while kill -0 "$1" 2>/dev/null; do
        found=$(sed -n 's/.* listening on .*\(http:[^ /]*\/\/[^ /]*\).*/\1/p' "$2" 2>/dev/null || :)
        if [ -n "$found" ]; then
            echo "$found"
            return
        fi
        sleep 0.1
    done
    cat "$2" >&2
    exit 1
}

trap 'kill $started 2>/dev/null || :' EXIT
trap 'exit 1' INT TERM
started=""
rm -f "$work/sandbox.log" "$work/backend.log"

# A port of its own each; the network is shared with the chroot.
free='const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => (console.log(s.address().port), s.close()))'
port=$(node -e "$free" 2>/dev/null || echo 8000)
ours=http://127.0.0.1:8000/callback
theirs=http://127.0.0.1:$port/callback
"$VENUEKEY_SANDBOX" --port 0 --whitebit-key-delay-ms 0 --redirect-uri "whitebit=$ours/whitebit" \
    --redirect-uri "bybit=$ours/bybit" --redirect-uri "whitebit=$theirs/whitebit" --redirect-uri "bybit=$theirs/bybit" \
    >"$work/sandbox.log" 2>&1 &
started=$!
sandbox_url=$(address $! "$work/sandbox.log")

# Where the tests see it: they start one each.
cp -p "$VENUEKEY_SANDBOX" "$work/venuekey-sandbox"
assemble server ""
if [ "${1-}" = --sanitize ]; then
    # A scratch folder of its own: everything is built differently.
    mkdir -p "$work/sanitized"
    rm -rf "$work/sanitized"
    mv "$work/server" "$work/sanitized"
    lean="" # its reports name lines
    swift_in test sanitized "" --sanitize thread --filter 'ThreadTests|DriveTests|CancellationTests|FreshTokensTests|ConnectionTests|DoubtTests|FileStoreTests'
    exit
fi
swift_in build server "" --build-tests
swift_in test server "" --skip-build

assemble assembled -public
app=$work/app
rm -rf "$app"
mkdir -p "$app/Sources/quickstart" "$app/Tests/AppTests"
cp -p "$here/Tests/App/Package.swift" "$app/"
cp -Rp "$work/assembled/Sources/." "$examples/swift-desktop/Sources/." "$examples/ios/Sources/." "$app/Sources/"
cp -Rp "$here/Tests/App/ProgramTests.swift" "$here/Tests/Support" "$here/Tests/Rig/WatchedStore.swift" \
    "$examples/ios/Tests/ConnectCoreTests" "$app/Tests/AppTests/"
# The README's first program, on this sandbox's port.
sed -n '/^```swift$/,/^```$/p;' "$here/README.md" | sed '1d;/^```$/,$d' |
    sed "s|http://127.0.0.1:8700|$sandbox_url|" >"$app/Sources/quickstart/main.swift"
# What needs Apple's SDK can at least be read.
cp -Rp "$examples/ios/App" "$app/"
in_swift sh -c 'swiftc -parse "$1"/*.swift' sh "$seen_work/app/App"
# Swift 6.0's libswiftObservation.so names a function that no library of its release has, and never calls it.
swift_in build app -public -Xlinker --allow-shlib-undefined --build-tests

# Once all is built, and with the machine's own time: no test is late because the machine is slow.
if [ -d "$examples/node-backend/node_modules/venuekey" ]; then
    rm -rf "$work/backend"
    node "$examples/node-backend/main.js" --port "$port" --data "$work/backend" --sandbox "$sandbox_url" \
        >"$work/backend.log" 2>&1 &
    started="$started $!"
    backend_url=$(address $! "$work/backend.log")
else
    skip "examples/ios against examples/node-backend: that isn't installed (just test-journeys does)"
fi
# One after the other, since they share the sandbox.
swift_in test app -public -Xlinker --allow-shlib-undefined --skip-build --no-parallel

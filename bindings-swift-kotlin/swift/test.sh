#!/bin/sh
# Tests the Swift package on this machine's Swift, else on a Debian one that toolchain.sh makes: the corpus, the drivers,
# what is shown of secrets, journeys against the sandbox. VENUEKEY_SANDBOX is the path of the sandbox's program; built
# here where it is left out. Needs Rust. Where no Swift can be had it says so and skips; under CI=true it fails.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"

. "$here/run.sh"
if ! has_swift; then
    echo "swift/test.sh: skipped: no swift on PATH, and a Debian one can't be made here (it takes Linux, root or sudo, apt)" >&2
    [ "${CI-}" != true ] || exit 1
    exit 0
fi

"$here/../generate.sh"
if [ -z "${VENUEKEY_SANDBOX-}" ]; then
    (cd "$root" && cargo build --quiet --locked -p venuekey-sandbox)
    VENUEKEY_SANDBOX=$target/debug/venuekey-sandbox
fi

# Mirrors of our own keep secrets' places out of `dump`: for every class that uniffi makes.
for class in $(sed -n 's/^open class \([A-Za-z]*\):.*/\1/p' "$target/uniffi/swift/Venuekey.swift"); do
    grep -q "^extension $class: CustomReflectable" "$here/Sources/Venuekey/Redaction.swift" || {
        echo "swift/test.sh: $class has no mirror in Redaction.swift" >&2
        exit 1
    }
done

# The package as it is built: our sources, uniffi's, and the compiled half. What is unchanged keeps its time.
assemble() {
    made=$work/$1
    rm -rf "$made"
    mkdir -p "$made" "$work/lib$2"
    cp -Rp "$here/Package.swift" "$here/Sources" "$here/Tests" "$made/"
    mkdir "$made/Sources/Venuekey/Generated"
    cp -p "$target/uniffi/swift$2/Venuekey.swift" "$made/Sources/Venuekey/Generated/"
    cp -p "$target/uniffi/swift$2/venuekeyFFI.h" "$made/Sources/venuekeyFFI/"
    cmp -s "$target/uniffi/lib$2/libvenuekey_ffi.a" "$work/lib$2/libvenuekey_ffi.a" ||
        cp -p "$target/uniffi/lib$2/libvenuekey_ffi.a" "$work/lib$2/"
}

swift_test() {
    in_swift env VENUEKEY_VECTORS="$seen_vectors" VENUEKEY_SANDBOX_URL="$sandbox_url" \
        swift test --quiet --disable-xctest --package-path "$seen_work/$1" --scratch-path "$seen_work/build-$1" \
        -Xlinker "-L$seen_work/lib$2" -Xswiftc -warnings-as-errors
}

# The sandbox on a port of its own; the network is shared with the chroot.
log=$work/sandbox.log
"$VENUEKEY_SANDBOX" --port 0 >"$log" 2>&1 &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null' EXIT
trap 'exit 1' INT TERM
for _ in $(seq 100); do
    sandbox_url=$(sed -n 's/.* listening on \(http:[^ ]*\).*/\1/p' "$log")
    [ -z "$sandbox_url" ] || break
    sleep 0.1
done

assemble server ""
swift_test server ""

#!/bin/sh
# Builds the native library and generates Kotlin and Swift from it, below $CARGO_TARGET_DIR/uniffi:
#   kotlin/ swift/ lib/                        with the feature `server`: for servers and for the tests
#   kotlin-public/ swift-public/ lib-public/   without: what an app is built with
# lib*/ holds the debug .so and .a that belong to the sources. What is unchanged keeps its time, so that later builds
# stay warm. Needs Rust.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"
out=$target/uniffi
case $(uname) in Darwin) extension=dylib ;; *) extension=so ;; esac
cd "$root"

fail() {
    echo "generate.sh: $1" >&2
    exit 1
}

# Replaces the lines that match by a text; there must be as many as we know of, or `some`.
patch() {
    found=$(grep -Ec "$2" "$1") || :
    [ "$found" = "$3" ] || { [ "$3" = some ] && [ "$found" -gt 0 ]; } || fail "what uniffi generates has changed: $2"
    sed -E "s/$2/$4/" "$1" >"$1.new"
    mv "$1.new" "$1"
}

# Moves a folder to its place where it differs from what is there.
settle() {
    if diff -rq "$1" "$2" >/dev/null 2>&1; then
        rm -rf "$1"
    else
        rm -rf "$2"
        mv "$1" "$2"
    fi
}

generate() {
    suffix=$1
    shift
    # Debug: a stripped library has no metadata to generate from.
    cargo build --quiet --locked -p venuekey-ffi "$@"
    fresh=$out/fresh
    rm -rf "$fresh"
    mkdir -p "$fresh/lib"
    cp "$target/debug/libvenuekey_ffi.$extension" "$target/debug/libvenuekey_ffi.a" "$fresh/lib/"
    for language in kotlin swift; do
        "$target/xtask/debug/generate-native" generate --language "$language" --no-format --metadata-no-deps \
            --out-dir "$fresh/$language" "$fresh/lib/libvenuekey_ffi.$extension"
    done

    # An error's message is uniffi's list of fields; loggers read it, so it is core's one line. One for each kind.
    patch "$fresh/kotlin/io/github/venuekey/venuekey.kt" 'get\(\) = "details=.*"$' 7 'get() = details.message'
    patch "$fresh/swift/Venuekey.swift" '^ *String\(reflecting: self\)$' 1 '        details().message'

    # What is thrown is of our own family, which Java can catch (Errors.kt).
    made=$fresh/kotlin/io/github/venuekey/venuekey.kt
    patch "$made" '^(sealed class VenuekeyException: )kotlin\.Exception\(\)' 1 '\1VenuekeyFailure()'
    patch "$made" '^(class InternalException.* : )kotlin\.Exception\(' 1 '\1VenuekeyFailure('
    patch "$made" 'IllegalStateException\("\$\{(this.javaClass.simpleName)\} object has already been destroyed"\)' some 'ClosedObject(\1)'
    # And a text that can't be sent is refused by the argument's name (Text.kt).
    patch "$made" '(FfiConverter[A-Za-z]*String\.lower\(`([A-Za-z]+)`\))' some 'text("\2") { \1 }'
    patch "$made" '(FfiConverter[A-Za-z]*String\.write\(value\.`([A-Za-z]+)`, buf\))' some 'text("\2") { \1 }'

    # An error's cases begin with a capital, unlike those of every other enum in Swift. Declared, read, written.
    for kind in Misuse:misuse Denied:denied Rejected:rejected UserAction:userAction Reauthorize:reauthorize \
        Unavailable:unavailable 'Protocol:`protocol`'; do
        patch "$fresh/swift/Venuekey.swift" "(case |[ ]\.)${kind%:*}\(" 3 "\1${kind#*:}("
    done

    for made in kotlin swift lib; do
        settle "$fresh/$made" "$out/$made$suffix"
    done
}

# The generator has a target folder of its own: its features must not rebuild the rest.
cargo build --quiet --locked -p xtask --features uniffi --target-dir "$target/xtask"
generate "" --features server
generate -public
rm -rf "$out/fresh"

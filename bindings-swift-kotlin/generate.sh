#!/bin/sh
# Builds the native library and generates Kotlin and Swift from it, below $CARGO_TARGET_DIR/uniffi:
#   kotlin/ swift/ lib/                        with the feature `server`: for servers and for the tests
#   kotlin-public/ swift-public/ lib-public/   without: what an app is built with
# lib*/ holds the debug .so and .a that belong to the sources. What is unchanged keeps its time, so that later builds
# stay warm. Needs Rust and Python.
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

# Asks for the size of each argument before any of them is lowered.
sizes_first() {
    awk '
        !held && /^    (callWithHandle \{|uniffiRustCall.* \{ _status ->)$/ { held = $0; sizes = ""; rest = ""; next }
        !held { print; next }
        {
            rest = rest "\n" $0
            if (match($0, /FfiConverter[A-Za-z]+\.lower\(`[A-Za-z]+`\)/)) {
                size = substr($0, RSTART, RLENGTH)
                sub(/\.lower/, ".allocationSize", size)
                if (size ~ /String\./) {
                    split(size, parts, "`")
                    size = "text(\"" parts[2] "\") { " size " }"
                }
                sizes = sizes size "; "
            }
            if (!/_status\)/) next
            if (sizes && held ~ /callWithHandle/) sub(/callWithHandle/, "callWithHandle({ " sizes "})", held)
            else if (sizes) held = held " " sizes
            print held rest
            held = ""
        }'
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
    "$target/xtask/debug/generate-native" "$fresh/lib/libvenuekey_ffi.$extension" "$fresh"

    python3 "$root/bindings-swift-kotlin/idiom.py" "$fresh"

    # An error's message is uniffi's list of fields; loggers read it, so it is core's one line. One for each kind.
    patch "$fresh/kotlin/io/github/venuekey/venuekey.kt" 'get\(\) = "details=.*"$' 7 'get() = details.message'
    patch "$fresh/swift/Venuekey.swift" '^ *String\(reflecting: self\)$' 1 '        details.message'

    # What is thrown is of our own family, which Java can catch (Errors.kt).
    made=$fresh/kotlin/io/github/venuekey/venuekey.kt
    patch "$made" '^(sealed class VenuekeyException: )kotlin\.Exception\(\)' 1 '\1VenuekeyFailure()'
    patch "$made" '^(class InternalException.* : )kotlin\.Exception\(' 1 '\1VenuekeyFailure('
    patch "$made" 'IllegalStateException\("\$\{(this.javaClass.simpleName)\} object has already been destroyed"\)' some 'ClosedObject(\1)'
    # A text that can't be sent is refused by the argument's name, while nothing has been made for the call (Crossing.kt):
    # where its size is asked for, which is asked for all arguments first.
    patch "$made" '^( *val sizeForString = )(value)(\.length.*)$' 1 '\1unicode(\2)\3'
    patch "$made" '(FfiConverter[A-Za-z]*String\.allocationSize\(value\.`([A-Za-z]+)`\))' some 'text("\2") { \1 }'
    sizes_first <"$made" >"$made.new"
    mv "$made.new" "$made"
    patch "$made" '^( *internal inline fun <R> callWithHandle\()(block: \(handle: Long\) -> R\): R \{)$' some \
        '\1sizes: () -> Unit = {}, \2 sizes()'
    # An argument that was closed: uniffi would use it all the same, after it is freed. (`L`: a Long is as large.)
    patch "$made" '^( *return value\.)uniffiCloneHandle\(\)$' some '\1callWithHandle { it }'
    patch "$made" '^( *override fun allocationSize\(value: [A-KM-Z][A-Za-z]+\) = 8UL)$' some \
        '\1.also { if (value.uniffiIsDestroyed) throw ClosedObject(value.javaClass.simpleName) }'
    # One place for a call's outcome instead of one a call.
    patch "$made" '^    var (status = )UniffiRustCallStatus\(\)$' 1 '    val \1CallStatuses.take()'
    patch "$made" '^(    return return_value)$' 1 '\1.also { CallStatuses.giveBack(status) }'
    # What has no fields is one value, and says its name.
    patch "$made" '^    (object [A-Za-z]+ : [A-Za-z]+\(\))$' some '    data \1'

    # An error's cases begin with a capital, unlike those of every other enum in Swift. Declared, read, written.
    for kind in Misuse:misuse Denied:denied Rejected:rejected UserAction:userAction Reauthorize:reauthorize \
        Unavailable:unavailable 'Protocol:`protocol`'; do
        patch "$fresh/swift/Venuekey.swift" "(case |[ ]\.)${kind%:*}\(" 3 "\1${kind#*:}("
    done

    # The drivers are for our own half (src/drivers.rs).
    drivers='(ConnectionDriver|FlowDriver|TokenDriver|Action)[ :].*'
    patch "$fresh/kotlin/io/github/venuekey/venuekey.kt" "^((enum )?class $drivers)\$" 4 'internal \1'
    patch "$fresh/swift/Venuekey.swift" "^public ((final class|enum) $drivers)\$" 4 '\1'

    for made in kotlin swift lib; do
        settle "$fresh/$made" "$out/$made$suffix"
    done
}

# The generator has a target folder of its own: its features must not rebuild the rest.
cargo build --quiet --locked -p xtask --features uniffi --target-dir "$target/xtask"
generate "" --features server
generate -public
rm -rf "$out/fresh"

#!/bin/sh
# Builds the native library, generates Kotlin, and replays the scripted flow on the JVM and in core.
# Needs Rust, JDK 17, Maven (installed from Debian when missing, as root) and Maven Central.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"

for tool in cargo:rustup java:openjdk-17-jdk-headless mvn:maven; do
    command -v "${tool%%:*}" >/dev/null && continue
    case $tool in
        cargo:*) echo "test.sh: install Rust by rustup first" >&2; exit 1 ;;
        *) apt-get update -qq && apt-get install -y -qq --no-install-recommends "${tool##*:}" >/dev/null ;;
    esac
done

# The generator has a target folder of its own: its features must not rebuild the rest.
cd "$root"
cargo build -q -p xtask --features uniffi --target-dir "$target/xtask"
# Debug: a stripped library has no metadata to generate from.
cargo build -q -p venuekey-ffi
library=$target/debug/libvenuekey_ffi.so
generated=$target/uniffi/kotlin
fresh=$target/uniffi/kotlin.new
rm -rf "$fresh"
"$target/xtask/debug/xtask" generate --language kotlin --no-format --out-dir "$fresh" "$library"

# uniffi leaves an error object's `message` null; loggers read it, so it says what toString says.
source=$fresh/io/github/venuekey/venuekey.kt
head='^open class VenuekeyException : kotlin.Exception, .* {$'
[ "$(grep -c "$head" "$source")" = 1 ] || { echo "test.sh: the exception's declaration has changed" >&2; exit 1; }
sed -i "/$head/a\\    override val message: kotlin.String get() = toString()" "$source"

# Unchanged sources keep their times, so that Maven compiles nothing when warm.
if ! diff -rq "$fresh" "$generated" >/dev/null 2>&1; then
    rm -rf "$generated"
    mv "$fresh" "$generated"
fi

rm -rf "$target/maven/transcripts"
mvn --batch-mode --no-transfer-progress -f "$here/kotlin/pom.xml" test \
    -Dvenuekey.generated="$generated" -Dvenuekey.native="$target/debug" -Dvenuekey.build="$target/maven" \
    -Dkotlin.compiler.daemon=false -Dkotlin.compiler.incremental=true

VENUEKEY_TRANSCRIPTS=$target/maven/transcripts cargo test -q -p xtask --test scripted_flow

#!/bin/sh
# Builds the artefacts and runs every test of Kotlin on the JVM: all vectors, both senders, journeys against the sandbox,
# stores, the examples, README's quick start. VENUEKEY_SANDBOX is the path of the sandbox's program. VENUEKEY_PYTHON is a Python with
# venuekey and the packages of ../../examples/python-backend, for the hand-off to that backend, and with psycopg, which starts
# PostgreSQL (VENUEKEY_POSTGRES has it, where the machine has none); without it these are left out, but not where CI=true. What depends on the JDK runs on JDK 25 too: VENUEKEY_NEWEST_JAVA, one below /usr/lib/jvm, or Debian's;
# it is left out where there is none, but not where CI=true. What generate.sh makes is made here too, unless
# VENUEKEY_GENERATED says it is there. Needs Rust and Python; JDK 17 and Maven come from Debian where they are missing; Maven Central.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${VENUEKEY_SANDBOX:?is the path of the sandbox program}"
VENUEKEY_SANDBOX=$(realpath "$VENUEKEY_SANDBOX")
export VENUEKEY_SANDBOX
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target/maven"
target=$(cd "$target" && pwd)
export CARGO_TARGET_DIR="$target"

. "$root/xtask/debian.sh"
command -v javac >/dev/null || install_from_debian openjdk-17-jdk-headless
command -v mvn >/dev/null || install_from_debian maven
command -v strip >/dev/null || install_from_debian binutils

newest_java() {
    for java in "${VENUEKEY_NEWEST_JAVA-}" /usr/lib/jvm/*25*/bin/java; do
        if [ -x "$java" ]; then
            echo "$java"
            return
        fi
    done
}
newest=$(newest_java)
if [ -z "$newest" ]; then
    install_from_debian openjdk-25-jre-headless || :
    newest=$(newest_java)
fi
if [ -z "$newest" ]; then
    echo "kotlin/test.sh: skipped: nothing runs on JDK 25, since there is none" >&2
    [ "${CI-}" != true ] || exit 1
fi

[ -n "${VENUEKEY_GENERATED-}" ] || "$here/../generate.sh"

# Where a jar has its native library: as JNA names the platform, stripped.
native() {
    from=$target/uniffi/lib$1/libvenuekey_ffi.so
    to=$target/maven/native$1/linux-$(uname -m | sed 's/_/-/')
    [ "$to/libvenuekey_ffi.so" -nt "$from" ] && return
    mkdir -p "$to"
    strip -o "$to/libvenuekey_ffi.so" "$from"
}
native ""
native -public

# README's quick start, with ports of the test's own.
quick=$target/maven/quick-start/QuickStart.kt
mkdir -p "${quick%/*}"
awk '/^```kotlin$/ { on = 1; next } /^```$/ { if (on) exit } on' "$here/README.md" |
    sed -e 's/127\.0\.0\.1:8700/127.0.0.1:${Integer.getInteger("sandbox")}/; s/127\.0\.0\.1:8000/127.0.0.1:${Integer.getInteger("home")}/; s/, 8000)/, Integer.getInteger("home"))/' >"$quick.new"
if cmp -s "$quick.new" "$quick"; then rm "$quick.new"; else mv "$quick.new" "$quick"; fi

# Offline where everything is here already.
log=$target/maven/test.log
run() {
    # Each process of a test, and Maven itself, which compiles in its own (../../tests/bounded.sh).
    # The compilers live for a minute: in half the time with what starts fast.
    MAVEN_OPTS="-Xmx1g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS-}" "$root/tests/bounded.sh" \
        mvn --batch-mode --no-transfer-progress -Dstyle.color=never -f "$here/pom.xml" "$@" verify -Dvenuekey.target="$target" \
        ${newest:+"-Dvenuekey.newest.java=$newest"} -Dkotlin.compiler.daemon=false -Dkotlin.compiler.incremental=true >"$log" 2>&1
}
if ! run --offline; then
    if ! grep -q "offline mode\|Cannot access" "$log" || ! run; then
        grep -E "^\[(ERROR|WARNING)\]|^e: |Tests run" "$log" | tail -n 60 >&2
        echo "test.sh: the whole log is in $log" >&2
        exit 1
    fi
fi

# Maven's release chooses no plugin: each that ran is in the pom.
for plugin in $(sed -n 's/^\[INFO\] --- \([a-z-]*-plugin\):.*/\1/p' "$log" | sort -u); do
    grep -q "<artifactId>$plugin</artifactId>" "$here/pom.xml" || {
        echo "test.sh: $plugin has no version in pom.xml" >&2
        exit 1
    }
done

# Programs for ../../tests/journeys.
python3 -B "$here/programs.py" "$target"

grep -E "^\[(INFO|WARNING)\] Tests run: [0-9, a-zA-Z:]*$" "$log"

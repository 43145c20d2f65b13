#!/bin/sh
# Runs the relay's runner (tests/journeys/relay/README.md) that test.sh has built. With --built it prints its own path
# instead, for VENUEKEY_RELAY_SWIFT, or nothing where test.sh has built none.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

if [ "${1-}" = --built ]; then
    [ ! -x "$target/swift/build-server/debug/relay" ] || echo "$here/relay.sh"
    exit
fi
. "$here/run.sh"
in_swift "$seen_work/build-server/debug/relay"

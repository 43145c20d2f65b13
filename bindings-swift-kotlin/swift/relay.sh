#!/bin/sh
# Runs the relay's runner (tests/journeys/relay/README.md) that test.sh has built: for VENUEKEY_RELAY_SWIFT.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

. "$here/run.sh"
in_swift "$seen_work/build-server/debug/relay"

#!/bin/sh
# Builds the package, installs its tarball into a folder of its own as a user would, and tests that: the corpus by
# `import`, by `require`, by the CommonJS fallback and in Chromium; the types; what is shown of secrets; journeys against
# the sandbox. VENUEKEY_SANDBOX is the path of the sandbox's program. Needs what build.sh needs, and Chromium,
# which ../tests/chromium.sh finds or brings.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
: "${VENUEKEY_SANDBOX:?is the path of the sandbox program}"
case $VENUEKEY_SANDBOX in
    /*) ;;
    *) VENUEKEY_SANDBOX=$PWD/$VENUEKEY_SANDBOX ;;
esac
tarball=$("$here/build.sh")

VENUEKEY_VECTORS=$root/tests/vectors
VENUEKEY_PACKAGE=$here
export VENUEKEY_VECTORS VENUEKEY_PACKAGE VENUEKEY_SANDBOX

installed=$(mktemp -d)
trap 'rm -rf "$installed"' EXIT
cp -R "$here/tests/." "$installed"
cd "$installed"
npm install --silent --no-audit --no-fund --no-package-lock --prefer-offline "$tarball" >&2
# The tools of package.json, at their pinned releases; the package itself is the tarball's.
for tool in @types undici-types playwright-core; do ln -s "$here/node_modules/$tool" "node_modules/$tool"; done

"$here/node_modules/.bin/tsc" -p .
"$here/node_modules/.bin/publint" run "$tarball" --strict
"$here/node_modules/.bin/attw" "$tarball" --profile node16 --format ascii --no-emoji --exclude-entrypoints ./venuekey.wasm

node --test --test-reporter=dot replay/import.test.mjs replay/require.test.cjs
VENUEKEY_FALLBACK=cjs node --no-experimental-require-module --test --test-reporter=dot replay/require.test.cjs
node --test --test-timeout=60000 --test-reporter=dot ./*.test.mjs journeys/*.test.mjs

. "$root/tests/chromium.sh"
node --test --test-reporter=dot browser/*.test.mjs

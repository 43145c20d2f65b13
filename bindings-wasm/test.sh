#!/bin/sh
# Builds the package, installs its tarball into a folder of its own as a user would, and tests that: the corpus by
# `import`, by `require`, by the CommonJS fallback and in Chromium; the types; what is shown of secrets; journeys against
# the sandbox; in Node 18; in edge workers; through the usual bundlers. VENUEKEY_SANDBOX is the path of the sandbox's
# program. Needs what build.sh needs, and Chromium, which ../tests/chromium.sh finds or brings.
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

platforms=$here/tests/platforms
if ! cmp -s "$platforms/package-lock.json" "$platforms/node_modules/.venuekey-installed"; then
    (cd "$platforms" && npm ci --silent --no-audit --no-fund >&2)
    cp "$platforms/package-lock.json" "$platforms/node_modules/.venuekey-installed"
fi

installed=$(mktemp -d)
trap 'rm -rf "$installed"' EXIT
(cd "$here/tests" && find . -name node_modules -prune -o -type f -print | tar -cf - -T -) | tar -xf - -C "$installed"
ln -s "$platforms/node_modules" "$installed/platforms/node_modules"
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
node --test --test-reporter=dot platforms/workers.test.mjs

# The oldest Node there is support for, where npm has it for this machine.
oldest=platforms/node_modules/.bin/node
if [ -x "$oldest" ]; then
    VENUEKEY_FALLBACK=cjs "$oldest" --test --test-reporter=dot replay/*.test.* secrets.test.mjs journeys/*.test.mjs
elif [ "${CI:-}" = true ]; then
    echo "no Node 18 here" >&2
    exit 1
fi

. "$root/xtask/debian.sh"
. "$root/tests/chromium.sh"
node --test --test-reporter=dot browser/*.test.mjs platforms/bundlers.test.mjs

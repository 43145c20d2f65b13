#!/bin/sh
# Installs the package's tarball into a folder of its own as a user would, and tests that: the corpus by `import`, by
# `require`, by the CommonJS fallback and in Chromium; the types; what is shown of secrets; journeys against the sandbox;
# the sandbox's npm package, its fixtures for Jest and Vitest; in Node 18; in edge workers, with Durable Objects; through the usual bundlers, in Next, Bun, Jest, Vitest and TypeScript 5; the stores on SQLite
# and PostgreSQL, connections in them and the web's routes in four frameworks, which VENUEKEY_PYTHON starts (and VENUEKEY_POSTGRES has, where the machine has none). VENUEKEY_SANDBOX is the path of the sandbox's program,
# VENUEKEY_TARBALL that of the tarball; build.sh makes it where that is left out. Needs what build.sh needs, and Chromium, which ../tests/chromium.sh finds or brings.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
: "${VENUEKEY_SANDBOX:?is the path of the sandbox program}"
case $VENUEKEY_SANDBOX in
    /*) ;;
    *) VENUEKEY_SANDBOX=$PWD/$VENUEKEY_SANDBOX ;;
esac
tarball=${VENUEKEY_TARBALL:-$("$here/build.sh")}

VENUEKEY_VECTORS=$root/tests/vectors
VENUEKEY_PACKAGE=$here
export VENUEKEY_VECTORS VENUEKEY_PACKAGE VENUEKEY_SANDBOX

platforms=$here/tests/platforms
stores=$here/tests/stores
"$root/xtask/npm.sh" "$here"
"$root/xtask/npm.sh" "$platforms"
web=$here/tests/web
"$root/xtask/npm.sh" "$web"
# As the recipe `store-drivers`.
CFLAGS=-O0 CXXFLAGS=-O0 "$root/xtask/npm.sh" "$stores"
# Next looks for packages in its app's own folder only, and follows no link out of it.
VENUEKEY_NEXT=$here/tests/next
export VENUEKEY_NEXT
"$root/xtask/npm.sh" "$VENUEKEY_NEXT" "$tarball"

# Each Node with a bound on its memory, and a line of counts in the end.
reporter=$root/tests/brief.mjs
run() { "$root/tests/bounded.sh" "$@"; }

installed=$(mktemp -d)
trap 'rm -rf "$installed"' EXIT
(cd "$here/tests" && find . \( -name node_modules -o -name .next \) -prune -o -type f -print | tar -cf - -T -) | tar -xf - -C "$installed"
ln -s "$platforms/node_modules" "$installed/platforms/node_modules"
ln -s "$web/node_modules" "$installed/web/node_modules"
cd "$installed"
sandbox_tarball=$(node "$root/sandbox/npm/pack.mjs" "$installed/packed")
npm install --silent --no-audit --no-fund --no-package-lock --prefer-offline "$tarball" "$sandbox_tarball" >&2
# The tools of package.json, at their pinned releases; the package itself is the tarball's.
for tool in @types undici-types playwright-core; do ln -s "$here/node_modules/$tool" "node_modules/$tool"; done
ln -s "$platforms/node_modules/vitest" node_modules/vitest
for driver in better-sqlite3 pg; do ln -s "$stores/node_modules/$driver" "node_modules/$driver"; done

"$here/node_modules/.bin/tsc" -p .
"$here/node_modules/.bin/tsc" -p web
"$here/node_modules/.bin/publint" run "$tarball" --strict
"$here/node_modules/.bin/attw" "$tarball" --format ascii --no-emoji --exclude-entrypoints ./connect.wasm ./venuekey.wasm './venuekey.wasm?module'

run node --test --test-reporter="$reporter" replay/import.test.mjs replay/require.test.cjs
VENUEKEY_FALLBACK=cjs run node --no-experimental-require-module --test --test-reporter="$reporter" replay/require.test.cjs
run node --test --test-timeout=600000 --test-reporter="$reporter" ./*.test.mjs journeys/*.test.mjs
run node --test --test-reporter="$reporter" platforms/clients.test.mjs platforms/frameworks.test.mjs platforms/node.test.mjs \
    platforms/typescript.test.mjs platforms/workers.test.mjs platforms/durable-objects.test.mjs platforms/hono-app.test.mjs platforms/sandbox.test.mjs platforms/opentelemetry.test.mjs
run node --test --test-reporter="$reporter" stores/*.test.mjs
run node --test --test-timeout=600000 --test-reporter="$reporter" connections/*.test.mjs
run node --test --test-timeout=600000 --test-reporter="$reporter" web/*.test.mjs
# A Node with a driver of its own, where npm has it for this machine.
if [ -x "$stores/node_modules/.bin/node" ]; then
    VENUEKEY_SQLITE=node:sqlite NODE_OPTIONS=--disable-warning=ExperimentalWarning \
        run "$stores/node_modules/.bin/node" --test --test-reporter="$reporter" stores/sqlite.test.mjs
fi

# The oldest Node there is support for, where npm has it for this machine.
oldest=platforms/node_modules/.bin/node
if [ -x "$oldest" ]; then
    VENUEKEY_FALLBACK=cjs run "$oldest" --test --test-reporter="$reporter" replay/*.test.* secrets.test.mjs journeys/*.test.mjs
elif [ "${CI:-}" = true ]; then
    echo "no Node 18 here" >&2
    exit 1
fi

. "$root/xtask/debian.sh"
. "$root/tests/chromium.sh"
run node --test --test-reporter="$reporter" browser/*.test.mjs platforms/bundlers.test.mjs platforms/next.test.mjs

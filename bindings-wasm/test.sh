#!/bin/sh
# Builds the package, installs its tarball into a folder of its own as a user would, and tests that: the corpus by
# `import`, by `require`, by the CommonJS fallback and in Chromium; the types; what is shown of secrets; journeys against
# the sandbox. VENUEKEY_SANDBOX is the path of the sandbox's program. Needs what build.sh needs, and Chromium: a missing
# one is installed from Debian; where that is not possible its tests are skipped, under CI=true they fail.
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

find_chromium() {
    for name in "${VENUEKEY_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

install_chromium() {
    command -v apt-get >/dev/null || return 1
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
}

if ! find_chromium >/dev/null; then
    install_chromium >&2 || true
fi
if ! VENUEKEY_CHROMIUM=$(find_chromium); then
    echo "test.sh: no Chromium here; name one in VENUEKEY_CHROMIUM" >&2
    [ "${CI:-}" = true ] && exit 1
    echo "test.sh: the tests in Chromium are skipped" >&2
    exit 0
fi
export VENUEKEY_CHROMIUM
node --test --test-reporter=dot browser/*.test.mjs

#!/bin/sh
# Tests the pages in Chromium. VENUEKEY_SANDBOX is the path of the sandbox's program, VENUEKEY_PYTHON that of a Python
# with venuekey and the example backend's requirements, for backend-*.test.mjs. Test files may be named.
# Needs Node 20 and the npm registry. A missing Chromium is installed from Debian, as root or with sudo; where that is
# not possible the tests are skipped, under CI=true they fail.
set -eu

case ${VENUEKEY_SANDBOX:?is the path of the sandbox program} in
    /*) ;;
    *) VENUEKEY_SANDBOX=$PWD/$VENUEKEY_SANDBOX ;;
esac
export VENUEKEY_SANDBOX
cd "$(dirname "$0")"

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
    echo "run.sh: no Chromium here; name one in VENUEKEY_CHROMIUM" >&2
    [ "${CI:-}" = true ] && exit 1
    echo "run.sh: the tests of the pages are skipped" >&2
    exit 0
fi
export VENUEKEY_CHROMIUM

npm ci --silent --prefer-offline
[ $# != 0 ] || set -- *.test.mjs
# Two files at a time, since most of the time goes by in waiting; each has processes and a browser of its own.
exec node --test --test-concurrency=2 "$@"

#!/bin/sh
# Tests the pages in Chromium. VENUEKEY_SANDBOX is the path of the sandbox's program, VENUEKEY_PYTHON that of a Python
# with venuekey and the example backend's requirements, for backend-* and app-*.test.mjs; the latter need what
# `just browser-app` installs. Test files may be named.
# Needs Node 20, the npm registry, and Chromium, which ../chromium.sh finds or brings.
set -eu

case ${VENUEKEY_SANDBOX:?is the path of the sandbox program} in
    /*) ;;
    *) VENUEKEY_SANDBOX=$PWD/$VENUEKEY_SANDBOX ;;
esac
export VENUEKEY_SANDBOX
cd "$(dirname "$0")"

. ../../xtask/debian.sh
. ../chromium.sh

../../xtask/npm.sh .
../../xtask/npm.sh ../../xtask/site
[ $# != 0 ] || set -- *.test.mjs
# Two files at a time, since most of the time goes by in waiting; each has processes and a browser of its own.
exec ../bounded.sh node --test --test-concurrency=2 --test-reporter=../brief.mjs "$@"

# To be sourced after ../xtask/debian.sh: exports VENUEKEY_CHROMIUM, the path of Chromium. A missing one is installed from Debian, as root or with
# sudo; where that is not possible the script that sources this ends: the tests in Chromium are skipped, under CI=true
# they fail.

find_chromium() {
    for name in "${VENUEKEY_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

if ! find_chromium >/dev/null; then
    install_from_debian chromium || true
fi
if ! VENUEKEY_CHROMIUM=$(find_chromium); then
    echo "no Chromium here; name one in VENUEKEY_CHROMIUM" >&2
    [ "${CI:-}" = true ] && exit 1
    echo "the tests in Chromium are skipped" >&2
    exit 0
fi
export VENUEKEY_CHROMIUM

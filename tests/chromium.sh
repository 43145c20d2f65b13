# To be sourced after ../xtask/debian.sh: exports VENUEKEY_CHROMIUM, the path of Chromium. Its headless shell, without a browser's
# own windows around the same pages, takes half the time, so it is installed from Debian where it is missing, as root or with
# sudo; where that is not possible another one will do. Where there is none the script that sources this ends: the tests in
# Chromium are skipped, under CI=true they fail.

find_chromium() {
    for name; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

if ! find_chromium "${VENUEKEY_CHROMIUM:-}" chromium-headless-shell >/dev/null; then
    install_from_debian chromium-headless-shell || true
fi
if ! VENUEKEY_CHROMIUM=$(find_chromium "${VENUEKEY_CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome); then
    echo "no Chromium here; name one in VENUEKEY_CHROMIUM" >&2
    [ "${CI:-}" = true ] && exit 1
    echo "the tests in Chromium are skipped" >&2
    exit 0
fi
export VENUEKEY_CHROMIUM

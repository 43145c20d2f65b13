#!/bin/sh
# Installs what a folder's lock file names, to the byte, where that is not there yet: npm.sh FOLDER [TARBALL]
# The tarball, our own package, comes beside it as users install it; it depends on nothing.
set -eu

cd "$1"
tarball=${2-}
lock=$([ ! -f package-lock.json ] || echo package-lock.json)
wanted() { cat $lock ${tarball:+"$tarball"} </dev/null; }

if wanted | cmp -s - node_modules/.venuekey-installed; then exit; fi
if [ -n "$lock" ]; then npm ci --silent --no-audit --no-fund --prefer-offline >&2; else rm -rf node_modules; fi
# A lock file may name the package itself, by its folder.
if [ -n "$tarball" ] && ! grep -qs '"node_modules/venuekey"' "$lock"; then
    [ -n "$lock" ] || set -- --no-package-lock
    [ -z "$lock" ] || set --
    npm install --silent --no-save --no-audit --no-fund "$@" "$tarball" >&2
fi
wanted >node_modules/.venuekey-installed

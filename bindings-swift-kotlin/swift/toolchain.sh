#!/bin/sh
# Makes a Swift toolchain where the machine has none: what Debian trixie's swiftlang package needs, in a folder of its own
# (argument 1; 1.2 GB, about a minute), run by chroot. Needs root, Linux with apt and a Debian mirror. Packages are unpacked,
# not installed: their scripts would set up a whole system. The folder appears under its name only when it is complete.
set -eu

root=$1
[ ! -d "$root" ] || exit 0

mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/*$') || {
    echo "toolchain.sh: this machine's apt knows no mirror of Debian's: install Swift" >&2
    exit 1
}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -f "$keys" ]; then
    apt-get install -y -qq --no-install-recommends debian-archive-keyring >/dev/null 2>&1 || {
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends debian-archive-keyring >/dev/null
    }
fi

fresh=$root.$$
trap 'exit 1' INT TERM
# Halves that a killed run left behind.
for left in "$root".*; do
    if [ -d "$left" ] && ! kill -0 "${left##*.}" 2>/dev/null; then rm -rf "$left"; fi
done
trap 'rm -rf "$fresh"' EXIT

echo "toolchain.sh: making a Swift toolchain, once (Debian trixie)" >&2
# The machine's apt, with its proxy if it has one, and nothing else of what it knows.
apt=$fresh/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$fresh/proc" "$fresh/dev" "$fresh/venuekey" "$fresh/vectors"
: >"$apt/status"
: >"$apt/empty"
echo "deb [signed-by=$keys] $mirror trixie main" >"$apt/sources.list"
apt_get() {
    log=$(apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dir::Etc::sourcelist="$apt/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences="$apt/empty" -o Dir::Etc::preferencesparts=- \
        -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" "$@" 2>&1) ||
        { echo "$log" | tail -n 20 >&2; exit 1; }
}
apt_get update
apt_get install --no-install-recommends --download-only swiftlang libc6-dev base-files coreutils dash libc-bin tzdata

# What only debuggers, editors and other platforms need.
cat >"$apt/left-out" <<'END'
./usr/share/doc
./usr/share/man
./usr/share/locale
./usr/libexec/swift/bin/clangd
./usr/libexec/swift/bin/docc
./usr/libexec/swift/bin/lldb*
./usr/libexec/swift/bin/sourcekit-lsp
./usr/libexec/swift/bin/swift-format
./usr/libexec/swift/bin/repl_swift
./usr/libexec/swift/bin/llvm-cov
./usr/libexec/swift/bin/llvm-profdata
./usr/libexec/swift/bin/swift-api-*
./usr/libexec/swift/bin/lld
./usr/libexec/swift/bin/ld.lld
./usr/libexec/swift/bin/ld64.lld
./usr/libexec/swift/bin/lld-link
./usr/libexec/swift/bin/wasm-ld
./usr/libexec/swift/lib/liblldb*
./usr/libexec/swift/lib/libsourcekitd*
./usr/libexec/swift/lib/libLTO*
./usr/libexec/swift/lib/swift_static
./usr/libexec/swift/lib/swift/embedded
./usr/libexec/swift/lib/swift/FrameworkABIBaseline
END
for package in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$fresh" -X "$apt/left-out"
done
# What the packages' scripts would have made.
ln -s ../libexec/swift/bin/swift "$fresh/usr/bin/swift"
echo "root:x:0:0:root:/root:/bin/sh" >"$fresh/etc/passwd"
chroot "$fresh" ldconfig
rm -rf "$apt"
# Another run may have been quicker.
mv -T "$fresh" "$root" 2>/dev/null || [ -d "$root" ]

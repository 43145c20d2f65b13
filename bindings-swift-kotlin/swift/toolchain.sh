#!/bin/sh
# Makes a Swift toolchain where the machine has none: Debian trixie with its swiftlang package, in a folder of its own
# (argument 1; 1.2 GB, about a minute), run by chroot. Needs root, Linux and a Debian mirror; debootstrap is installed
# where it is missing. The folder appears under its name only when it is complete.
set -eu

root=$1
[ ! -d "$root" ] || exit 0

# Mounts stay in a namespace of our own, so that a run which dies leaves none behind.
[ "${2-}" = unshared ] || exec unshare -m "$0" "$root" unshared

if ! command -v debootstrap >/dev/null; then
    apt-get install -y -qq --no-install-recommends debootstrap debian-archive-keyring >/dev/null 2>&1 || {
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends debootstrap debian-archive-keyring >/dev/null
    }
fi

fresh=$root.$$
trap 'exit 1' INT TERM
# Halves that a killed run left behind.
for left in "$root".*; do
    if [ -d "$left" ] && ! kill -0 "${left##*.}" 2>/dev/null; then rm -rf --one-file-system "$left"; fi
done

echo "toolchain.sh: making a Swift toolchain, once (Debian trixie)" >&2
# debootstrap takes no path with a space, so it sees the folder under another name; that mount ends with this process.
mkdir "$fresh"
seen=$(mktemp -d /tmp/venuekey-swift.XXXXXX)
trap 'umount "$seen" 2>/dev/null || :; rmdir "$seen"; rm -rf --one-file-system "$fresh"' EXIT
mount --bind "$fresh" "$seen"
log=$(debootstrap --variant=minbase trixie "$seen" 2>&1) || { echo "$log" | tail -n 20 >&2; exit 1; }
mount -t proc proc "$fresh/proc" 2>/dev/null || mount --bind /proc "$fresh/proc"
# The mirror's proxy, if there is one, is the environment's or the machine's apt's.
for setting in /etc/apt/apt.conf /etc/apt/apt.conf.d/*proxy*; do
    if [ -f "$setting" ]; then cp "$setting" "$fresh/etc/apt/apt.conf.d/"; fi
done
log=$(chroot "$fresh" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends swiftlang libc6-dev 2>&1) || { echo "$log" | tail -n 20 >&2; exit 1; }
umount "$fresh/proc"

# What only debuggers, editors and other platforms need.
(
    cd "$fresh/usr/libexec/swift"
    rm -rf bin/clangd bin/docc bin/lldb* bin/sourcekit-lsp bin/swift-format bin/repl_swift bin/llvm-cov bin/llvm-profdata \
        bin/swift-api-* bin/lld bin/ld.lld bin/ld64.lld bin/lld-link bin/wasm-ld \
        lib/liblldb* lib/libsourcekitd* lib/libLTO* lib/swift_static lib/swift/embedded lib/swift/FrameworkABIBaseline
)
rm -rf "$fresh/usr/share/doc" "$fresh/usr/share/man" "$fresh/usr/share/locale"
rm -rf "$fresh"/var/lib/apt/lists/* "$fresh"/var/cache/apt/*
mkdir -p "$fresh/venuekey" "$fresh/vectors"
# Another run may have been quicker.
mv -T "$fresh" "$root" 2>/dev/null || [ -d "$root" ]

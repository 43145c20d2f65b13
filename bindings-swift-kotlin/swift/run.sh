# Sourced: `in_swift COMMAND…` runs a command where the Swift toolchain is: here, if swift is on PATH, else in the Debian
# folder that toolchain.sh makes. $work is this machine's name for the folder of everything built, $seen_work and
# $seen_vectors what the command sees. Wants $here, $root and $target.
work=$target/swift
mkdir -p "$work"

if command -v swift >/dev/null; then
    seen_work=$work
    seen_vectors=$root/tests/vectors
    has_swift() { true; }
    in_swift() { "$@"; }
else
    debian=$target/swift-root
    seen_work=/venuekey
    seen_vectors=/vectors
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    has_swift() { $as_root unshare --mount true 2>/dev/null && $as_root "$here/toolchain.sh" "$debian"; }
    # In a mount namespace of its own, so that no mount outlives the command.
    in_swift() {
        $as_root unshare --mount sh -c '
            debian=$1 work=$2 vectors=$3
            shift 3
            mount --bind "$work" "$debian/venuekey"
            mount --bind "$vectors" "$debian/vectors"
            mount --bind /proc "$debian/proc"
            mount --bind /dev "$debian/dev"
            exec chroot "$debian" env -i HOME=/tmp PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@"
        ' sh "$debian" "$work" "$root/tests/vectors" "$@"
    }
fi

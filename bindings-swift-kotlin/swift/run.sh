# Sourced: `in_swift COMMAND…` runs a command where the Swift toolchain is: here, if PATH has a swift of 6.0 or later,
# else in the Debian folder that toolchain.sh makes. $work is this machine's name for the folder of everything built,
# $seen_work and $seen_vectors what the command sees; $strict are arguments for swift. Wants $here, $root and $target.
work=$target/swift
mkdir -p "$work"

if swift --version 2>/dev/null | grep -Eq 'Swift version ([6-9]|[1-9][0-9])\.'; then
    # Another compiler warns of other things.
    strict=""
    seen_work=$work
    seen_vectors=$root/tests/vectors
    has_swift() { true; }
    in_swift() { "$@"; }
else
    strict="-Xswiftc -warnings-as-errors"
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

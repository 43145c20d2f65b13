#!/bin/sh
# Builds the native libraries of the jars for the targets named, as a release has them: native.sh TARGET…
# Each lands where JNA looks for it in a jar, below $CARGO_TARGET_DIR/maven: native/ with the feature `server`, native-public/
# without. The server's static library, for Swift on Linux, lands in swift-static/. Linux's are linked by zig for glibc 2.17 (`just native` brings it); others are built on a machine of their kind.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target_folder=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target_folder"
target_folder=$(cd "$target_folder" && pwd)
export CARGO_TARGET_DIR="$target_folder"
. "$root/xtask/remapped.sh"
cd "$root"

place() { # as JNA names the platform
    case $1 in
        x86_64-unknown-linux-gnu) echo linux-x86-64/libvenuekey_ffi.so ;;
        aarch64-unknown-linux-gnu) echo linux-aarch64/libvenuekey_ffi.so ;;
        aarch64-apple-darwin) echo darwin-aarch64/libvenuekey_ffi.dylib ;;
        x86_64-apple-darwin) echo darwin-x86-64/libvenuekey_ffi.dylib ;;
        x86_64-pc-windows-msvc) echo win32-x86-64/venuekey_ffi.dll ;;
        *) echo "native.sh: no jar has a place for $1" >&2; exit 1 ;;
    esac
}

build() { # the suffix, the target, cargo's features
    suffix=$1 target=$2
    shift 2
    to=$(place "$target")
    case $target in
        *-linux-gnu) cargo zigbuild --quiet --locked -p venuekey-ffi --profile release-app --target "$target.2.17" "$@" ;;
        *) cargo build --quiet --locked -p venuekey-ffi --profile release-app --target "$target" "$@" ;;
    esac
    mkdir -p "$target_folder/maven/native$suffix/${to%/*}"
    cp "$target_folder/$target/release-app/${to##*/}" "$target_folder/maven/native$suffix/$to"
    case $suffix$target in
        *-linux-gnu)
            [ -z "$suffix" ] || return 0
            mkdir -p "$target_folder/swift-static/$target"
            cp "$target_folder/$target/release-app/libvenuekey_ffi.a" "$target_folder/swift-static/$target/" ;;
    esac
}

for target; do
    [ -d "$(rustc --print target-libdir --target "$target")" ] || rustup --quiet target add "$target"
    build "" "$target" --features server
    build -public "$target"
done

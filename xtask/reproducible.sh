#!/bin/sh
# Builds the committed sources in two folders and compares, byte for byte: reproducible.sh PYTHON [crate] [wheel] [npm] [jar]
# Without names, all four. Takes as long as two builds of each; PYTHON has maturin and zig (`just reproducible`).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
python=$1
shift
[ $# -gt 0 ] || set -- crate wheel npm jar
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset CARGO_TARGET_DIR

build() { # what, into which folder
    case $1 in
        crate)
            cargo package --quiet --locked --no-verify -p venuekey -p venuekey-sandbox
            cp target/package/*.crate "$2" ;;
        wheel) xtask/wheel.sh "$python" bindings-python "$2" x86_64-unknown-linux-gnu >/dev/null ;;
        npm) cp "$(bindings-wasm/build.sh)" "$2" ;;
        jar)
            bindings-swift-kotlin/generate.sh
            bindings-swift-kotlin/kotlin/jars.sh "$scratch/repository" >/dev/null
            find "$scratch/repository" \( -name '*.jar' -o -name '*.pom' \) -exec cp {} "$2" \;
            rm -rf "$scratch/repository" ;;
        *) echo "reproducible.sh: crate, wheel, npm or jar" >&2; exit 1 ;;
    esac
}

# Names of other lengths, and one with a space.
for name in one "the other one"; do
    git clone --quiet --no-local "$root" "$scratch/$name"
    mkdir "$scratch/made in $name"
    for what; do (cd "$scratch/$name" && build "$what" "$scratch/made in $name"); done
    rm -rf "${scratch:?}/$name"
done
cd "$scratch"
(cd "made in one" && sha256sum -- *)
diff -rq "made in one" "made in the other one" || { echo "reproducible.sh: two builds differ" >&2; exit 1; }

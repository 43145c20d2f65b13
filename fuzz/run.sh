#!/bin/sh
# Fuzzes each target for so many seconds, beginning with its corpus: run.sh SECONDS [TARGET…]. What breaks an invariant is left
# in fuzz/artifacts. `run.sh smoke` runs each corpus and goes on to 2,000 inputs from a fixed seed; `run.sh corpus` writes the
# corpora anew: what the vectors have now, without what adds nothing.
#
# The flags are cargo-fuzz's without a sanitizer: core and sandbox have no unsafe code, so a stable compiler is enough.
# `cargo fuzz run --sanitizer none TARGET` does the same.
set -eu

cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-../target}/fuzz
what=$1
shift
profile=release
if [ "$what" = smoke ]; then
    profile=smoke
    # The fuzzer's own half.
    export CXXFLAGS=-O0
fi
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo build --quiet --locked --profile "$profile" --target "$host" --target-dir "$target" --bins
programs=$target/$host/$profile

[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)
mkdir -p artifacts
scratch=
trap 'rm -rf "$scratch" "$scratch.log"' EXIT
for name in "$@"; do
    rm -rf "$scratch" "$scratch.log"
    scratch=$(mktemp -d)
    found=$target/found/$name
    mkdir -p "$found" "corpus/$name"
    limits="-max_len=16384 -timeout=60 -rss_limit_mb=2048 -artifact_prefix=artifacts/$name- -print_final_stats=0 -verbosity=0"
    case $what in
    smoke)
        if ! "$programs/$name" $limits -runs=2000 -seed=1 "$scratch" "corpus/$name" >"$scratch.log" 2>&1; then
            cat "$scratch.log" >&2
            exit 1
        fi
        ;;
    corpus)
        mkdir "$scratch/seeds" "$scratch/kept"
        VENUEKEY_SEEDS=$scratch/seeds "$programs/$name"
        "$programs/$name" $limits -merge=1 "$scratch/kept" "$scratch/seeds"
        rm -rf "corpus/$name"
        mkdir "corpus/$name"
        (cd "$scratch/kept" && for input in *; do mv "$input" "$OLDPWD/corpus/$name/$(printf %.16s "$input")"; done)
        ;;
    *)
        "$programs/$name" $limits -max_total_time="$what" "$found" "corpus/$name"
        ;;
    esac
done
[ "$what" != smoke ] || echo "$# passed, 0 failed"

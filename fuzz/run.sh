#!/bin/sh
# Fuzzes each target for so many seconds, beginning with its corpus: run.sh SECONDS [TARGET…]. What breaks an invariant is left
# in fuzz/artifacts. `run.sh smoke` runs each corpus once and a fixed number of inputs after it; `run.sh corpus` writes the
# corpora anew: what the vectors have now, without what adds nothing.
#
# The flags are cargo-fuzz's without a sanitizer: core and sandbox have no unsafe code, so a stable compiler is enough.
# `cargo fuzz run --sanitizer none TARGET` does the same.
set -eu

cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-../target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo build --quiet --locked --release --target "$host" --target-dir "$target" --bins
programs=$target/$host/release

what=$1
shift
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)
mkdir -p artifacts
for name in "$@"; do
    found=$target/found/$name
    mkdir -p "$found" "corpus/$name"
    limits="-max_len=16384 -timeout=60 -rss_limit_mb=2048 -artifact_prefix=artifacts/$name- -print_final_stats=0 -verbosity=0"
    case $what in
    smoke)
        "$programs/$name" $limits -runs=2000 -seed=1 "$(mktemp -d)" "corpus/$name"
        echo "$name: $(ls "corpus/$name" | wc -l) inputs, and 2,000 of its own"
        ;;
    corpus)
        seeds=$(mktemp -d)
        VENUEKEY_SEEDS=$seeds "$programs/$name"
        kept=$(mktemp -d)
        "$programs/$name" $limits -merge=1 "$kept" "$seeds"
        rm -rf "corpus/$name" "$seeds"
        mkdir "corpus/$name"
        (cd "$kept" && for input in *; do mv "$input" "$OLDPWD/corpus/$name/$(printf %.16s "$input")"; done)
        ;;
    *)
        "$programs/$name" $limits -max_total_time="$what" "$found" "corpus/$name"
        ;;
    esac
done

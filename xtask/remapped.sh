# To be sourced, with $root: what cargo builds names no folder of this machine, so that another one builds the same bytes.
remapped_registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
# Encoded, since such a name may hold a space.
CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=registry\037--remap-path-prefix=%s=venuekey' "$remapped_registry" "$root")
# Archives have the time of the commit, not of the build.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
export CARGO_ENCODED_RUSTFLAGS SOURCE_DATE_EPOCH

set shell := ["bash", "-euo", "pipefail", "-c"]

export PIP_DISABLE_PIP_VERSION_CHECK := "1"
export RUST_BACKTRACE := env("RUST_BACKTRACE", "0")
target := env("CARGO_TARGET_DIR", justfile_directory() / "target")
venv := justfile_directory() / ".venv"
python := venv / "bin/python"
sandbox_binary := target / "debug/venuekey-sandbox"
just := quote(just_executable())

# List the tasks
[private]
default:
    @{{ just }} --list --unsorted

# Connect a WhiteBIT and a Bybit account through the example backend, against the sandbox (--serve: stay up, --help: more)
demo *ARGS: python-package sandbox-binary
    @{{ python }} examples/python-backend/demo.py --sandbox {{ sandbox_binary }} {{ ARGS }}

# Serve both exchanges on loopback (--help lists every knob)
sandbox *ARGS:
    cargo run --quiet --locked -p venuekey-sandbox -- {{ ARGS }}

# Every check, in the order of the floors
test: lint test-core test-sandbox simulate test-kotlin test-javascript test-python test-pages test-journeys

# Formatting, lints, licences, and what else needs no run
lint: python-tools
    cargo fmt --all --check
    cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
    {{ python }} tests/project/check.py

# Core: vectors, canary, limits, the manual's examples
test-core:
    cargo test --quiet --locked -p venuekey

# Sandbox: the fact sheets' emulator checklists, and the real sockets
test-sandbox:
    cargo test --quiet --locked -p venuekey-sandbox

# Random schedules of crashes, races and faults, from a printed seed
simulate SCHEDULES="2000" SEED="":
    VENUEKEY_SCHEDULES={{ SCHEDULES }} VENUEKEY_SEED={{ SEED }} cargo test --quiet --locked -p venuekey-simulation --test schedules

# Fill in the missing expectations of new vectors, and nothing else
accept-vectors:
    VENUEKEY_VECTORS=accept cargo test --quiet --locked -p venuekey --test vectors every_case

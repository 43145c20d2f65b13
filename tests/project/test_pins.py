"""The guard against tools without a release finds what it is for."""

import json

import pins
import pytest


@pytest.mark.parametrize(
    "line",
    [
        "npx esbuild app.js",
        "cd tests && exec npx --yes rust-just test",
        "npx --yes rust-just@latest test",
        "npx --yes @scope/tool@^1.2.0",
        "npm install --no-save left-pad",
        "npm i left-pad@1",
        "(cd tests && npm install)",
        "$PYTHON -m pip install pytest",
        "pip3 install pytest==9.2.0",
        '.venv/bin/pip install -r "requirements.txt"',
        "cargo build --quiet -p venuekey",
        "if true; then cargo +nightly test; fi",
        "cargo install --locked cargo-mutants",
        "cargo build \\\n    --release",
    ],
)
def test_a_command_that_would_take_the_newest_is_found(line: str) -> None:
    assert pins.in_script(line) != [], line


@pytest.mark.parametrize(
    "line",
    [
        "exec npx --yes rust-just@1.57.0 test",
        "npx venuekey worker ./app.mjs --once",
        "npx --yes @scope/tool@1.2.0-rc.1",
        "npm ci --silent",
        'npm install --no-save "$@" "$tarball" >&2',
        "npm install left-pad@1.3.0 ./venuekey.tgz",
        "pip install --require-hashes -r tests/requirements.lock",
        "pip install --no-index --no-deps target/wheels/*.whl",
        "cargo +nightly test --locked",
        "cargo fmt --all --check",
        "cargo install --locked --version 27.1.0 cargo-mutants",
        "cargo build \\\n    --release \\\n    --locked",
        "# cargo build",
        'echo "installed by npm"',
    ],
)
def test_what_has_a_release_is_let_be(line: str) -> None:
    assert pins.in_script(line) == []


def test_documents_may_leave_the_release_to_the_reader_but_not_to_npx() -> None:
    assert pins.in_document("Run `npm install venuekey`.\n```sh\npip install venuekey\ncargo build\n```\n") == []
    assert len(pins.in_document("Run `npx just test`.\n```sh\nnpx --yes rust-just demo  # all of it\n```\n")) == 2


@pytest.mark.parametrize("at", ["^1.0.2", "~1.0.2", "*", "latest", ">=1", "1.x", "github:owner/name"])
@pytest.mark.parametrize("kind", ["dependencies", "devDependencies", "optionalDependencies"])
def test_a_package_whose_release_may_move_is_found(kind: str, at: str) -> None:
    assert pins.in_package(json.dumps({kind: {"cookie": at}})) == [f"without an exact release: cookie {at}"]
    assert pins.in_package(json.dumps({kind: {"cookie": f"npm:biscuit@{at}"}})) != []
    assert pins.in_package(json.dumps({kind: {"cookie": "npm:biscuit@1.0.2"}})) == []
    assert pins.in_package(json.dumps({kind: {"cookie": "1.0.2", "venuekey": "file:../../bindings-wasm"}})) == []


def test_a_script_of_a_package_is_read() -> None:
    assert len(pins.in_package(json.dumps({"scripts": {"test": "npx vitest"}}))) == 1


@pytest.mark.parametrize(
    "line", ["pytest", "pytest>=9", "pytest==9.*", "psycopg[binary]", "maturin @ https://example.com"]
)
def test_a_requirement_that_may_move_is_found(line: str) -> None:
    assert pins.in_requirements(f"# tools\n-r other.txt\npytest==9.2.0\npsycopg[binary]==3.3.9 \\\n{line}\n") == [
        f"without an exact release: {line}"
    ]


POM = '<project xmlns="http://maven.apache.org/POM/4.0.0"><packaging>{packaging}</packaging><build>{plugins}</build></project>'


def plugins(*named: tuple[str, str]) -> str:
    each = (f"<plugin><artifactId>{name}</artifactId>{version}</plugin>" for name, version in named)
    return f"<plugins>{''.join(each)}</plugins>"


def test_a_plugin_of_maven_without_a_release_is_found_also_one_that_nobody_names() -> None:
    release = "<version>3.5.0</version>"
    own = [(f"maven-{part}-plugin", release) for part in sorted(pins.LIFECYCLE)]
    parent = POM.format(packaging="pom", plugins=f"<pluginManagement>{plugins(*own)}</pluginManagement>")
    module = POM.format(packaging="jar", plugins=plugins(("maven-surefire-plugin", "")))
    assert pins.in_poms({"pom.xml": parent, "module/pom.xml": module}) == []
    less = POM.format(packaging="pom", plugins=f"<pluginManagement>{plugins(*own[1:])}</pluginManagement>")
    assert pins.in_poms({"pom.xml": less, "module/pom.xml": module}) == [
        f"module/pom.xml: {own[0][0]} without a release"
    ]
    shade = POM.format(packaging="jar", plugins=plugins(("maven-shade-plugin", "")))
    assert pins.in_poms({"pom.xml": parent, "module/pom.xml": shade}) == [
        "module/pom.xml: maven-shade-plugin without a release"
    ]


def test_an_action_has_a_commit_and_says_which_release_that_is() -> None:
    commit = "3d3c42e5aac5ba805825da76410c181273ba90b1"
    good = f"steps:\n  - uses: actions/checkout@{commit} # v7.0.1\n  - uses: ./.github/workflows/ci.yml\n"
    assert pins.in_workflow(good) == []
    for used in ("actions/checkout@v7", f"actions/checkout@{commit}", f"actions/checkout@{commit[:12]} # v7.0.1", "actions/checkout"):
        assert pins.in_workflow(f"steps:\n  - uses: {used}\n") != [], used
    assert pins.in_workflow("steps:\n  - run: npx --yes rust-just test\n") != []

"""The fixture, in test runs of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
VIOLATE = """
import partner
def violate(sandbox):
    callback = sandbox.approve(partner.authorize_url(sandbox))
    partner.token(sandbox, callback, grant_type="authorization_code")
"""


def run(pytester: pytest.Pytester, text: str, *options: str, **files: str) -> pytest.RunResult:
    pytester.makepyfile(text, partner=(HERE / "partner.py").read_text(), **files)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *options)


def test_what_is_not_documented_fails_the_test_as_it_ends(pytester: pytest.Pytester) -> None:
    result = run(pytester, f"{VIOLATE}\ndef test_it(venuekey_sandbox):\n    violate(venuekey_sandbox)\n")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "The test sent what no documentation covers; the marker venuekey_sandbox_allow_violations allows it.",
            "  unknown_field grant_type: * (request 2: token at whitebit global)",
        ]
    )
    result.stdout.no_fnmatch_line("*authorization_code*")


def test_a_path_that_nobody_documents_fails_it(pytester: pytest.Pytester) -> None:
    text = """
import partner
def test_it(venuekey_sandbox):
    assert partner.call(venuekey_sandbox.base_url("whitebit") + "/oauth2/tokens", {"code": "1"})[0] == 404
    assert partner.call(venuekey_sandbox.url + "/oauth2/token", {"code": "1"})[0] == 404
"""
    result = run(pytester, text)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "  unknown_path path: * (request 1: unknown at whitebit global)",
            "  unknown_path path: * (request 2: unknown at no exchange's address)",
        ]
    )


def test_a_marker_allows_it(pytester: pytest.Pytester) -> None:
    text = f"""{VIOLATE}
import pytest

@pytest.mark.venuekey_sandbox_allow_violations
def test_it(venuekey_sandbox):
    violate(venuekey_sandbox)
    assert venuekey_sandbox.violations()

def test_the_next_one_finds_none(venuekey_sandbox):
    assert not venuekey_sandbox.violations()
"""
    run(pytester, text, "--strict-markers").assert_outcomes(passed=2)


def test_every_test_finds_it_fresh_and_the_program_is_the_same(pytester: pytest.Pytester) -> None:
    text = """
import pytest

SEEN = []

@pytest.mark.parametrize("n", range(2))
def test_it(venuekey_sandbox, venuekey_sandbox_process, n):
    sandbox = venuekey_sandbox
    SEEN.append(sandbox.url)
    assert set(SEEN) == {venuekey_sandbox_process.url}
    assert not sandbox.clock.is_held and not sandbox.faults()
    assert sandbox.knobs()["bybit"]["redirect_status"] == 301
    sandbox.clock.hold(1)
    sandbox.fault("any", "close_before")
    sandbox.knobs(bybit={"redirect_status": 302})
"""
    run(pytester, text).assert_outcomes(passed=2)


def test_options_are_a_fixture(pytester: pytest.Pytester) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def venuekey_sandbox_options():
    return ["--whitebit-user-otp=777777"]
"""
    text = """
def test_it(venuekey_sandbox):
    assert venuekey_sandbox.knobs()["whitebit"]["user_otp"] == "777777"
    venuekey_sandbox.reset()
    assert venuekey_sandbox.knobs()["whitebit"]["user_otp"] == "777777"
"""
    run(pytester, text, conftest=conftest).assert_outcomes(passed=1)


def test_wrong_options_are_said(pytester: pytest.Pytester) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def venuekey_sandbox_options():
    return ["--no-such-option"]
"""
    result = run(pytester, "def test_it(venuekey_sandbox): ...", conftest=conftest)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SandboxError: error: unexpected argument '--no-such-option' found*"])


def test_naming_the_plugin_does_no_harm(pytester: pytest.Pytester) -> None:
    conftest = 'pytest_plugins = ["venuekey_sandbox.pytest"]'
    text = "def test_it(venuekey_sandbox): assert venuekey_sandbox.now_ms()"
    run(pytester, text, conftest=conftest).assert_outcomes(passed=1)


def test_without_the_fixture_nothing_starts(pytester: pytest.Pytester) -> None:
    text = """
import sys

def test_it():
    assert "venuekey_sandbox.pytest" in sys.modules
"""
    result = run(pytester, text, "--setup-show")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*venuekey_sandbox_process*")


def test_workers_have_one_each(pytester: pytest.Pytester) -> None:
    text = """
import pytest

@pytest.mark.parametrize("n", range(6))
def test_it(venuekey_sandbox, n):
    venuekey_sandbox.clock.hold(n)
    assert venuekey_sandbox.now_ms() == n
"""
    run(pytester, text, "-n", "2").assert_outcomes(passed=6)

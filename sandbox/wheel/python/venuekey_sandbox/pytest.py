"""The fixture `venuekey_sandbox` for pytest. Installed is enough: pytest finds it by its entry point.

    def test_connect(venuekey_sandbox):
        backend = my_backend(venuekey_sandbox.base_url("whitebit"), clock=venuekey_sandbox.now_ms)
        backend.callback(venuekey_sandbox.approve(backend.begin()))

One program serves all tests of a session (of a worker, with pytest-xdist) on a port of its own. Each test finds it
fresh, and fails as it ends if it has sent anything that no documentation covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ._client import Sandbox, Violation
from ._program import start

ALLOW = "venuekey_sandbox_allow_violations"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{ALLOW}: the test may send what no documentation of the exchanges covers.")


@pytest.fixture(scope="session")
def venuekey_sandbox_options() -> Sequence[str]:
    """Options for the command line of the sandbox. Define it in your conftest.py, with scope "session"."""
    return ()


@pytest.fixture(scope="session")
def venuekey_sandbox_process(venuekey_sandbox_options: Sequence[str]) -> Iterator[Sandbox]:
    """The session's sandbox, as the tests before have left it: for fixtures with a wider scope than a test."""
    with start(*venuekey_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def venuekey_sandbox(venuekey_sandbox_process: Sandbox, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Both exchanges, fresh for this test."""
    venuekey_sandbox_process.reset()
    yield venuekey_sandbox_process
    violations = venuekey_sandbox_process.violations()
    if violations and request.node.get_closest_marker(ALLOW) is None:
        pytest.fail(_report(violations), pytrace=False)


def _report(violations: Sequence[Violation]) -> str:
    """One line each. The details name fields, never values."""
    lines = [f"The test sent what no documentation covers; the marker {ALLOW} allows it."]
    for v in violations:
        host = f"{v['venue']} {v['environment']}" if v["venue"] else "no exchange's address"
        place = f"request {v['seq']}: {v['endpoint']} at {host}"
        lines.append(f"  {v['rule']} {v['field']}: {v['detail']} ({place})")
    return "\n".join(lines)

"""What docs/testing.md and the README say is true: their code runs, their names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from venuekey_sandbox import Clock, Sandbox

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs/testing.md").read_text()
README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
# The rest of that page is run by tests/journeys/test_cookbook.py.
RECIPE = re.search(
    r"^```python\n# test_consent.py\n.*?^```$", (ROOT / "docs/cookbook.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize(
    ("text", "passes"), [(GUIDE, 5), (README, 1), (RECIPE and RECIPE[0], 1)], ids=["guide", "readme", "cookbook"]
)
def test_the_files_shown_run(pytester: pytest.Pytester, text: str, passes: int) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, f"every block of Python begins with its file's name: {block[:60]}"
        (pytester.path / name[1]).write_text(block)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=passes)


def test_what_the_guide_lists_is_there(venuekey_sandbox: Sandbox) -> None:
    inline = " ".join(re.findall(r"`([^`\n]+)`", GUIDE))
    for endpoint, fault in re.findall(r'\bfault\("(\w+)", "(\w+)"', inline):
        venuekey_sandbox.fault(endpoint, fault)
    of_any = "".join(line for line in GUIDE.splitlines() if 'fault("any", ...)' in line)
    for fault in re.findall(r"`(\w+)`", of_any):
        venuekey_sandbox.fault("any", fault)
    assert len(venuekey_sandbox.faults()) == 17
    knobs = venuekey_sandbox.knobs()
    rows = [line for line in GUIDE.splitlines() if "knob" in line]
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`|\"(\w+)\": ", "\n".join(rows)))
    names = {one or other for one, other in named} - {"user_action", "venuekey_sandbox"}
    assert {"decline_mode", "history_rows", "plain_scopes", "public_key"} <= names
    assert names - {"history_rows"} <= {*knobs["whitebit"], *knobs["bybit"]}
    for action in re.findall(r'"(delete_key|inactivity_disable|change_password|block_account|revoke)"', inline):
        venuekey_sandbox.user_action("whitebit", action)
    for name in re.findall(r"\bclock\.(\w+)\(", inline):
        assert hasattr(Clock, name), name
    for name in re.findall(r"\bsandbox\.(\w+)", inline):
        assert hasattr(venuekey_sandbox, name), name

"""What docs/testing.md and the README say is true: their code runs, their names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from venuekey_sandbox import Clock, Sandbox

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs/testing.md").read_text()
README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


@pytest.mark.parametrize(("text", "passes"), [(GUIDE, 5), (README, 1)], ids=["guide", "readme"])
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
    row = next(line for line in GUIDE.splitlines() if 'fault("any", ...)' in line)
    for fault in re.findall(r"`(\w+)`", row):
        venuekey_sandbox.fault("any", fault)
    assert len(venuekey_sandbox.faults()) == 7
    knobs = venuekey_sandbox.knobs()
    for name in re.findall(r"\b(?:decline_mode|cancel_mode|user_\w+|variant)\b", inline):
        assert name == "user_action" or name in {**knobs["whitebit"], **knobs["bybit"]}, name
    for name in re.findall(r"\bclock\.(\w+)\(", inline):
        assert hasattr(Clock, name), name
    for name in re.findall(r"\bsandbox\.(\w+)", inline):
        assert hasattr(venuekey_sandbox, name), name

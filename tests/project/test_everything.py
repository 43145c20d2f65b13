"""The order in which everything runs: what is needed first, some at a time, and nothing that needs what failed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import everything

NEEDS: dict[str, set[str]] = {
    "tools": set(),
    "package": {"tools"},
    "test-a": {"package"},
    "test-b": {"package"},
    "lint": set(),
}
ORDER = ("tools", "package", "test-a", "test-b", "lint")


@pytest.fixture
def just(tmp_path: Path) -> Path:
    """Notes when each recipe begins and ends. `tools` waits for the beginning of `lint`, which waits for the end of `package`;
    `test-a` waits for the beginning of `test-b`."""
    program, log = tmp_path / "just", tmp_path / "log"
    program.write_text(f"""#!/bin/sh
echo "begin $2" >>'{log}'
until [ "$2" != tools ] || grep -q "begin lint" '{log}'; do sleep 0.01; done
until [ "$2" != lint ] || grep -q "end package" '{log}'; do sleep 0.01; done
until [ "$2" != test-a ] || grep -q "begin test-b" '{log}'; do sleep 0.01; done
echo "end $2" >>'{log}'
[ "$2" != "$FAILING" ]
""")
    program.chmod(0o755)
    return program


def run(just: Path, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> tuple[everything.Recipes, list[str]]:
    monkeypatch.setenv("FAILING", failing)
    recipes = everything.Recipes(str(just), NEEDS, ORDER)
    recipes.run()
    return recipes, (just.parent / "log").read_text().splitlines()


def test_each_runs_once_after_what_it_needs_and_beside_another(just: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes, log = run(just, monkeypatch)
    assert recipes.failed == []
    assert sorted(name for name, *_ in recipes.took) == sorted(ORDER)
    assert all(0 < used < 60 for *_, used in recipes.took), "of its own processes"
    for name, needs in NEEDS.items():
        assert all(log.index(f"end {needed}") < log.index(f"begin {name}") for needed in needs)
    assert log.index("begin lint") < log.index("begin package"), "a free place is taken by who can begin"


def test_what_needs_one_that_failed_does_not_run_and_the_rest_does(just: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes, log = run(just, monkeypatch, failing="package")
    assert recipes.failed == ["package"]
    assert recipes.not_run == ["test-a", "test-b"]
    assert {line for line in log if "test-" in line} == set()
    assert "end lint" in log, "it waits for the end of what failed"
    recipes, log = run(just, monkeypatch, failing="test-a")
    assert (recipes.failed, recipes.not_run) == (["test-a"], [])
    assert {name for name, *_ in recipes.took} == {*ORDER}


def test_an_order_that_would_wait_for_ever_or_leaves_a_test_out_is_refused() -> None:
    everything.check_order(NEEDS, ORDER)
    with pytest.raises(AssertionError, match="package is before tools"):
        everything.check_order(NEEDS, ("package", *ORDER))
    with pytest.raises(AssertionError, match="left out: test-b"):
        everything.check_order(NEEDS, ORDER[:3])


def test_the_order_of_the_justfile_holds() -> None:
    text = (everything.ROOT / "justfile").read_text()
    found = re.findall(r"^(\w[\w-]*)(?: [*A-Z][^:\n]*)?:(?!=)(.*)$", text, re.M)
    needs = {name: {*needed.split()} | everything.AFTER.get(name, set()) for name, needed in found}
    everything.check_order(needs, everything.ORDER)


def test_in_the_background_its_recipes_can_be_interrupted_too() -> None:
    shows = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {shows!r}])"
    heeds = f"import everything; everything.heed_interrupts(); {starts}"

    def told(code: str) -> str:
        script = f"trap '' INT; exec {shlex.join([sys.executable, '-c', code])}"
        return subprocess.run(["sh", "-c", script], cwd=everything.ROOT / "tests", check=True, capture_output=True, text=True).stdout

    assert (told(starts), told(heeds)) == ("True\n", "False\n")

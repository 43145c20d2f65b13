"""What the README shows passes the type checkers at their strictest, as in an application of its reader's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
CHECKERS = {
    "mypy": ["-m", "mypy", "--strict", "--no-incremental"],
    "pyright": ["-m", "pyright", "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
@pytest.mark.parametrize(
    "readme", [HERE / "README.md", HERE.parent / "README.md"], ids=["the package's", "the project's"]
)
def test_the_examples_type_check(readme: Path, checker: list[str], tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    assert blocks
    (tmp_path / "readme.py").write_text("\n\n".join(blocks), "utf-8")
    if checker[1] == "pyright":
        (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "reportUnusedFunction": false}')
    ran = subprocess.run(
        [sys.executable, *checker, "readme.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout

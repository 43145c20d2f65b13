"""Each error has a page, each page an error; links in documents lead somewhere."""

import json
import tomllib
from pathlib import Path

import links

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/errors"


def test_each_error_has_a_page_and_each_page_an_error() -> None:
    listed = json.loads((ROOT / "tests/vectors/errors.json").read_text())
    assert listed["doc_url"].endswith("/main/docs/errors/{code}.md")
    others = tomllib.loads((ROOT / "xtask/generate/errors/others.toml").read_text())
    named = [*(each["code"] for each in listed["errors"]), *others, "README"]
    assert sorted(path.stem for path in PAGES.glob("*")) == sorted(named)
    index = (PAGES / "README.md").read_text()
    assert all(f"]({name}.md)" in index for name in named[:-1])


def test_each_page_says_what_whoever_is_on_call_asks() -> None:
    for path in set(PAGES.glob("*.md")) - {PAGES / "README.md"}:
        text = path.read_text()
        assert text.splitlines()[2] == f"# `{path.stem}`"
        wanted = ["| Comes from | ", "## What happened", "## What to do now", "## What may be lost", "Related: "]
        assert all(part in text for part in wanted), path.stem
        assert ("## What to tell the user" in text) == ("| Kind | " in text), path.stem
        assert "{" not in text, path.stem


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One `Name`, twice\n\n# One Name twice\n\n```\n# no heading\n```\n")
    good = "[a](there.md) [b](there.md#one-name-twice) [c](there.md#one-name-twice-1) [`d`](there.md) [e](#here)"
    bad = ["gone.md", "there.md#no-heading", "#nowhere", "there.md#One"]
    text = f"# Here\n\n{good} `[f](gone)` [w](https://example.org/)\n\n" + " ".join(f"[x]({target})" for target in bad)
    (tmp_path / "page.md").write_text(text)
    assert links.broken(tmp_path / "page.md") == bad

"""The documentation's site: it builds with no link that leads nowhere, every page is there, and it asks nobody else for anything."""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/venuekey/venuekey/"


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    # Not quiet: mkdocs counts only the warnings that it shows.
    mkdocs = [Path(sys.executable).with_name("mkdocs"), "build", "--site-dir", site]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(mkdocs, cwd=root, env=environ, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    subprocess.run([ROOT / "xtask/npm.sh", ROOT / "xtask/site"], check=True)
    made = tmp_path_factory.mktemp("built") / "site"
    built = build(ROOT, made)
    assert built.returncode == 0, built.stdout + built.stderr
    return made


class Page(HTMLParser):
    """What a browser fetches for a page by itself, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "img", "iframe", "source") and given.get("src"):
            self.fetched.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.fetched.append(given["href"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])


def documents() -> list[str]:
    return sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))


def test_each_document_is_a_page_and_a_markdown_file_that_llms_txt_names(site: Path) -> None:
    index = (site / "llms.txt").read_text()
    assert index.startswith("# venuekey\n\n> ")
    listed = re.findall(r"^- \[[^\]]+\]\(https://venuekey\.github\.io/venuekey/([^)]+)\): .{10,}", index, re.M)
    assert sorted(listed) == documents()
    for name in documents():
        folder = name.removesuffix("README.md") if name.endswith("README.md") else name.removesuffix(".md")
        assert (site / folder / "index.html").is_file() and (site / name).is_file(), name
    whole = (site / "llms-full.txt").read_text()
    assert "# Concepts\n" in whole and "# `outcome_unknown`\n" in whole


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = [Page(path.read_text()) for path in site.rglob("*.html")]
    assert len(pages) > 100
    assert {each for page in pages for each in page.fetched if re.match(r"(https?:)?//", each)} == set()
    # The theme takes Mermaid from elsewhere unless somebody has brought it along.
    assert all(any(each.endswith("assets/mermaid.tiny.js") for each in page.fetched) for page in pages)
    assert (site / "assets/mermaid.tiny.js").stat().st_size > 500_000
    assert (site / "concepts/index.html").read_text().count('<pre class="mermaid">') == 3


def test_links_out_of_docs_lead_into_the_repository(site: Path) -> None:
    links = {link for path in site.rglob("*.html") for link in Page(path.read_text()).links}
    ours = {link.removeprefix(REPOSITORY) for link in links if link.startswith(REPOSITORY)}
    lead = {re.match(r"(blob|tree)/main/([^#]+)", link) for link in ours if link.startswith(("blob", "tree"))}
    assert len(lead) > 100 and None not in lead
    for found in lead:
        assert found and ((ROOT / found[2]).is_dir() if found[1] == "tree" else (ROOT / found[2]).is_file()), found
    assert not [link for link in links if "/.." in link and ".md" in link]


def test_it_can_be_searched_and_is_light_or_dark(site: Path) -> None:
    assert "outcome_unknown" in (site / "search/search_index.json").read_text()
    home = (site / "index.html").read_text()
    assert {"default", "slate"} <= set(re.findall(r'data-md-color-scheme="(\w+)"', home))


def test_a_link_that_leads_nowhere_fails_it(tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "docs", "xtask/site"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name) if name != "docs" else shutil.copytree(ROOT / name, tmp_path / name)
    with (tmp_path / "docs/concepts.md").open("a") as page:
        page.write("\n[a](gone.md), [b](concepts.md#gone), [c](errors/gone.md), [d](errors/README.md#misuse)\n")
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode == 1 and "Aborted with 3 warnings in strict mode" in built.stdout + built.stderr, built.stderr


def test_versions_are_listed_newest_first_and_the_newest_release_is_where_readers_land(tmp_path: Path) -> None:
    for name in ("0.9.0", "0.10.0", "1.0.0-rc.1", "next"):
        (tmp_path / name).mkdir()
    subprocess.run([sys.executable, ROOT / "xtask/site/versions.py", tmp_path], check=True)
    listed = json.loads((tmp_path / "versions.json").read_text())
    assert [each["version"] for each in listed] == ["1.0.0-rc.1", "0.10.0", "0.9.0", "next"]
    assert [each["version"] for each in listed if each["aliases"]] == ["0.10.0"]
    assert 'url=0.10.0/"' in (tmp_path / "index.html").read_text()

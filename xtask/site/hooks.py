"""What the site does beside mkdocs: links out of docs lead to the repository, each page is there as Markdown too, llms.txt
lists them, and the API references come along if `just reference` has made them. mkdocs calls the functions by their names."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MERMAID = "mermaid.tiny.js"
# As tests/project/links.py reads them.
LINK = re.compile(r"(?<!!)(\[(?:[^\[\]]|\[[^\]]*\])*\]\()((?!https?:|#)[^()\s]+)(\))")
FENCED = re.compile(r"(^(?:`{3,}).*?^`{3,}$)", re.M | re.S)
_pages: dict[str, tuple[str, str]] = {}


def outside(page: str, target: str, repository: str) -> str:
    """A link of `page`, which lies in docs: as it is, or to the repository where it leads out of docs."""
    path, mark, anchor = target.partition("#")
    whole = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), path))
    if whole == "docs" or whole.startswith("docs/"):
        # A folder is its page.
        inside = (ROOT / whole / "README.md").is_file() and not path.endswith(".md")
        if not inside and (ROOT / whole).is_dir():
            return f"{repository}tree/main/{whole}{mark}{anchor}"
        return f"{path.rstrip('/')}/README.md{mark}{anchor}" if inside else target
    kind = "tree" if (ROOT / whole).is_dir() else "blob"
    return f"{repository}{kind}/main/{whole}{mark}{anchor}"


def rewritten(page: str, markdown: str, repository: str) -> str:
    def link(found: re.Match[str]) -> str:
        return found[1] + outside(page, found[2], repository) + found[3]

    parts = FENCED.split(markdown)
    return "".join(part if number % 2 else LINK.sub(link, part) for number, part in enumerate(parts))


def on_config(config: Any) -> Any:
    _pages.clear()
    config.nav = expanded(config.nav, Path(config.docs_dir))
    # `just site-version`: the page offers the versions that versions.json lists beside it.
    if version := os.environ.get("VENUEKEY_SITE_VERSION"):
        config.extra["version"] = {"provider": "mike"}
        config.site_url = f"{config.site_url}{version}/"
    return config


def expanded(nav: Any, docs: Path) -> Any:
    """A folder becomes its pages, README first; a pattern, in a list, the pages that it fits."""
    if isinstance(nav, list):
        patterns = [isinstance(each, str) and "*" in each for each in nav]
        fits = {each: sorted(path.stem for path in docs.glob(each)) for each, is_one in zip(nav, patterns) if is_one}
        whole = [[f"{stem}.md" for stem in fits[each]] if is_one else [each] for each, is_one in zip(nav, patterns)]
        return [expanded(each, docs) for part in whole for each in part]
    if isinstance(nav, dict):
        return {title: expanded(each, docs) for title, each in nav.items()}
    if nav.endswith("/"):
        names = sorted(path.name for path in (docs / nav).glob("*.md"))
        return [nav + name for name in sorted(names, key=lambda name: name != "README.md")]
    return nav


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    text = rewritten(page.file.src_uri, markdown, config.repo_url)
    if page.file.src_uri.startswith("errors/"):
        # mkdocs would make words of the file's name where a heading is code.
        page.title = "Errors" if page.file.name == "index" else page.file.name
    _pages[page.file.src_uri] = (str(page.title), text)
    return text


def on_post_build(config: Any) -> None:
    site, base = Path(config.site_dir), config.site_url
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", "", "## Pages", ""]
    for name, (title, text) in _pages.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
        lines += [f"- [{title}]({base}{name}): {summary(text)}"]
    (site / "llms.txt").write_text("\n".join(lines) + "\n")
    whole = "\n\n".join(text.strip() for _, text in _pages.values())
    (site / "llms-full.txt").write_text(whole + "\n")
    references = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "reference"
    if references.is_dir():
        shutil.copytree(references, site / "api", dirs_exist_ok=True)
    shutil.copyfile(HERE / "site.css", site / "assets/site.css")
    shutil.copyfile(HERE / f"node_modules/@mermaid-js/tiny/dist/{MERMAID}", site / "assets" / MERMAID)


def summary(text: str) -> str:
    """The first sentence of the first paragraph."""
    plain = re.sub(r"\A---.*?^---$|<!--.*?-->", "", FENCED.sub("", text), flags=re.M | re.S)
    paragraphs = [part.strip() for part in plain.split("\n\n")]
    first = next((part for part in paragraphs if part and not re.match(r"[#|<>!]|[-*] |(Accepted, )?\d{4}-", part)), "")
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"^\*\*\w+\.\*\* ", "", " ".join(first.split()))).replace("**", "")
    return re.split(r"(?<=[.])\s", words)[0]

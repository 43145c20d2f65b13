"""Fails where a page of the references links to a page of theirs that is not there: links.py FOLDER"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"""<a\b[^>]*?\bhref=["']?([^"'\s>#?]+)""")
# A page's own search puts links together, and an example may have an escaped one.
SCRIPT = re.compile(r"<script\b.*?</script>|href=\\", re.S)
# rustdoc's links to other crates, which are not built here, lead to docs.rs; its own switch to settings runs in the page.
NO_PAGE = re.compile(r"^[a-z]+:|^//|settings\.html$|help\.html$|javascript:")


def main() -> int:
    root = Path(sys.argv[1])
    lost: set[str] = set()
    pages = [page for page in root.rglob("*.html") if "src" not in page.relative_to(root).parts]
    for page in pages:
        for target in LINK.findall(SCRIPT.sub("", page.read_text(errors="replace"))):
            if NO_PAGE.search(target):
                continue
            there = page.parent / unquote(target)
            if not (there.is_file() or (there / "index.html").is_file()):
                lost.add(f"{page.relative_to(root)}: {target} leads nowhere")
    for each in sorted(lost)[:50]:
        print(each, file=sys.stderr)
    print(f"references: {len(pages)} pages, {len(lost)} links that lead nowhere")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

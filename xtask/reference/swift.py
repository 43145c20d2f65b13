"""A page of everything public in the Swift package, with its doc comments: swift.py TITLE OUT SOURCE…

DocC needs a Mac, or a Swift toolchain with it; this reads the sources.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import markdown

DECLARED = re.compile(
    r"^ *(?:@\w+(?:\([^)]*\))? )*(?:public|open) (?:final |static |convenience |indirect |mutating |nonisolated |override )*"
    r"(?P<what>class|struct|enum|protocol|actor|extension|typealias|func|init|let|var)\b(?P<rest>.*)$"
)
CASE = re.compile(r"^ *case \w.*$")
TYPES = {"class", "struct", "enum", "protocol", "actor", "extension"}
STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{overflow-x:auto;background:color-mix(in srgb,currentColor 7%,transparent);padding:.5rem .75rem;border-radius:.3rem;margin:1rem 0 .3rem}
code,pre{font:14px/1.45 ui-monospace,monospace}nav{columns:16rem}nav a{display:block}section div{margin-left:1.25rem}h2{margin-top:2.5rem}"""


# What only uniffi's own code calls.
CROSSING = re.compile(r"static func (?:lift|lower|read|write)\(|init\((?:unsafeFromHandle|noHandle)|uniffi|\bFfi")


def lines_of(block: str, indent: str) -> str:
    return "\n".join(f"{indent}/// {line.strip().removeprefix('*').strip()}" for line in block.strip("\n ").splitlines())


class Reader:
    """Declarations by the type that they belong to, in the order of the sources."""

    def __init__(self) -> None:
        self.types: dict[str, list[tuple[str, str]]] = {}

    def read(self, text: str) -> None:
        # uniffi's comments are blocks: those of an argument stand within a line's declaration and say the field's again.
        text = re.sub(r"^( *)/\*\*\n((?:(?!\*/).)*)\*/ *$", lambda block: lines_of(block[2], block[1]), text, flags=re.M | re.S)
        text = re.sub(r"/\*\*.*?\*/", "", text, flags=re.S)
        doc: list[str] = []
        owner, is_public_enum, depth = "", False, 0
        lines = iter(text.splitlines())
        for line in lines:
            stripped = line.strip()
            if stripped.startswith("//"):
                if stripped.startswith("///"):
                    doc.append(stripped[3:].removeprefix(" "))
                continue
            found = DECLARED.match(line)
            case = CASE.match(line) if is_public_enum and depth == 1 else None
            if (found is not None and depth < 2) or case is not None:
                raw = self.whole(stripped, lines)
                body = r"\s*(?:\{.*| = .*)$" if re.search(r"\b(?:let|var)\b", raw.partition("(")[0]) else r"\s*\{.*$"
                signature = re.sub(r"^(?:public|open) ", "", re.sub(body, "", re.sub(r"\s+", " ", raw)))
                entry = (signature.strip(), "\n".join(doc))
                if found is not None and found["what"] in TYPES and depth == 0:
                    owner = re.split(r"[\s:<{]", found["rest"].strip())[0].rpartition(".")[2]
                    is_public_enum = found["what"] == "enum"
                    if doc or found["what"] != "extension":
                        self.types.setdefault(owner, []).append(entry)
                elif not CROSSING.search(signature) and signature != "init()":
                    self.types.setdefault(owner if depth else "Functions", []).append(entry)
                line = raw
            bare = re.sub(r'"(?:\\.|[^"\\])*"|//.*', "", line)
            depth += bare.count("{") - bare.count("}")
            if depth == 0:
                is_public_enum = False
            if stripped and not stripped.startswith(("@", "#")):
                doc = []

    @staticmethod
    def whole(signature: str, lines: Iterator[str]) -> str:
        """To the end of its arguments."""
        while signature.count("(") > signature.count(")") and (more := next(lines, None)) is not None:
            signature += " " + more.strip()
        return signature


def page(title: str, types: dict[str, list[tuple[str, str]]]) -> str:
    shown = {name: entries for name, entries in sorted(types.items()) if not re.match(r"_|Ffi|Uniffi|UniFfi", name)}
    links = "".join(f'<a href="#{name}">{name}</a>' for name in shown)
    body = ""
    for name, entries in shown.items():
        body += f'<section><h2 id="{name}">{name}</h2>'
        for signature, doc in entries:
            text = markdown.markdown(doc, extensions=["fenced_code"])
            body += f"<pre>{html.escape(signature)}</pre><div>{text}</div>"
        body += "</section>"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1><nav>{links}</nav>{body}</body></html>\n'


def main() -> None:
    title, out, *sources = sys.argv[1:]
    reader = Reader()
    for source in sources:
        reader.read(Path(source).read_text())
    assert len(reader.types) > 100, "the package has its types"
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text(page(title, reader.types))


if __name__ == "__main__":
    main()

"""Finds circles among the modules of a Rust crate, from its `use` lines and paths: imports go down only.

A module is a file. Importing an item counts as importing the file that defines it: `use crate::base::time` and
`crate::base::time::check` both mean `base/time.rs`, and a re-export in a `mod.rs` means that `mod.rs`. A `mod.rs` that
declares its children imports none of them by that.
"""

import re
from pathlib import Path

# Strings and characters go too: a path in them is no import.
NOT_CODE = re.compile(r'//[^\n]*|b?r#".*?"#|b?"(?:\\.|[^"\\])*"|\'(?:\\.[^\']*|[^\'\\])\'', re.DOTALL)
PATH = re.compile(r"(?<![\w:$])(?:crate|super|self)(?:::\w+|::\{|::\*)+")
TESTS = re.compile(r"#\[cfg\(test\)\]\s*mod \w+ \{.*\Z", re.DOTALL)


def expand(tree):
    """`a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`."""
    start = tree.find("{")
    if start < 0:
        return [tree.split(" as ")[0].strip()]
    prefix, depth, part, parts = tree[:start], 0, "", []
    for char in tree[start + 1 : tree.rindex("}")]:
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    return [path for piece in [*parts, part] if piece.strip() for path in expand(prefix + piece.strip())]


def imports(source):
    """Every path that begins at `crate`, `super` or `self`, once outside of tests."""
    code = TESTS.sub("", NOT_CODE.sub(lambda found: '""' if found[0][0] in "br\"" else "", source))
    paths = set()
    for tree in re.findall(r"(?:^|\s)use\s+((?:crate|super|self)\b[^;]*);", code):
        paths.update(expand(re.sub(r"\s+", " ", tree)))
    code = re.sub(r"(?:^|\s)use\s+[^;]*;", " ", code)
    paths.update(found.group(0).rstrip(":{*") for found in PATH.finditer(code))
    return paths


def graph(root):
    """Which file imports which, for the crate whose sources are in `root`."""
    modules = {}
    for file in root.rglob("*.rs"):
        parts = list(file.relative_to(root).with_suffix("").parts)
        if parts[-1] in ("mod", "lib", "main"):
            parts.pop()
        modules[tuple(parts)] = file
    edges = {}
    for name, file in modules.items():
        found = set()
        for path in imports(file.read_text()):
            first, *rest = path.split("::")
            base = [] if first == "crate" else list(name)
            if first == "super":
                base.pop()
                while rest and rest[0] == "super":
                    base.pop()
                    rest = rest[1:]
            target = [*base, *rest]
            while tuple(target) not in modules:
                target.pop()
            if tuple(target) != name:
                found.add(tuple(target))
        edges[name] = found
    return {module: targets for module, targets in edges.items() if module}  # the root re-exports everything


def circles(edges):
    """The groups of modules that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in edges.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted("::".join(module) for module in group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


# The lowest first; docs/adr/0007-floors.md. Those of one floor may import each other, but not in a circle.
CORE_FLOORS = (
    {"base"},
    {"model"},
    {"wire"},
    {"venue"},
    {"venues"},
    {"flow", "keys", "limits"},
    {"tokens", "account_read"},
    {"client"},
)


def upward(edges, floors):
    """Imports from a higher floor, and modules that are on none."""
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    for module, targets in sorted(edges.items()):
        if module[0] not in height:
            yield f"{module[0]} is on no floor"
        for target in sorted(targets):
            if target and height.get(target[0], 0) > height.get(module[0], 0):
                yield f"{'::'.join(module)} imports {'::'.join(target)}, which is above it"


CRATES = ("core", "sandbox", "bindings-python", "bindings-swift-kotlin", "bindings-wasm", "tests/simulation", "xtask")


def complaints(root):
    for crate in CRATES:
        edges = graph(root / crate / "src")
        for group in circles(edges):
            yield f"{crate}/src: these import each other in a circle: {', '.join(group)}"
        if crate == "core":
            yield from (f"core/src: {complaint}" for complaint in upward(edges, CORE_FLOORS))

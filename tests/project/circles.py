"""Finds modules that import each other in a circle, and in core what imports upwards (docs/adr/0007-floors.md).

Rust: a module is a file, and importing an item is importing the file that defines it: `use crate::base::time` and
`crate::base::time::check` both mean `base/time.rs`. A re-export in a `mod.rs` or in `lib.rs` means that file, which
imports what it re-exports; by declaring its children it imports none of them.

Python: what grimp sees, imports for type checkers among them; the compiled module is not in its sight.

TypeScript: what oxlint sees. An `import type` is erased and closes no circle: an error names the flow that it ended, a
flow its error, and two files can say so in no other way but by one of them adding to the other's types.
"""

import re
import subprocess
import sys

import grimp

# Strings and characters go too: a path in them is no import.
NOT_CODE = re.compile(r'//[^\n]*|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|\'(?:\\.[^\']*|[^\'\\])\'', re.DOTALL)
VISIBLE = re.compile(r"\bpub\(in [^)]*\)")
# A module that stands at the left edge ends with a brace there.
TESTS = re.compile(r"^#\[cfg\(test\)\]\s*mod \w+ \{.*?^\}", re.DOTALL | re.MULTILINE)
SPACES = re.compile(r"\s*::\s*")


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


def imports(source, children=()):
    """Every path that begins at `crate`, `super`, `self` or a child, once outside of tests."""
    first = "|".join(["crate", "super", "self", *children])
    code = TESTS.sub("", NOT_CODE.sub(lambda found: '""' if found[0][0] in 'br"' else "", source))
    code = SPACES.sub("::", VISIBLE.sub("", code).replace("$crate", "crate"))
    paths = set()
    for tree in re.findall(r"(?:^|\s)use\s+([^;]*);", code):
        paths.update(path for path in expand(re.sub(r"\s+", " ", tree)) if re.match(rf"(?:{first})\b", path))
    code = re.sub(r"(?:^|\s)use\s+[^;]*;", " ", code)
    path = re.compile(rf"(?<![\w:$])(?:{first})(?:::\w+|::\{{|::\*)+")
    return paths | {found[0].rstrip(":{*") for found in path.finditer(code)}


def graph(root):
    """Which file imports which, for the crate whose sources are in `root`; the crate's own file is `()`."""
    modules = {}
    for file in root.rglob("*.rs"):
        parts = list(file.relative_to(root).with_suffix("").parts)
        if parts[-1] in ("mod", "lib", "main"):
            parts.pop()
        modules[tuple(parts)] = file
    edges = {}
    for name, file in modules.items():
        found = set()
        for path in imports(file.read_text(), [other[-1] for other in modules if other and other[:-1] == name]):
            first, *rest = path.split("::")
            base = [] if first == "crate" else list(name)
            if first == "super":
                base.pop()
                while rest and rest[0] == "super":
                    base.pop()
                    rest = rest[1:]
            elif first not in ("crate", "self"):
                base.append(first)
            target = [*base, *rest]
            while target and tuple(target) not in modules:
                target.pop()
            if tuple(target) != name:
                found.add(tuple(target))
        edges[name] = found
    return edges


def hidden(root):
    """Files whose macros reach others with no path that says so: `pub(crate) use` gives them one."""
    return sorted(file for file in root.rglob("*.rs") if re.search(r"#\[macro_(?:use|export)\]", file.read_text()))


def python_graph(folder, package):
    """Which module imports which, for the Python package in `folder`."""
    sys.path.insert(0, str(folder))
    found = grimp.build_graph(package, cache_dir=None)
    sys.path.remove(str(folder))
    return {
        tuple(module.split(".")): {tuple(name.split(".")) for name in found.find_modules_directly_imported_by(module)}
        for module in found.modules
    }


def circles(edges):
    """The groups of modules that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(edges.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def shown(module, separator="::"):
    return separator.join(module) or "the crate's own file"


# The lowest first; docs/adr/0007-floors.md. Those of one floor may import each other, but not in a circle.
CORE_FLOORS = (
    {"base"},
    {"model"},
    {"wire"},
    {"venue"},
    {"venues"},
    {"flow", "keys", "limits"},
    {"tokens", "account_read"},
    {"drive"},
    {"client"},
    {"connection"},
    {"parts"},
)


def upward(edges, floors):
    """Imports from a higher floor, and modules that are on none."""
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    for module, targets in sorted(edges.items()):
        if not module:
            continue
        if module[0] not in height:
            yield f"{module[0]} is on no floor"
        for target in sorted(targets):
            if not target or height.get(target[0], 0) > height.get(module[0], 0):
                yield f"{shown(module)} imports {shown(target)}, which is above it"


CRATES = ("core", "sandbox", "bindings-python", "bindings-swift-kotlin", "bindings-wasm", "tests/journeys/relay/rust", "tests/simulation", "xtask")
PACKAGES = {"bindings-python/python": "venuekey", "sandbox/wheel/python": "venuekey_sandbox"}
TYPESCRIPT = "bindings-wasm/ts"


def typescript(root, folder):
    """What oxlint says of the TypeScript in `folder`; its release is in package-lock.json."""
    here = root / "tests/project"
    subprocess.run([root / "xtask/npm.sh", here], check=True)
    oxlint = [here / "node_modules/.bin/oxlint", "-A", "all", "--import-plugin", "-D", "import/no-cycle"]
    run = subprocess.run([*oxlint, "--format", "unix", folder], capture_output=True, text=True)
    if run.returncode == 0:
        return []
    return [line for line in run.stdout.splitlines() if "import(no-cycle)" in line] or [run.stdout + run.stderr]


def complaints(root):
    for crate in CRATES:
        edges = graph(root / crate / "src")
        for group in circles(edges):
            yield f"{crate}/src: these import each other in a circle: {', '.join(map(shown, group))}"
        for file in hidden(root / crate / "src"):
            yield f"{file.relative_to(root)}: a macro that is imported without a path; give it one by `pub(crate) use`"
        if crate == "core":
            yield from (f"core/src: {complaint}" for complaint in upward(edges, CORE_FLOORS))
    for folder, package in PACKAGES.items():
        for group in circles(python_graph(root / folder, package)):
            names = (shown(module, ".") for module in group)
            yield f"{folder}: these import each other in a circle: {', '.join(names)}"
    yield from typescript(root, root / TYPESCRIPT)

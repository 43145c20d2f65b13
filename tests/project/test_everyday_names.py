"""The everyday package stays small: what completion shows of it is read in one look, in each language."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/surface"))

import kotlin  # noqa: E402
import swift  # noqa: E402

# Some 20.
MOST = 24
# A server's: an app has fewer.
KOTLIN = [f"bindings-swift-kotlin/kotlin/src/{part}/kotlin/io/github/venuekey/connections" for part in ("main", "jvm", "server")]
SWIFT = "bindings-swift-kotlin/swift/Sources/Venuekey/Connections"


def of_rust() -> set[str]:
    """The crate's root; the rest is in `parts`."""
    root = (ROOT / "core/src/lib.rs").read_text()
    exports = re.findall(r"^pub use [\w:]+::(?:(\w+)|\{([^}]*)\});", root, re.M)
    return {name for one, several in exports for name in re.findall(r"\w+", one or several)}


def of_python() -> set[str]:
    """What `dir(venuekey)` shows, but for its modules: each of those is a door to more."""
    body = ast.parse((ROOT / "bindings-python/python/venuekey/__init__.py").read_text()).body
    assigned = {
        getattr(node.targets[0], "id", ""): set(ast.literal_eval(node.value))
        for node in body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("__all__", "_GIVEN", "_MODULES")
    }
    assert assigned["_GIVEN"] <= assigned["__all__"]
    return assigned["__all__"] - assigned["_GIVEN"] - assigned["_MODULES"]


def of_javascript(entry: str) -> set[str]:
    """What an entry point exports at run time; of types, editors show those that the call at hand takes."""
    path = ROOT / "bindings-wasm/ts" / entry
    text = re.sub(r"^//.*$", "", path.read_text(), flags=re.M)
    found = set(re.findall(r"^export (?:async )?(?:class|const|function) (\w+)", text, re.M))
    for names in re.findall(r"^export \{([^}]*)\}", text, re.M):
        found |= {name.split(" as ")[-1].strip() for name in names.split(",") if not name.strip().startswith("type ")}
    for source in re.findall(r'^export \* from "([\w./-]+)\.js";', text, re.M):
        found |= of_javascript(str(Path(entry).parent / f"{source}.ts"))
    return found - {""}


def of_kotlin() -> set[str]:
    """The package `io.github.venuekey.connections`."""
    files = sorted(path for folder in KOTLIN for path in (ROOT / folder).glob("*.kt"))
    return {each.name for each in kotlin.read(files) if not each.owner}


def of_swift() -> set[str]:
    """What the connections add to the module: Swift has no names within one that completion could show first."""
    return {each.name for each in swift.read(sorted((ROOT / SWIFT).glob("*.swift"))) if not each.owner}


@pytest.mark.parametrize(
    ("names", "some"),
    [
        pytest.param(of_rust(), {"Client", "Connection", "ConnectionDriver"}, id="rust"),
        pytest.param(
            of_python(),
            {"Client", "Connections", "SealingKeys", "VenuekeyError"},
            id="python",
        ),
        pytest.param(
            of_javascript("index-node.ts"),
            {"Client", "SealingKeys", "init"},
            id="javascript",
        ),
        pytest.param(
            of_javascript("server-node.ts"),
            {"Client", "SealingKeys", "init"},
            id="javascript-server",
        ),
        pytest.param(
            of_javascript("connections/index.ts"),
            {"Client", "Connections", "History", "SealingKeys", "connectLocal"},
            id="javascript-connections",
        ),
        pytest.param(of_kotlin(), {"Connections", "ConnectionsBlocking", "Account"}, id="kotlin"),
        pytest.param(of_swift(), {"Connections", "Account", "ConnectionView"}, id="swift"),
    ],
)
def test_the_everyday_package_has_some_20_names(names: set[str], some: set[str]) -> None:
    assert some <= names, "they are read right"
    assert len(names) <= MOST, f"what of these moves to the parts? {sorted(names)}"

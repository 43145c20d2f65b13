"""What looks for circles of imports finds them, and what climbs core's floors."""

from pathlib import Path

import circles
import pytest

ROOT = Path(__file__).resolve().parents[2]


def found(folder: Path, files: dict[str, str]) -> list[list[str]]:
    """The circles of a crate of these files."""
    return [[circles.shown(module) for module in group] for group in circles.circles(edges(folder, files))]


def edges(folder: Path, files: dict[str, str]) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    written(folder, files)
    return circles.graph(folder)


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


LIB = "mod base;\nmod flow;\nmod wire;\n"
BASE = "pub struct Base;\npub(crate) fn check() {}\n"


def test_a_crate_whose_imports_go_down_is_clean(tmp_path: Path) -> None:
    files = {
        "lib.rs": LIB + "pub use flow::{Flow, step::Step};\npub use wire::http::*;\n",
        "base.rs": BASE,
        "wire/mod.rs": "pub mod http;\n",
        "wire/http.rs": "use crate::base::{self, Base as Below};\nuse super::super::base::check;\n",
        "flow/mod.rs": "pub mod step;\nuse std::fmt;\nuse crate::wire::http::Http;\npub struct Flow(Http);\n",
        "flow/step.rs": "use super::Flow;\npub(in crate::flow) struct Step(Flow);\nfn go() { crate::base::check() }\n",
    }
    assert found(tmp_path, files) == []
    assert circles.graph(tmp_path)[("flow", "step")] == {("flow",), ("base",)}


@pytest.mark.parametrize(
    ("up", "why"),
    [
        ("use crate::flow::Flow;", "by name"),
        ("use super::flow::Flow;", "from the folder above"),
        ("use crate::{base, flow::{self, Flow}};", "in a tree"),
        ("pub(crate) use crate::flow::*;", "all of it"),
        ("fn on() { crate::flow::go() }", "a path without `use`"),
        ("impl From<crate::flow::Flow> for Wire {}", "a path to a type"),
        ("macro_rules! on { () => { $crate::flow::go() } }", "in a macro, whoever calls it"),
    ],
)
def test_a_circle_of_two_files_is_found(tmp_path: Path, up: str, why: str) -> None:
    files = {"lib.rs": LIB, "wire.rs": f"{up}\npub struct Wire;\n", "flow.rs": "use crate::wire::Wire;\n"}
    assert found(tmp_path, files) == [["flow", "wire"]], why


def test_a_circle_of_three_is_found_once(tmp_path: Path) -> None:
    files = {"lib.rs": LIB, "base.rs": "use crate::flow::Flow;\n", "wire.rs": "use crate::base::Base;\n"}
    assert found(tmp_path, files | {"flow.rs": "use crate::wire::Wire;\n"}) == [["base", "flow", "wire"]]


@pytest.mark.parametrize("again", ["pub use step::Step;", "pub use self::step::Step;", "pub type Step = step::Step;"])
def test_a_circle_through_what_a_mod_rs_exports_again_is_found(tmp_path: Path, again: str) -> None:
    files = {
        "lib.rs": LIB,
        "wire.rs": "use crate::flow::Step;\n",
        "flow/mod.rs": f"mod step;\n{again}\n",
        "flow/step.rs": "use crate::wire::Wire;\npub struct Step;\n",
    }
    assert found(tmp_path, files) == [["flow", "flow::step", "wire"]]


def test_a_circle_of_a_parent_and_its_child_is_found(tmp_path: Path) -> None:
    files = {"flow/mod.rs": "mod step;\nfn go() { step::go() }\n", "flow/step.rs": "use super::*;\n"}
    assert found(tmp_path, files) == [["flow", "flow::step"]]


def test_a_circle_through_what_the_crate_exports_is_found(tmp_path: Path) -> None:
    files = {"lib.rs": "mod flow;\npub use flow::Flow;\n", "flow.rs": "pub struct Flow;\nfn on(_: crate::Flow) {}\n"}
    assert found(tmp_path, files) == [["the crate's own file", "flow"]]


def test_what_is_no_code_and_what_only_tests_import_close_no_circle(tmp_path: Path) -> None:
    wire = (
        "//! Unlike `crate::flow::Flow`.\n"
        'const TEXT: &str = "use crate::flow::Flow; \\" crate::flow::go()";\n'
        "#[cfg(test)]\nmod tests {\n    use crate::flow::Flow;\n}\n"
    )
    assert found(tmp_path, {"lib.rs": LIB, "wire.rs": wire, "flow.rs": "use crate::wire::TEXT;\n"}) == []


@pytest.mark.parametrize(
    "attribute", ["#[macro_use]\nmod opaque;\n", "#[macro_export]\nmacro_rules! opaque { () => {} }\n"]
)
def test_macros_that_nobody_is_seen_to_import_are_found(tmp_path: Path, attribute: str) -> None:
    written(tmp_path, {"lib.rs": attribute, "opaque.rs": "macro_rules! opaque { () => {} }\npub(crate) use opaque;\n"})
    assert circles.hidden(tmp_path) == [tmp_path / "lib.rs"]


FLOORS = ({"base"}, {"wire"}, {"flow", "keys"})


def test_an_import_of_a_higher_floor_is_found(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod base;\nmod flow;\nmod keys;\nmod wire;\npub use flow::Flow;\n",
        "base.rs": BASE,
        "wire/mod.rs": "mod json;\n",
        "wire/json.rs": "use crate::flow::Flow;\n",
        "flow.rs": "use crate::base::Base;\nuse crate::keys::Key;\n",
        "keys.rs": "use crate::base::Base;\n",
    }
    assert list(circles.upward(edges(tmp_path, files), FLOORS)) == ["wire::json imports flow, which is above it"]
    written(tmp_path, {"wire/json.rs": "use crate::Flow;\n"})
    assert list(circles.upward(circles.graph(tmp_path), FLOORS)) == [
        "wire::json imports the crate's own file, which is above it"
    ]


def test_a_folder_that_is_on_no_floor_is_found(tmp_path: Path) -> None:
    found = edges(tmp_path, {"lib.rs": "mod new;\n", "new.rs": ""})
    assert list(circles.upward(found, FLOORS)) == ["new is on no floor"]


def of_python(folder: Path, package: str, files: dict[str, str]) -> list[list[str]]:
    written(folder / package, files)
    return [[".".join(module) for module in group] for group in circles.circles(circles.python_graph(folder, package))]


def test_a_circle_of_python_modules_is_found(tmp_path: Path) -> None:
    files = {"__init__.py": "from .a import go\n", "c.py": "", "b.py": "def on():\n    from . import a\n"}
    checked = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import on\nfrom . import c\n"
    assert of_python(tmp_path, "two", files | {"a.py": checked}) == [["two.a", "two.b"]]
    assert of_python(tmp_path, "none", files | {"a.py": "from . import c\n"}) == []
    through = {"__init__.py": "from .a import go\n", "a.py": "from whole import go\n"}
    assert of_python(tmp_path, "whole", through) == [["whole", "whole.a"]]


def test_a_circle_of_typescript_files_is_found_unless_it_is_erased(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "two/a.ts": 'import { b } from "./b.js";\nexport const a = () => b;\n',
            "two/b.ts": 'import { a } from "./a.js";\nexport const b = () => a;\n',
            "three/a.ts": 'export { b } from "./b.js";\n',
            "three/b.ts": 'import { c } from "./c.js";\nexport const b = () => c;\n',
            "three/c.ts": 'export { b as c } from "./a.js";\n',
            "erased/a.ts": 'import type { B } from "./b.js";\nexport interface A { readonly b: B }\n',
            "erased/b.ts": 'import type { A } from "./a.js";\nexport interface B { readonly a: A }\n',
        },
    )
    said = {folder.name: circles.typescript(ROOT, folder) for folder in sorted(tmp_path.iterdir())}
    assert {name: len(lines) for name, lines in said.items()} == {"erased": 0, "three": 3, "two": 2}
    assert all("Dependency cycle" in line for lines in said.values() for line in lines)

"""The public surface of every binding, one declaration a line, and docs/languages.md, against what is committed. Below
it, in brackets, the packages that some languages have beside it (`venuekey.stores`, `venuekey/stores`).

    python3 tests/surface/surface.py            drift, names that differ between languages, a client's secret in an app
    python3 tests/surface/surface.py --accept   write what there is now; the diff is the review

It reads what is built: bindings-swift-kotlin/generate.sh and bindings-wasm/build.sh come first (`just test-surface`).
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")

sys.path.insert(0, str(HERE))
import kotlin  # noqa: E402
import languages  # noqa: E402
import names  # noqa: E402
import python_  # noqa: E402
import swift  # noqa: E402
import typescript  # noqa: E402
from scan import Declaration  # noqa: E402

Surface = list[Declaration]


def generated(suffix: str) -> dict[str, Surface]:
    """Kotlin and Swift: what uniffi makes."""
    return {
        "kotlin": kotlin.read([TARGET / f"uniffi/kotlin{suffix}/io/github/venuekey/venuekey.kt"]),
        "swift": swift.read([TARGET / f"uniffi/swift{suffix}/Venuekey.swift"]),
    }


def by_hand() -> dict[str, Surface]:
    """Kotlin and Swift: the written half and the times, which are the same with and without a client's secret."""
    native = ROOT / "bindings-swift-kotlin"
    homes = [native / f"kotlin/src/{of}/kotlin/io/github/venuekey" for of in ("jvm", "main")]
    sources = [path for home in homes for each in (home, home / "senders") for path in sorted(each.glob("*.kt"))]
    times = TARGET / "uniffi/kotlin/io/github/venuekey/Times.kt", TARGET / "uniffi/swift/Times.swift"
    return {
        "kotlin": kotlin.read([*sources, times[0]]),
        "swift": swift.read([*sorted(native.glob("swift/Sources/Venuekey/*.swift")), times[1]]),
    }


def whole() -> dict[str, Surface]:
    """Python and TypeScript: both halves."""
    return {
        "python": python_.read(ROOT / "bindings-python/python/venuekey"),
        "typescript": typescript.read(ROOT / "bindings-wasm/dist/esm"),
    }


def packages() -> dict[str, dict[str, Surface]]:
    """Packages beside core's surface, by their names: those that a language has, as it has them."""
    found: dict[str, dict[str, Surface]] = {}
    python = ROOT / "bindings-python/python/venuekey"
    for path in sorted(python.glob("[!_]*/__init__.py")):
        found.setdefault(path.parent.name, {})["python"] = python_.read_with_modules(path.parent)
    # In JavaScript these stand with the connections.
    for name in ("doctor", "local"):
        found["connections"]["python"] += python_.read_module(python / f"{name}.py", python / "_desk")
    # In one artefact or the other, Android's AAR and the web frameworks' own among them.
    jvm = ROOT / "bindings-swift-kotlin/kotlin"
    parts = [jvm / "src" / of for of in ("main", "jvm", "android", "server")]
    parts += [jvm / f"venuekey-{of}/src/main" for of in ("servlet", "ktor")]
    for name in ("connections", "stores", "web"):
        files = [path for part in parts for path in sorted(part.glob(f"kotlin/io/github/venuekey/{name}/*.kt"))]
        with_public = [path for path in files if re.search(r"^public ", path.read_text(), re.M)]
        found.setdefault(name, {})["kotlin"] = kotlin.read(with_public)
    sources = ROOT / "bindings-swift-kotlin/swift/Sources"
    for name in ("connections", "stores"):
        found[name]["swift"] = swift.read(sorted(sources.glob(f"Venuekey/{name.capitalize()}/*.swift")))
    found["stores"]["swift"] += swift.read(sorted(sources.glob("VenuekeyConformance/*.swift")))
    entries: dict[Path, list[str]] = {}
    for place in json.loads((ROOT / "bindings-wasm/package.json").read_text())["exports"].values():
        types = ROOT / "bindings-wasm" / place.get("node", place).get("import", place).get("types", "")
        if types.parent.parent.name == "esm":
            entries.setdefault(types.parent, []).append(types.name)
    for folder, names_ in entries.items():
        found.setdefault(folder.name, {})["typescript"] = typescript.read(folder, names_)
    return found


def written(surface: Surface, public: Surface | None) -> str:
    """By type, in the order of the sources; `[server]` is what an app is built without."""
    lines = []
    for each in sorted(surface, key=lambda each: (each.owner or each.name).split(".")[0].lower()):
        lines.append(str(each) + ("" if public is None or each in public else "  [server]"))
    return "\n".join(lines) + "\n"


def drift(path: Path, now: str) -> list[str]:
    before = path.read_text() if path.exists() else ""
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), path.name, "now", n=0, lineterm="")
    changes = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    if not changes:
        return []
    return [f"{path.name} is not what there is now; `just accept-surface` if this is meant:", *changes]


def machinery(surfaces: dict[str, Surface]) -> list[str]:
    """What uniffi's code needs is not for completion."""
    needed = re.compile(
        r"\b(uniffi|FfiConverter|RustBuffer|ForeignBytes|NoHandle|\w*FromHandle)|\b[A-Z]\w+(Interface|Protocol)\b", re.I
    )
    return [
        f"{language}: only uniffi's code needs it, and it is public: {each}"
        for language in ("kotlin", "swift")
        for each in surfaces[language]
        if needed.search(str(each))
    ]


def client_secrets(surfaces: dict[str, Surface], public: dict[str, Surface]) -> list[str]:
    """What takes a client's secret is in a server's build, and nothing of the kind in an app's, nor in its library."""
    takes = re.compile(r"client_?secret|confidential|(accept|by)_?hand_?off", re.I)
    problems = []
    for language, surface in public.items():
        problems += [
            f"{language}: an app could give the client's secret: {each}" for each in surface if takes.search(str(each))
        ]
        if not any(takes.search(str(each)) for each in surfaces[language]):
            problems.append(f"{language}: no call takes the client's secret, not even a server's")
    symbol = b"constructor_client_confidential"
    if symbol in (TARGET / "uniffi/lib-public/libvenuekey_ffi.so").read_bytes():
        problems.append("an app's library has the call that takes the client's secret")
    if symbol not in (TARGET / "uniffi/lib/libvenuekey_ffi.so").read_bytes():
        problems.append("a server's library lacks the call that takes the client's secret")
    return problems


def main(arguments: list[str]) -> int:
    made, extra = {**generated(""), **whole()}, by_hand()
    surfaces = {language: surface + extra.get(language, []) for language, surface in made.items()}
    public = {language: surface + extra[language] for language, surface in generated("-public").items()}
    texts = {HERE / f"{language}.txt": written(surface, public.get(language)) for language, surface in surfaces.items()}
    beside = packages()
    for name, having in beside.items():
        for language, surface in having.items():
            texts[HERE / f"{language}.txt"] += f"\n[{name}]\n{written(surface, None)}"
    texts[languages.DOCUMENT] = languages.document(made, beside["connections"])
    if arguments == ["--accept"]:
        for path, text in texts.items():
            path.write_text(text)
    problems = [line for path, text in texts.items() for line in drift(path, text)]
    problems += (
        names.differences(made)
        + [line for name, having in beside.items() for line in names.differences(having, names.PACKAGES.get(name, []))]
        + names.missing({language: surfaces[language] for language in surfaces if extra.get(language, True)})
        + machinery(surfaces)
        + client_secrets(surfaces, public)
    )
    print("\n".join([*problems, f"surface: {len(problems)} problems"]))
    return min(len(problems), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

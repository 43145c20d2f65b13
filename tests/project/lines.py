"""Lines of code that each binding has by hand: no blank ones, no comments, no docstrings that stand alone.

Generated code is not counted; what crosses is Rust, what the language adds is its own.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "Python": {"Rust": ["bindings-python/src/*.rs"], "Python": ["bindings-python/python/venuekey/*.py"]},
    "Kotlin and Swift": {
        "Rust": ["bindings-swift-kotlin/src/*.rs"],
        "Kotlin": ["bindings-swift-kotlin/kotlin/src/*/kotlin/*.kt"],
        "Swift": ["bindings-swift-kotlin/swift/Sources/*.swift"],
    },
    "JavaScript": {"Rust": ["bindings-wasm/src/*.rs"], "TypeScript": ["bindings-wasm/ts/*.ts"]},
}


def lines(patterns: list[str]) -> int:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    texts = [(ROOT / name).read_text() for name in listed.stdout.split("\0") if name]
    assert texts, patterns
    stripped = (line.strip() for text in texts for line in text.splitlines())
    return sum(1 for line in stripped if line and not line.startswith(("//", "*", "/*", "#", '"""')))


def main() -> None:
    for binding, parts in PARTS.items():
        told = ", ".join(f"{lines(patterns):,} of {language}" for language, patterns in parts.items())
        print(f"{binding}: {told}")


if __name__ == "__main__":
    main()

"""What the bindings repeat is core's, word for word, and drift is told by the file's name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON, NATIVE, JAVASCRIPT = "bindings-python/python/venuekey", "bindings-swift-kotlin/src/generated", "bindings-wasm"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    parts = ["core/src", "xtask", "bindings-*", "rust*"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *parts]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-B", root / "xtask/generate", *arguments], capture_output=True, text=True)


def change(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text()
    assert before in text
    (root / name).write_text(text.replace(before, after))


def drifted(root: Path) -> list[str]:
    return [line.partition(" is not")[0] for line in run(root, "--check").stdout.splitlines()]


def test_a_changed_comment_of_core_is_drift_until_it_is_generated(copy: Path) -> None:
    change(copy, "core/src/model/records.rs", "/// Such as `BTC_USDT`.", "/// For example `BTC_USDT`.")
    assert {Path(name).name for name in drifted(copy)} == {"records.rs", "_records.py", "records.ts"}
    assert run(copy).returncode == 0
    assert drifted(copy) == []
    assert '"""For example `BTC_USDT`."""' in (copy / PYTHON / "_records.py").read_text()


CALL = """\
    /// How old it is.
    ///
    /// - `context`: whose it is.
    ///
    /// # Errors
    /// `invalid_argument` for `now_ms`.
    pub fn age_ms(&self, context: &str, now_ms: u64) -> Result<u64, VenuekeyError> {
        todo!()
    }
"""
CALLED = """\
    /// How old it is.
    ///
    /// - `context`: whose it is.
    ///
    /// Throws `invalid_argument` for `nowMs`.
    #[uniffi::method(default(now_ms = None))]
    pub fn age_ms(&self, context: String, now_ms: Option<i64>) -> Result<i64, VenuekeyError> {
        Ok(self.0.age_ms(&context, ambient::now(now_ms)?)?.cross())
    }
"""


def test_a_new_call_reaches_its_object(copy: Path) -> None:
    change(copy, "core/src/flow/mod.rs", "impl Flow {\n", f"impl Flow {{\n{CALL}\n")
    assert run(copy).returncode == 0
    assert CALLED in (copy / NATIVE / "flow.rs").read_text()


def test_what_begins_to_do_something_must_be_decided_on(copy: Path) -> None:
    text = (copy / "core/src/limits/preflight.rs").read_text()
    (copy / "core/src/limits/preflight.rs").write_text(f"{text}\nimpl Preflight {{\n{CALL}}}\n")
    found = run(copy)
    assert found.returncode == 1
    assert "Preflight does something: name its file in CALLS" in found.stderr


def test_a_changed_file_is_drift(copy: Path) -> None:
    codes = f"{JAVASCRIPT}/ts/codes.ts"
    change(copy, codes, '"superseded"', '"replaced"')
    found = run(copy, "--check")
    assert (found.returncode, found.stdout) == (1, f"{codes} is not what core says: run `just generate`\n")


def test_a_new_field_and_a_new_word_reach_every_language(copy: Path) -> None:
    field = "pub fee_asset: String,"
    added = f"{field}\n    /// See `fee_asset` (6.4).\n    pub fee_rate: Option<u32>,"
    change(copy, "core/src/model/records.rs", field, added)
    last = "    ApiKey,\n}\n\nnamed!(Goal"
    comment = "    /// As [`Goal::ApiKey`], with [`Client::begin`](crate::Client::begin).\n"
    change(copy, "core/src/model/operation.rs", last, last.replace("\n}", f"\n{comment}    Both,\n}}", 1))
    word = '    ApiKey = "api_key",\n});'
    change(copy, "core/src/model/operation.rs", word, word.replace("}", '    Both = "both",\n}'))
    assert run(copy).returncode == 0
    names, records = [(copy / PYTHON / f"{name}.py").read_text() for name in ("_names", "_records")]
    native, values = [(copy / NATIVE / f"{name}.rs").read_text() for name in ("records", "values")]
    typescript, interfaces = [(copy / JAVASCRIPT / f"ts/{name}.ts").read_text() for name in ("names", "records")]
    assert '    fee_rate: int | None\n    """See `fee_asset`."""\n' in records
    assert "    /// See `feeAsset`.\n    pub fee_rate: Option<i64>,\n" in native
    assert "  /** See `feeAsset`. */\n  readonly feeRate?: number;\n" in interfaces
    assert 'Goal = Literal["account_tokens", "api_key", "both"]' in names
    assert '- `"both"`: As `"api_key"`, with `Client.begin`.\n' in names
    assert "    /// As `Goal.apiKey`, with `Client.begin`.\n    Both,\n" in values
    assert " * - `both`: As `api_key`, with `Client.begin`.\n" in typescript


@pytest.mark.parametrize("text", ["`None` where it has none.", "`Some(1)`, once.", r"As `\u`."])
def test_a_comment_that_only_rust_understands_is_refused(copy: Path, text: str) -> None:
    change(copy, "core/src/model/records.rs", "/// Immediate or cancel.", f"/// {text}")
    found = run(copy)
    assert found.returncode == 1
    assert "core's doc comments are for all languages" in found.stderr

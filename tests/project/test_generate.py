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


def test_a_new_type_and_a_new_call_reach_both_halves_of_javascript(copy: Path) -> None:
    change(copy, "core/src/lib.rs", "pub use flow::Flow;", "pub use flow::{Flow, Grade};")
    before = "    /// The venue this flow talks to.\n"
    call = """\
    /// How it went so far.
    ///
    /// - `late`: whether it may be late.
    ///
    /// # Errors
    /// `wrong_state` before [`Flow::resume`].
    pub fn grade(&self, late: bool, tokens: &Tokens, now_ms: u64) -> Result<Grade, VenuekeyError> {
        self.graded(late, tokens, now_ms)
    }

"""
    change(copy, "core/src/flow/mod.rs", before, call + before)
    type_ = """\
/// How a flow went.
#[derive(Clone)]
pub struct Grade {
    /// One of [`Goal::ApiKey`](crate::Goal::ApiKey), or none.
    pub goal: Option<Goal>,
    /// What it had.
    pub tokens: Vec<Tokens>,
}

"""
    change(copy, "core/src/flow/mod.rs", "/// One connection or one", type_ + "/// One connection or one")
    assert run(copy).returncode == 0
    classes, handles = [(copy / JAVASCRIPT / name).read_text() for name in ("ts/flow.ts", "src/wrapped.rs")]
    assert """
  /**
   * How it went so far.
   * @param late whether it may be late.
   * @throws VenuekeyError `wrong_state` before `Flow.resume`.
   */
  grade(late: boolean, tokens: Tokens, options: AtTime = {}): Grade {
    return shown(own<wasm.Flow>(this).grade(
      check.flag(late, "late") ?? false,
      unwrap(tokens, Tokens),
      check.now(options),
    ));
  }
""" in classes
    assert """
/** How a flow went. */
export interface Grade {
  /** One of `api_key`, or none. */
  readonly goal?: Goal;
  /** What it had. */
  readonly tokens: readonly Tokens[];
}
""" in classes
    assert "    grade(late: bool, tokens: &Tokens, now_ms: f64) = (late, &tokens.0, now(now_ms)?);\n" in handles
    assert "    Grade { goal, tokens };\n" in handles


@pytest.mark.parametrize("text", ["`None` where it has none.", "`Some(1)`, once.", r"As `\u`."])
def test_a_comment_that_only_rust_understands_is_refused(copy: Path, text: str) -> None:
    change(copy, "core/src/model/records.rs", "/// Immediate or cancel.", f"/// {text}")
    found = run(copy)
    assert found.returncode == 1
    assert "core's doc comments are for all languages" in found.stderr

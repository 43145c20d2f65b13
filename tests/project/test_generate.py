"""What the bindings repeat is core's, word for word, and drift is told by the file's name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON, NATIVE, JAVASCRIPT = "bindings-python/python/venuekey", "bindings-swift-kotlin/src/generated", "bindings-wasm"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    parts = ["core/src", "xtask", "bindings-*", "rust*", "docs/errors", "docs/doctor.md"]
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


def test_a_remark_between_attributes_hides_no_comment(copy: Path) -> None:
    change(copy, "core/src/flow/mod.rs", "#[derive(Clone)]\npub struct Flow {", "#[derive(Clone)]\n// Large.\npub struct Flow {")
    assert drifted(copy) == []


def test_what_completes_a_value_is_an_argument_of_its_constructor(copy: Path) -> None:
    text = (copy / NATIVE / "account.rs").read_text()
    assert "scope = [], site = None))]" in text and ".with_site(site)," in text
    assert "pub fn with_site" not in text


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


def test_a_new_type_and_a_new_call_reach_both_halves_of_javascript(copy: Path) -> None:
    change(copy, "core/src/parts.rs", "pub use crate::flow::Flow;", "pub use crate::flow::{Flow, Grade};")
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
    classes, *halves = [(copy / JAVASCRIPT / name).read_text() for name in ("ts/flow.ts", "src/wrapped.rs", "src/full.rs")]
    handles = "".join(halves)
    assert """
  /**
   * How it went so far.
   * @param late whether it may be late.
   * @throws VenuekeyError `wrong_state` before `Flow.resume`.
   */
  grade(late: boolean, tokens: Tokens, options: AtTime = {}): Grade {
    check.options(options, ["nowMs"]);
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
    change(copy, "core/src/model/records.rs", "/// Whether it was immediate-or-cancel.", f"/// {text}")
    found = run(copy)
    assert found.returncode == 1
    assert "core's doc comments are for all languages" in found.stderr


def for_python(root: Path) -> None:
    """What Python gets alone: the others may want to be told how something new crosses."""
    code = "import core, pathlib, python, rust; made = rust.formatted(python.files(core.read(pathlib.Path('core/src'))))"
    code += "; [pathlib.Path(name).write_text(text) for name, text in made.items()]"
    subprocess.run([sys.executable, "-B", "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": "xtask/generate"}, check=True)


def test_a_new_call_reaches_python_with_its_types_and_what_it_raises(copy: Path) -> None:
    before = "    /// Counts the token pairs, from 1.\n"
    call = """    /// Whether the pair is older than `age_ms`, see [`SharedTokens::plan`].
    ///
    /// - `age_ms`: such as 1.
    ///
    /// # Errors
    /// `invalid_argument` for a time that can't be; `token_expired` for what is over.
    pub fn is_older(&self, tokens: &Tokens, age_ms: u64, now_ms: u64) -> Result<Option<bool>, VenuekeyError> {
        todo!()
    }

"""
    change(copy, "core/src/tokens/mod.rs", before, call + before)
    for_python(copy)
    doc = """Whether the pair is older than `age_ms`, see `plan`.

Args:
    age_ms: Such as 1.
    now_ms: Unix milliseconds; left out, the operating system's clock.

Raises:
    MisuseError: `invalid_argument` for a time that can't be.
    ReauthorizeError: `token_expired` for what is over.
"""
    rust = (copy / "bindings-python/src/classes/tokens.rs").read_text()
    assert "\n".join(f"    /// {line}".rstrip() for line in doc.splitlines()) in rust
    assert """    #[pyo3(signature = (tokens, age_ms, *, now_ms=None))]
    fn is_older(&self, tokens: Ours<'_, Tokens>, age_ms: Int<u64>, now_ms: Now) -> Result<Option<bool>> {
        Ok(self.0.is_older(&tokens.0, age_ms.0, now_ms.given()?)?)
    }
""" in rust
    signature = "    def is_older(self, tokens: Tokens, age_ms: int, *, now_ms: int | None = None) -> bool | None:"
    assert f'{signature}\n        """{doc.splitlines()[0]}\n' in (copy / PYTHON / "_native.pyi").read_text()


def test_a_new_type_of_core_is_a_class_in_python(copy: Path) -> None:
    change(copy, "core/src/parts.rs", "pub use crate::limits::preflight::Preflight;", "pub use crate::limits::preflight::{Lamp, Preflight};")
    lamp = """/// A lamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lamp {
    /// What it shows.
    pub shown: Vec<String>,
    /// Since when, in Unix milliseconds.
    pub since_ms: u64,
}

"""
    before = "/// An operation that can go ahead.\n"
    change(copy, "core/src/limits/preflight.rs", before, lamp + before)
    for_python(copy)
    rust = (copy / "bindings-python/src/classes/limits_preflight.rs").read_text()
    assert "#[pyclass(frozen, eq, module = \"venuekey.parts\")]\n#[derive(PartialEq)]\npub(crate) struct Lamp" in rust
    assert 'format!("Lamp(since_ms={})", self.0.since_ms)' in rust
    assert "module.add_class::<limits_preflight::Lamp>()?;" in (copy / "bindings-python/src/classes/mod.rs").read_text()
    stub = (copy / PYTHON / "_native.pyi").read_text()
    assert '@final\nclass Lamp:\n    """A lamp."""\n    @property\n    def shown(self) -> tuple[str, ...]:' in stub
    assert all('    "Lamp",\n' in (copy / PYTHON / name).read_text() for name in ("parts.py", "_native.pyi"))


def test_what_a_caller_fills_in_is_an_argument_in_python(copy: Path) -> None:
    change(copy, "core/src/parts.rs", "limits::preflight::Preflight;", "limits::preflight::{Preflight, Wish};")
    wish = """/// A wish.
#[derive(Clone, Default)]
pub struct Wish {
    /// Whom it is for.
    pub names: Option<Vec<String>>,
    /// What nobody may know.
    pub word: Option<Secret>,
}

"""
    before = "/// An operation that can go ahead.\n"
    change(copy, "core/src/limits/preflight.rs", before, wish + before)
    last = "    pub expected_uid: Option<String>,\n"
    change(copy, "core/src/client/options.rs", last, f"{last}    /// A wish.\n    pub wish: Option<Wish>,\n")
    last = "            expected_uid: None,\n"
    change(copy, "core/src/client/options.rs", last, f"{last}            wish: None,\n")
    with_ = "    /// The same, far away.\n    pub fn with_place(mut self, place: Option<String>) -> Self {\n        self\n    }\n\n"
    before = "    /// Sent as `Authorization: Bearer …`.\n"
    change(copy, "core/src/model/tokens.rs", before, with_ + before)
    for_python(copy)
    preflight, client, tokens = [
        (copy / f"bindings-python/src/classes/{name}.rs").read_text()
        for name in ("limits_preflight", "client", "model_tokens")
    ]
    assert "#[pyo3(signature = (*, names=None, word=None))]" in preflight
    assert "fn new(names: Option<List<Text>>, word: Option<SecretText<'_>>) -> Result<Wish> {" in preflight
    assert "self.0.names.as_ref().map(|all| all.iter().collect())" in preflight
    assert "self.0.word.clone().map(Secret)" in preflight
    assert 'Err(refuse_pickle("Wish"))' in preflight
    assert "wish: wish.as_ref().map(|each| each.0.clone())," in client
    assert ".with_place(place.given()?)" in tokens


def test_errors_that_are_raised_as_different_exceptions_are_kept_apart(copy: Path) -> None:
    change(copy, "core/src/tokens/mod.rs", "/// `wrong_state` if", "/// `wrong_state`, `token_expired` if")
    found = run(copy)
    assert found.returncode == 1
    assert "`;` separates what is raised as different exceptions" in found.stderr


def test_what_docs_md_documents_is_there(copy: Path) -> None:
    change(copy, "bindings-python/src/docs.md", "## Client.begin\n", "## Client.start\n")
    found = run(copy)
    assert found.returncode == 1
    assert "docs.md: there is no {'Client.start'}" in found.stderr


def test_a_changed_text_for_users_is_drift_until_it_is_generated(copy: Path) -> None:
    change(copy, "xtask/generate/texts.toml", 'needs_user = "Needs you"', 'needs_user = "Your turn"')
    assert {Path(name).name for name in drifted(copy)} == {"_texts.py", "texts.ts", "Texts.kt"}
    assert run(copy).returncode == 0
    assert '"status.needs_user": "Your turn",' in (copy / PYTHON / "web/_texts.py").read_text()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('needs_user = "Needs you"\n', "", "texts.toml has no status.needs_user"),
        ("[error.key_gone]", "[error.key_missing]", "error.key_missing.happened is of a word that core does not have"),
        ('"Connect {venue}"', '"Connect {Venue}"', "button.connect has {Venue}"),
    ],
)
def test_what_users_are_told_fits_what_core_has(copy: Path, before: str, after: str, said: str) -> None:
    change(copy, "xtask/generate/texts.toml", before, after)
    found = run(copy)
    assert found.returncode == 1
    assert said in found.stderr


def test_a_new_code_wants_a_page(copy: Path) -> None:
    before = '    MalformedReply "malformed_reply"'
    change(copy, "core/src/base/error.rs", before, f'    Gone "venue_gone" Protocol "the venue is no more";\n{before}')
    found = run(copy)
    assert found.returncode == 1
    assert "errors/protocol.toml: venue_gone has no page" in found.stderr
    page = (copy / "xtask/generate/errors/protocol.toml").read_text().partition("[reply_too_large]")[2]
    (copy / "xtask/generate/errors/protocol.toml").open("a").write(f"\n[venue_gone]{page}")
    assert run(copy).returncode == 0
    written = (copy / "docs/errors/venue_gone.md").read_text()
    assert "# `venue_gone`\n\nThe venue is no more.\n" in written
    # Without a text of its own, a user is told what its kind says.
    assert "> *venue* answered in a way that we don't understand.\n" in written


def test_a_page_without_a_code_is_told_and_removed(copy: Path) -> None:
    (copy / "docs/errors/key_lost.md").write_text("# Old\n")
    assert drifted(copy) == ["docs/errors/key_lost.md"]
    assert run(copy).returncode == 0
    assert not (copy / "docs/errors/key_lost.md").exists()
    table = (copy / "xtask/generate/errors/protocol.toml").read_text().replace("[reply_too_large]", "[reply_too_long]")
    (copy / "xtask/generate/errors/protocol.toml").write_text(table)
    assert "reply_too_large has no page" in run(copy).stderr


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('side = ["venue", "network"]', 'side = ["moon"]', "malformed_reply has no side"),
        ('"venue_unavailable", "key_unconfirmed"]', '"venue_down"]', "malformed_reply is related to ['venue_down']"),
        ("[malformed_reply.venues]\nwhitebit", "[malformed_reply.venues]\nkraken", "has a venue that core does not have"),
    ],
)
def test_a_page_speaks_of_what_there_is(copy: Path, before: str, after: str, said: str) -> None:
    change(copy, "xtask/generate/errors/protocol.toml", before, after)
    assert said in run(copy).stderr

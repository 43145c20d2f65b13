"""What the documentation shows runs."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import venuekey
from conftest import CANARIES, EXTERNAL_ID, LAST_MS, Venue, came_back, reply
from venuekey import _call, _drive, _errors, _native, _reads, _store, _types, senders

HERE = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "module", [venuekey, venuekey.parts, _native, _call, _drive, _errors, _reads, _store, _types, senders]
)
def test_examples_in_docstrings(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in getattr(module, "__all__", ()):
        getattr(module, name)  # Some are imported when they are first asked for.
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for test in finder.find(module, module.__name__, module=False) if test.examples]
    results = [doctest.DocTestRunner().run(test) for test in found]
    assert sum(result.failed for result in results) == 0
    if module is venuekey.parts:
        names = "Client", "Client.begin", "MemoryStore", "Signer.sign", "call", "records"
        assert {f"venuekey.parts.{name}" for name in names} <= {test.name for test in found}
    if module is venuekey:
        assert "venuekey.Client.begin" in {test.name for test in found}


def test_everything_public_has_a_docstring() -> None:
    for name, value in [(name, getattr(of, name)) for of in (venuekey, venuekey.parts) for name in of.__all__]:
        if isinstance(value, type):
            members = [getattr(value, member) for member in vars(value) if not member.startswith("_")]
            described = [value, *(member for member in members if callable(member) or hasattr(member, "__get__"))]
            assert all(each.__doc__ for each in described), name
        elif callable(value) and not hasattr(value, "__origin__"):
            assert value.__doc__, name


def test_names_in_the_documents_are_there() -> None:
    documents = [*(HERE.parent / "docs").glob("*.md"), HERE / "README.md", HERE.parent / "README.md"]
    missing, seen = [], 0
    for path in documents:
        shown = re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        for name in {found for each in shown for found in re.findall(r"\bvenuekey((?:\.[A-Za-z_]\w*)+)", each)}:
            seen += 1
            if not _is_there(name[1:].split(".")):
                missing.append(f"{path.name}: venuekey{name}")
    assert missing == []
    assert seen > 50


def _is_there(names: list[str]) -> bool:
    value: Any = venuekey
    for number, name in enumerate(names, 1):
        if not hasattr(value, name):
            module = ".".join(["venuekey", *names[:number]])
            try:
                if importlib.util.find_spec(module) is None:
                    return False
            except ModuleNotFoundError:
                return False
            value = importlib.import_module(module)
        else:
            value = getattr(value, name)
    return True


def test_the_readme_runs(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    venue: Venue,
    bybit: Venue,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(senders, "httpx_sender", lambda: venue.send)
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.DOTALL):
        exec(block, names)

    def connect() -> tuple[str, str]:
        flow_id, authorize_url = names["connect"]()
        return flow_id, came_back(authorize_url)

    key = names["callback"](*connect())
    assert (key.external_id, key.api_secret.expose()) == (EXTERNAL_ID, CANARIES["api_secret"])
    assert names["callback_page"](*connect()) == "Connected."
    flow_id, _ = connect()
    assert names["callback_page"](flow_id, "/callback?code=x&state=forged").startswith("This is not")
    venue.first["exchange_code"] = [reply({}, 401)]
    assert names["callback_page"](*connect()) == "Please connect again."
    assert names["callback_page"]("no such flow", "/callback") == "Please connect again."

    balance = {"BTC": {"available": "0.10", "freeze": "0"}}
    venue.replies = {**venue.replies, "signed_request": balance, "probe_key": balance}
    assert str(names["available"](key, "BTC")) == "0.10"
    assert b'"ticker":"BTC"' in (venue.sent[-1].body or b"")
    row = {"id": 1, "orderId": 7, "clientOrderId": "", "time": 1.5, "side": "buy", "role": 1}
    row.update(amount="2", price="3", deal="6.10", fee="0", feeAsset="USDT")
    venue.replies = {**venue.replies, "read_deals": [row, {**row, "id": 2}]}
    tokens = venuekey.parts.Tokens(access_token="t", expires_at_ms=2**52)
    assert str(names["traded"](tokens, "BTC_USDT")) == "12.20"
    disabled = {"code": 10, "message": "This action is unauthorized. Enable your key in API settings"}
    venue.first["probe_key"] = [reply(disabled, 401)]
    assert [names["is_working"](key) for _ in range(2)] == [False, True]
    flow_id, authorize_url = names["replace_key"](tokens, EXTERNAL_ID)
    replaced = names["replaced"](flow_id, came_back(authorize_url))
    assert venue.purposes[-4:] == ["delete_key", "exchange_code", "check_key", "fetch_secret"]
    venue.first["delete_key"] = [reply({}, 401)]
    with pytest.raises(venuekey.UserActionError, match="delete_key_in_dashboard"):
        names["replace_key"](tokens, EXTERNAL_ID)
    watch = venuekey.parts.KeyWatch("whitebit", 1_790_000_000_000)
    venue.first["probe_key"] = [reply(disabled, 401)]
    assert [names["look_at"](replaced, watch).name for _ in range(2)] == ["disabled", "works"]
    blocks = [names["reserve_nonces"]("key", 1_790_000_000_000) for _ in range(2)]
    assert [block.reserved for block in blocks] == [1_790_000_000_099, 1_790_000_000_199]

    pending = names["client"].begin("api_key").pending
    assert [names["save"](pending.snapshot()) for _ in range(2)] == [True, False]
    later = pending.resume(now_ms=LAST_MS).flow
    assert [names["save"](later.snapshot()) for _ in range(2)] == [True, False]

    cookie, authorize_url = names["connect_by_cookie"]("session 7")
    outcome = names["callback_by_cookie"]("session 7", cookie, came_back(authorize_url))
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    with pytest.raises(venuekey.RejectedError, match="superseded"):
        names["callback_by_cookie"]("session 7", cookie, came_back(authorize_url))

    app: dict[str, Any] = {"venue": "whitebit", "environment": "global", "client_id": "your-client-id"}
    started = venuekey.Client.public(**app, redirect_uri="https://partner.example/callback").begin("api_key")
    handed_off = started.pending.receive_callback(came_back(started.authorize_url)).flow.resume()
    assert isinstance(handed_off, venuekey.parts.Done)
    assert isinstance(handed_off.outcome, venuekey.parts.HandOff)
    assert isinstance(names["take_over"](handed_off.outcome.expose()), venuekey.parts.ApiKeyGranted)
    names["db"].close()

    names["send"] = bybit.send
    bybit.first["create_subaccount"] = [venuekey.NoResponse()]
    answers, asked = ["200001", "create"], []

    def answer(question: str) -> str:
        asked.append(question)
        return answers.pop()

    monkeypatch.setattr("builtins.input", answer)
    started = names["agent"].begin("api_key")
    names["store"].save(started.pending.snapshot())
    outcome = names["agent_callback"](started.pending.flow_id, came_back(started.authorize_url))
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    assert (asked, answers) == (["its id, or create: "] * 2, [])
    shown = capsys.readouterr().out.splitlines()
    assert shown == [
        "200001 bot-1",
        "200002 ",
        "No answer came when the account was made; look whether it is here:",
        *shown[:2],
    ]


def test_the_stub_has_the_docstrings_of_the_module() -> None:
    spec = importlib.util.spec_from_file_location("stub_docs", HERE / "tools" / "stub_docs.py")
    assert spec is not None
    assert spec.loader is not None
    stub_docs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stub_docs)
    for stub in (stub_docs.BY_HAND, HERE / "python" / "venuekey" / "_native.pyi"):
        text = stub.read_text("utf-8")
        assert stub_docs.with_docs(text) == text, "run tools/stub_docs.py, then `just generate`"

"""Arguments, stores, clocks and listeners that are not what they must be."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import math
import pickle
import threading
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, EXTERNAL_ID, Clock, Venue, came_back, reply
from connected import NEW, Failing, called_back, connected, spoil
from venuekey.connections import AsyncConnections, ConnectionNotFound, Connections, Event
from venuekey.stores import Row, Store, Stored, StoreError, postgres, sqlite
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]


def refused(hint: str) -> Any:
    return pytest.raises(venuekey.MisuseError, match=f"invalid_argument: .*{hint}")


# Arguments


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"clients": {}}, "clients must have a client"),
        ({"store": None}, "store must have the methods"),
        ({"store": SQLiteStore}, "store is the class SQLiteStore itself"),
        ({"send": "send"}, "send must be a function, not str"),
        ({"on_event": 7}, "on_event must be a function, not int"),
        ({"clock": 7}, "clock must be a function, not int"),
        ({"concurrency": 0}, "concurrency must be a whole number"),
        ({"concurrency": 1.5}, "concurrency must be a whole number"),
        ({"share_of": True}, "share_of must be a whole number"),
        ({"share_of": 2**40}, "share_of must be a whole number"),
        ({"clock": lambda: 1.5}, "clock must return Unix milliseconds as an int, not float"),
        ({"clock": lambda: -1}, "clock must return Unix milliseconds"),
    ],
)
def test_what_connections_are_made_of(make: Make, given: dict[str, Any], hint: str) -> None:
    with refused(hint):
        make(**given).run_once()


def test_keys_and_the_twin_for_asyncio(make: Make, rows: SQLiteStore, client: venuekey.Client[Any]) -> None:
    nothing: Any = None
    for kind in (Connections, AsyncConnections):
        with refused("keys must be SealingKeys, not None"):
            kind({"whitebit": client}, rows, nothing)
        with refused("clients must have a client"):
            kind({7: client}, rows, venuekey.SealingKeys([NEW]))  # type: ignore[dict-item]
    with refused("send must be a function"):
        AsyncConnections({"whitebit": client}, rows, venuekey.SealingKeys([NEW]), send=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("holder", ["", "x" * 65, "é" * 33, "a\nb", 7, b"a", "\ud800"])
def test_holders(make: Make, holder: Any) -> None:
    connections = make()
    for call in (connections.run, lambda holder: connections.run_once(holder=holder)):
        with refused("holder must be a str of 1 to 64 printable bytes"):
            call(holder)
    assert connections._workers == []


@pytest.mark.parametrize("patience_s", [-1, math.inf, math.nan, "30", None, True])
def test_patience(make: Make, patience_s: Any) -> None:
    connections = make()
    account = connections.account(connected(connections))
    with refused("patience_s must be a number"):
        account.call("POST", "/api/v4/trade-account/balance", patience_s=patience_s)
    with refused("patience_s must be a number"):
        account.tokens(patience_s=patience_s)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "20", None, True, 2**40])
def test_limits(make: Make, rows: SQLiteStore, client: venuekey.Client[Any], limit: Any) -> None:
    """That nothing was resealed would say that no row needs the older key."""
    with refused("limit must be a whole number, 1 or more"):
        make().reseal(limit)
    with refused("limit must be a whole number, 1 or more"):
        asyncio.run(AsyncConnections({"whitebit": client}, rows, venuekey.SealingKeys([NEW])).reseal(limit))


@pytest.mark.parametrize("deadline_s", ["20", b"20", math.nan, True, [20]])
def test_deadlines(make: Make, rows: SQLiteStore, client: venuekey.Client[Any], deadline_s: Any) -> None:
    with refused("deadline_s must be a number of seconds, or None"):
        make().run_once(deadline_s)
    with refused("deadline_s must be a number of seconds, or None"):
        asyncio.run(AsyncConnections({"whitebit": client}, rows, venuekey.SealingKeys([NEW])).run_once(deadline_s))


@pytest.mark.parametrize("deadline_s", [-1, 0, math.inf])
def test_a_deadline_may_be_over_or_never_come(make: Make, deadline_s: float) -> None:
    assert make().run_once(deadline_s) is None


def test_an_owner_that_is_none_is_not_any_owner(make: Make) -> None:
    """A session without a user must not open all connections."""
    connections = make()
    id = connected(connections)
    given: Any = None
    calls: list[Callable[[Any], object]] = [
        lambda owner: connections.status(id, owner=owner),
        lambda owner: connections.receive_callback(id, "/callback", owner=owner),
        lambda owner: connections.receive_pasted_code(id, "code", owner=owner),
        lambda owner: connections.choose(id, "1", owner=owner),
        lambda owner: connections.recover(id, owner=owner),
        lambda owner: connections.reconnect(id, owner=owner),
        lambda owner: connections.hand_off(id, owner=owner),
        lambda owner: connections.handed_off(id, given, owner=owner),
        lambda owner: connections.disconnect(id, owner=owner),
        lambda owner: connections.forget(owner),
        lambda owner: connections.find(owner),
        lambda owner: connections.begin("whitebit", owner=owner, goal="api_key"),
        lambda owner: connections.begin_by_hand_off("whitebit", "", owner=owner),
        lambda owner: connections.import_key("whitebit", "key", "secret", owner=owner),
        lambda owner: connections.account(id, owner=owner),
        lambda owner: connections.account(owner=owner),
    ]
    for owner in (None, 7, b"user"):
        for call in calls:
            with refused("owner must be a str"):
                call(owner)
    assert connections.status(id).status == "connected"


def test_an_id_that_is_none_asks_no_store(make: Make, rows: SQLiteStore) -> None:
    counted = Failing(rows)
    connections = make(store=counted)
    ids: list[Any] = ["", "0" * 31, "0" * 33, "g" * 32, "0" * 32 + "\n", None, 7]
    for id in ids:
        with pytest.raises(ConnectionNotFound):
            connections.status(id)
    assert "load" not in counted.calls


def test_an_account_at_another_venue(make: Make) -> None:
    connections = make()
    id = connected(connections)
    assert connections.account(id, venue="whitebit").id == id
    with pytest.raises(ConnectionNotFound, match="not at bybit"):
        connections.account(id, venue="bybit")
    unknown: Any = "binance"
    with refused("venue must be one of whitebit, bybit"):
        connections.account(id, venue=unknown)
    with refused("venue must be one of whitebit, bybit"):
        connections.account(owner="user", venue=unknown)


# Stores


@pytest.mark.parametrize("answer", [None, 1, "yes"])
def test_a_save_that_tells_nothing(make: Make, rows: SQLiteStore, answer: object) -> None:
    store = Failing(rows)
    connections = make(store=store)
    store.__dict__["save"] = lambda row: answer
    with pytest.raises(TypeError, match=r"Failing\.save must return True \(stored\) or False"):
        connections.begin("whitebit", owner="user", goal="api_key")


def test_lists_that_are_none(make: Make, rows: SQLiteStore, caplog: pytest.LogCaptureFixture) -> None:
    store = Failing(rows)
    connections = make(store=store)
    store.__dict__.update(find=lambda owner: None, due=lambda now_ms, limit: None)
    with pytest.raises(TypeError, match=r"Failing\.find must return a list of Stored, not NoneType"):
        connections.find("user")
    with pytest.raises(TypeError, match=r"Failing\.due must return a list of Stored, not NoneType"):
        connections.run_once()


def test_a_row_that_comes_twice_is_worked_at_once(make: Make, rows: SQLiteStore, venue: Venue) -> None:
    store = Failing(rows)
    store.__dict__["due"] = lambda now_ms, limit: [each for each in rows.due(now_ms, limit) for _ in range(2)]
    connections = make(store=store)
    id = called_back(connections)
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert len(venue.purposes) == len({*venue.purposes})


def test_a_store_whose_clock_is_none(make: Make, rows: SQLiteStore, caplog: pytest.LogCaptureFixture) -> None:
    id = called_back(make())
    store = Failing(rows)
    store.__dict__["now_ms"] = lambda: 1.5
    connections = make(store=store, clock=None)
    with refused(r"Failing\.now_ms must return Unix milliseconds as an int, not float"):
        connections.run_once()
    with refused(r"Failing\.now_ms must return"):
        connections.status(id)
    assert "quarantined" not in caplog.text


# Sealing keys


def test_wrong_bytes_under_a_known_key_id(make: Make, rows: SQLiteStore, caplog: pytest.LogCaptureFixture) -> None:
    connections = make()
    ids = [called_back(connections, f"user-{n}") for n in range(3)]
    wrong = make(keys=[(NEW[0], bytes(32))])
    wrong.run_once()
    assert "quarantined" not in caplog.text
    assert caplog.text.count(f'no row of sealing key "{NEW[0]}" could be opened here: is the key right?') == 1
    with pytest.raises(venuekey.RejectedError):
        wrong.disconnect(ids[0])
    connections.run_once()
    assert {connections.status(id).status for id in ids} == {"connected"}


def test_a_damaged_row_is_quarantined_once_another_has_opened(
    make: Make, rows: SQLiteStore, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = called_back(make(), "bad"), called_back(make(), "good")
    spoil(rows, bad)
    make().run_once()
    assert f"connection {bad}: can't be opened (seal_invalid), quarantined; see https://" in caplog.text
    assert "/docs/errors/seal_invalid.md\n" in caplog.text
    assert make().status(good).status == "connected"


@pytest.mark.parametrize("call", ["disconnect", "forget"])
def test_a_damaged_row_goes_before_any_worker_has_looked(make: Make, rows: SQLiteStore, call: str) -> None:
    connections = make()
    id, _ = called_back(connections), connected(connections, "other")
    spoil(rows, id)
    with pytest.raises(venuekey.RejectedError):
        make().disconnect(id)
    given = id if call == "disconnect" else "user"
    getattr(connections, call)(given)
    assert rows.load(id) is None


# Listeners


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), ValueError(CANARIES["code"])])
def test_whatever_a_listener_raises_it_is_told_again(
    make: Make, told: list[Event], clock: Clock, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    calls: list[Event] = []

    def heard(event: Event) -> None:
        calls.append(event)
        raise error

    called_back(make())
    make(on_event=heard).run_once()
    assert len(calls) == 1
    assert f"on_event failed at connected, told again later: {type(error).__name__} at" in caplog.text
    assert CANARIES["code"] not in caplog.text
    assert "Traceback" not in caplog.text
    clock.sleep(61)
    make().run_once()
    assert [each.kind for each in told] == ["connected"]


def test_an_end_of_a_job_that_is_unclean_sets_its_row_apart(make: Make, venue: Venue) -> None:
    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "check_key":
            asked.append(request)
            raise SystemExit
        return venue.send(request)

    asked: list[object] = []
    connections = make(send=send)
    called_back(connections)
    connections.run_once()
    assert len(asked) == 1


def test_an_end_does_not_wait_for_a_listener_that_hangs(make: Make, told: list[Event], clock: Clock) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hangs(event: Event) -> None:
        begun.set()
        go_on.wait()

    connections = make(on_event=hangs)
    called_back(connections)
    worker = threading.Thread(target=connections.run)
    worker.start()
    begun.wait()
    connections.stop()
    worker.join(120)
    assert not worker.is_alive()
    make().run_once()
    assert [each.kind for each in told] == ["connected"], "nobody knows whether it was told"
    go_on.set()


# Views, names


def test_a_view_as_plain_values(make: Make, venue: Venue) -> None:
    connections = make()
    begun = connections.begin("whitebit", owner="user", goal="api_key")
    assert "authorize_url" not in begun.as_dict()
    venue.first["exchange_code"] = [reply({}, 401)]
    connections.receive_callback(begun.id, came_back(begun.authorize_url or "", f"publicKey={EXTERNAL_ID}"))
    connections.run_once()
    view = connections.status(begun.id)
    plain = json.loads(json.dumps(view.as_dict()))
    assert (plain["id"], plain["status"]) == (begun.id, "needs_user")
    assert plain["error"]["code"] == view.error.code if view.error else None
    assert {*plain["error"]} == {"code", "kind", "hint", "doc_url"}
    assert view.error is not None
    assert plain["error"]["doc_url"] == view.error.doc_url
    assert plain["trail"][0]["what"] == "begun"
    with pytest.raises(TypeError, match=r"as_dict\(\)"):
        pickle.dumps(view)
    assert copy.deepcopy(view) is view


def test_names_are_where_users_import_them_from(make: Make, tmp_path: Any) -> None:
    for name in set(venuekey.__all__) - {"__version__", "CREATE_SUBACCOUNT", "StoreError"}:
        value = getattr(venuekey, name)
        if isinstance(value, type):
            assert value.__module__ == "venuekey", name
    assert {each.__module__ for each in (Row, Store, Stored, StoreError)} == {"venuekey.stores"}
    assert venuekey.StoreError is StoreError
    assert venuekey.CREATE_SUBACCOUNT == venuekey.parts.CREATE_SUBACCOUNT
    assert dir(venuekey.stores) == sorted(venuekey.stores.__all__)
    assert repr(sqlite.SQLiteStore(tmp_path / "c.db")) == f"SQLiteStore('{tmp_path}/c.db')"
    own = postgres.PostgresStore.__new__(postgres.PostgresStore)
    own._conninfo = "postgresql://me:hunter2@db.example/app?sslpassword=hunter2"
    assert repr(own) == "PostgresStore(host=db.example dbname=app)"


def test_completion_shows_what_programs_write_and_the_rest_is_there_for_annotations() -> None:
    shown = dir(venuekey)
    assert {"Client", "Connections", "VenuekeyError", "parts"} <= set(shown)
    assert not {"Account", "ConnectionView", "Progress"} & set(shown)
    assert set(shown) < set(venuekey.__all__)
    assert all(hasattr(venuekey, name) for name in venuekey.__all__)


# Logs


def test_a_log_says_what_came_and_what_is_waited_for(
    make: Make, venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    venue.first["check_key"] = [reply({}, 503)]
    connections = make()
    id = called_back(connections)
    connections.run_once()
    assert f"connection {id}: exchange_code: HTTP 200" in caplog.messages
    assert any(each.startswith(f"connection {id}: check_key: HTTP 503, again in ") for each in caplog.messages)
    venue.first["exchange_code"] = [reply({}, 401)]
    called_back(connections, "other")
    connections.run_once()
    told = [(each.levelname, each.getMessage()) for each in caplog.records if "needs_user" in each.getMessage()]
    assert [level for level, _ in told] == ["WARNING"]
    page = venuekey.ReauthorizeError("", "code_rejected").doc_url
    assert told[0][1].endswith(f": needs_user, code_rejected; see {page}")

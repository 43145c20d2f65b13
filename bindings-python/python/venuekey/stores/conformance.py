"""What counts as a store: tests for one of your own, with pytest.

    class TestMyStore(StoreConformance):
        @pytest.fixture(autouse=True)
        def database(self, tmp_path):
            self.path = str(tmp_path / "connections.db")

        def make_store(self):
            return MyStore(self.path)

Some tests run `make_store` in other processes, for which the object that pytest made of the class is pickled: keep what
it needs (a path, a URL) in attributes. docs/stores.md says more.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Callable
from unittest import SkipTest

from . import Row, StoreError
from ._suite import PROCESSES, ROUNDS, Suite, kept, made, replace, stored

__all__ = ["StoreConformance"]

_PATIENCE_SECONDS = 300.0
"""The last resort, and no measure of the machine: what a test waits for comes in a moment, or not at all."""
_HOUR_MS = 3_600_000
_HOSTILE = "'; DROP TABLE venuekey_connections; --\" ? %s $1 \\ é ∑ 👩‍🚀 \u202e"
_CANARY = "canary-of-a-row"


class StoreConformance(Suite):
    """Inherit it under a name that pytest collects, and say by `make_store` how a store is opened."""

    # Rows.

    def test_a_row_comes_back_as_it_was(self) -> None:
        rows = [
            made(),
            made(label="", intent="forget", due_at_ms=2**53, lease_holder="w", lease_until_ms=0, account_hash="h"),
            made(owner=_HOSTILE, client=_HOSTILE, label=_HOSTILE),
            made(sealed="s" * (512 << 10)),
        ]
        with self._opened() as store, self._opened() as other:
            assert store.load(rows[0].id) is None
            assert [store.save(row) for row in rows] == [True] * 4
            assert [kept(other, row.id) for row in rows] == rows
            found = other.find(_HOSTILE)
            assert [(each.row, each.last_used_at_ms, each.quarantined) for each in found] == [(rows[2], None, None)]
            assert other.find("nobody") == []
            # Every column is the new row's.
            changed = made(id=rows[1].id, revision=2, owner="other", client="other", status="ended")
            assert store.save(changed)
            assert kept(other, changed.id) == changed

    def test_find_has_all_rows_of_an_owner(self) -> None:
        rows = [made(owner="one"), made(owner="one"), made(owner="two"), made(owner="ONE"), made(owner="one ")]
        with self._opened() as store:
            assert all(store.save(row) for row in rows)
            assert sorted(each.row.id for each in store.find("one")) == sorted(row.id for row in rows[:2])

    def test_find_account_looks_at_other_rows_that_have_not_ended(self) -> None:
        first, second, ended = made(account_hash="a1"), made(account_hash="a1"), made(account_hash="e1", status="ended")
        with self._opened() as store:
            assert store.save(first)
            assert store.save(ended)
            assert store.find_account(["a0", "a1"], "another")
            assert not store.find_account(["a1"], first.id)
            assert not store.find_account(["a0"], "another")
            assert not store.find_account(["e1"], "another")
            assert not store.find_account([], "another")
            assert store.save(second)
            assert store.find_account(["a1"], first.id)
            for revision, intent in enumerate(("disconnect", "disconnect_and_delete_key", "forget"), 2):
                assert store.save(replace(first, revision=revision, intent=intent))
                assert not store.find_account(["a1"], second.id), "or of two that end neither deletes their key"

    def test_rows_sealed_by_other_keys(self) -> None:
        rows = sorted((made(sealing_key_id=key) for key in ("new", "old", "older", "old")), key=lambda row: row.id)
        with self._opened() as store:
            assert all(store.save(row) for row in rows)
            expected = [row.id for row in rows if row.sealing_key_id != "new"]
            assert store.rows_sealed_by_others("new", 10) == expected
            assert store.rows_sealed_by_others("new", 2) == expected[:2]
            assert store.rows_sealed_by_others("new", 2, expected[1]) == expected[2:]
            assert len(store.rows_sealed_by_others("unknown", 10)) == 4

    # Compare-and-set.

    def test_only_the_next_revision_is_stored(self) -> None:
        row = made()
        with self._opened() as store:
            assert not store.save(replace(row, revision=2)), "there is nothing that it could follow"
            assert store.load(row.id) is None
            assert store.save(row)
            for stale in (1, 3):
                assert not store.save(replace(row, revision=stale, sealed="lost")), stale
            assert kept(store, row.id) == row
            assert store.save(replace(row, revision=2))
            assert store.save(replace(row, revision=3))
            assert not store.save(replace(row, revision=3, sealed="lost"))
            assert kept(store, row.id) == replace(row, revision=3)

    def test_delete_takes_the_revision_it_names(self) -> None:
        row, other = made(), made()
        with self._opened() as store:
            assert store.save(row)
            assert store.save(replace(row, revision=2))
            assert store.save(other)
            assert not store.delete(row.id, 1)
            assert not store.delete(row.id, 3)
            assert kept(store, row.id) == replace(row, revision=2)
            assert store.delete(row.id, 2)
            assert store.load(row.id) is None
            assert store.delete(row.id, 2), "gone already is gone"
            assert not store.save(replace(row, revision=3)), "a late save does not bring it back"
            assert store.load(row.id) is None
            assert kept(store, other.id) == other

    def test_one_of_those_who_save_the_same_revision_wins(self) -> None:
        row = made()
        with self._opened() as store:
            for first in (row, replace(row, revision=2)):
                leases = [replace(first, lease_holder=f"worker {n}", due_at_ms=1) for n in range(PROCESSES)]
                won = self._each(self._save, [[lease] for lease in leases])
                assert sorted(won) == [False] * (PROCESSES - 1) + [True]
                assert kept(store, row.id) == leases[won.index(True)]

    def test_no_update_is_lost_between_processes(self) -> None:
        row = made(sealed="")
        with self._opened() as store:
            assert store.save(row)
            won = self._each(self._append, [[row.id, f"{n}"] for n in range(PROCESSES)])
            last = kept(store, row.id)
        expected = list(range(2, 2 + PROCESSES * ROUNDS))
        assert sorted(revision for each in won for revision in each) == expected, "each revision has one winner"
        assert last.revision == expected[-1]
        assert [last.sealed.count(f"{n}") for n in range(PROCESSES)] == [ROUNDS] * PROCESSES

    def _save(self, row: Row) -> bool:
        with self._opened() as store:
            return store.save(row)

    def _append(self, id: str, text: str) -> list[int]:
        won: list[int] = []
        with self._opened() as store:
            while len(won) < ROUNDS:
                row = kept(store, id)
                if store.save(replace(row, revision=row.revision + 1, sealed=row.sealed + text)):
                    won.append(row.revision + 1)
        return won

    def test_what_is_saved_outlives_a_kill(self) -> None:
        row = made()
        with self._victim(self._save_and_die, row) as victim, suppress(EOFError):
            assert not victim.answer(), "it has outlived its kill"
        with self._opened() as store:
            assert kept(store, row.id) == replace(row, revision=2)
            assert store.bump("counter", 0, 1) == 8

    def test_a_kill_in_the_middle_of_a_save_holds_nobody_up(self) -> None:
        row = made()
        with self._victim(self._save_on_and_on, row) as victim:
            told = [victim.answer() for _ in range(ROUNDS)][-1]
        with self._opened() as store:
            last = kept(store, row.id)
            assert last.revision >= told
            assert store.save(replace(last, revision=last.revision + 1))

    def _save_and_die(self, row: Row) -> bool:
        with self._opened() as store:
            if store.save(row) and store.bump("counter", 0, 7) and store.save(replace(row, revision=2)):
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return True

    def _save_on_and_on(self, row: Row) -> Iterator[int]:
        with self._opened() as store:
            while store.save(row):
                yield row.revision
                row = replace(row, revision=row.revision + 1)

    def test_threads_share_a_store(self) -> None:
        row = made()
        won: list[int] = []
        with self._opened() as store:
            assert store.save(row)

            def work() -> None:
                for _ in range(ROUNDS):
                    revision = kept(store, row.id).revision + 1
                    if store.save(replace(row, revision=revision)):
                        won.append(revision)
                    won.append(-store.bump("counter", 0, 1))

            threads = [threading.Thread(target=work) for _ in range(PROCESSES)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            revisions = sorted(each for each in won if each > 0)
            assert revisions == list(range(2, kept(store, row.id).revision + 1))
            assert sorted(-each for each in won if each < 0) == list(range(1, PROCESSES * ROUNDS + 1))

    # Counters.

    def test_bump_begins_at_the_floor_and_never_goes_back(self) -> None:
        with self._opened() as store, self._opened() as other:
            assert store.bump("nonce/a", 1_700_000_000_000, 100) == 1_700_000_000_100
            assert other.bump("nonce/a", 1_699_999_999_999, 1) == 1_700_000_000_101, "an older clock"
            assert store.bump("nonce/a", 1_700_000_000_101, 0) == 1_700_000_000_101
            assert other.bump("nonce/a", 1_800_000_000_000, 5) == 1_800_000_000_005
            assert store.bump("nonce/b", 0, 3) == 3, "each name counts by itself"
            assert store.bump(_HOSTILE, -5, 2) == 2, "what is not there yet is 0"

    def test_bump_between_processes(self) -> None:
        values = self._each(self._bump, [[1_000 * n] for n in range(PROCESSES)])
        assert all(each == sorted(each) for each in values), "each sees the counter rise"
        every = sorted(value for each in values for value in each)
        assert len({*every}) == PROCESSES * ROUNDS, "nobody else has one's value"
        assert all(b - a >= 10 for a, b in zip(every, every[1:])), "nor any of the block below it"
        assert all(min(each) >= 1_000 * n + 10 for n, each in enumerate(values))

    def _bump(self, floor: int) -> list[int]:
        with self._opened() as store:
            return [store.bump("pace/address", floor, 10) for _ in range(ROUNDS)]

    # Work.

    def test_due_goes_by_the_clock_it_is_given(self) -> None:
        rows = [made(due_at_ms=due_at_ms) for due_at_ms in (3_000, 1_000, None, 2_000)]
        with self._opened() as store:
            assert store.next_due() is None
            assert store.due(2**53, 10) == []
            assert all(store.save(row) for row in rows)
            # Two hosts whose clocks differ, at one time.
            assert [each.row for each in store.due(1_999, 10)] == [rows[1]]
            assert [each.row for each in store.due(2_000, 10)] == [rows[1], rows[3]]
            assert store.due(999, 10) == []
            assert [each.row for each in store.due(9_000, 10)] == [rows[1], rows[3], rows[0]]
            assert [each.row for each in store.due(9_000, 2)] == [rows[1], rows[3]]
            assert store.next_due() == 1_000
            leased = replace(rows[1], revision=2, lease_holder="w", lease_until_ms=9_999)
            assert store.save(leased)
            assert store.due(1_000, 1)[0].row == leased, "leases are none of the store's business"
            assert store.save(replace(rows[1], revision=3, due_at_ms=None))
            assert store.next_due() == 2_000
            assert all(store.save(made(due_at_ms=2_000)) for _ in range(3))
            found = [each.row.id for each in store.due(9_000, 10)]
            assert len(found) == len({*found}) == 5, "no row twice"

    def test_a_quarantined_row_is_left_out_until_it_is_saved(self) -> None:
        row = made(due_at_ms=1, owner="o", account_hash="h", intent="disconnect")
        with self._opened() as store:
            assert store.save(row)
            assert not store.quarantine(row.id, 2, "seal_invalid"), "it is about another revision"
            assert not store.quarantine("0" * 32, 1, "seal_invalid")
            assert kept(store, row.id) == row
            assert store.next_due() == 1
            assert store.quarantine(row.id, 1, "seal_invalid")
            found = stored(store, row.id)
            assert found.row == replace(row, status="quarantined")
            assert found.quarantined == "seal_invalid"
            assert store.due(9, 9) == []
            assert store.next_due() is None
            assert store.find("o") == [found]
            assert store.find_account(["h"], "another")
            assert not store.save(row), "a lost save changes nothing"
            assert store.load(row.id) == found
            assert store.save(replace(row, revision=2))
            found = stored(store, row.id)
            assert found.row == replace(row, revision=2)
            assert found.quarantined is None
            assert store.due(9, 9) == [found]

    def test_touch_writes_once_an_hour_and_leaves_the_row_alone(self) -> None:
        row, now_ms = made(), 1_790_000_000_000
        with self._opened() as store:
            store.touch(row.id, now_ms)
            assert store.load(row.id) is None
            assert store.save(row)
            for at_ms, stored_ms in (
                (now_ms, now_ms),
                (now_ms + _HOUR_MS - 1, now_ms),
                (now_ms - 2 * _HOUR_MS, now_ms),
                (now_ms + _HOUR_MS, now_ms + _HOUR_MS),
            ):
                store.touch(row.id, at_ms)
                found = stored(store, row.id)
                assert found.row == row
                assert found.last_used_at_ms == stored_ms
            assert store.save(replace(row, revision=2)), "a save leaves it as it is"
            found = stored(store, row.id)
            assert found.last_used_at_ms == now_ms + _HOUR_MS

    def test_a_save_wakes_who_waits_and_who_waits_next(self) -> None:
        row = made(due_at_ms=1)
        with self._opened() as store:
            store.wait(0)
            assert store.save(row)
            assert store.wait(_PATIENCE_SECONDS), "it came before the wait"
            woken: list[bool] = []
            waits = threading.Thread(target=lambda: woken.append(store.wait(_PATIENCE_SECONDS)))
            waits.start()
            assert store.save(replace(row, revision=2))
            waits.join()
            store.wake()
            assert woken == [True]
            assert store.wait(_PATIENCE_SECONDS)
            while store.wait(0):
                pass

    def test_a_save_wakes_other_processes(self) -> None:
        if not self.wakes_other_processes:
            raise SkipTest("this store does not")
        with self._opened() as store, self._victim(self._wait_for_saves) as worker:
            assert worker.answer() == "listens"
            assert store.save(made(due_at_ms=1))
            assert worker.answer() == "woken"
            store.wake()
            assert worker.answer() == "woken"

    def _wait_for_saves(self) -> Iterator[str]:
        with self._opened() as store:
            while store.wait(0):
                pass
            yield "listens"
            while store.wait(_PATIENCE_SECONDS):
                yield "woken"

    def test_last_seen_is_the_newest_of_any_worker(self) -> None:
        with self._opened() as store, self._opened() as other:
            assert store.last_seen() is None
            for holder, now_ms, newest_ms in (
                ("a", 1_000, 1_000),
                ("b", 9_000, 9_000),
                ("a", 2_000, 9_000),
                ("b", 3_000, 3_000),
            ):
                store.seen(holder, now_ms)
                assert other.last_seen() == newest_ms

    def test_the_clock_is_the_stores_or_nobodys(self) -> None:
        with self._opened() as store:
            first, second = store.now_ms(), store.now_ms()
            assert (first is None) == (second is None)
            assert first is None or (second is not None and 1_600_000_000_000 < first <= second)

    # Failures.

    def test_a_failing_store_says_so_and_works_again(self) -> None:
        failing = self.failing()
        if failing is None:
            raise SkipTest("nothing says how this store fails")
        row = made(owner=_CANARY, label=_CANARY, sealed=_CANARY)
        with self._opened() as store, self._opened() as idle:
            assert store.save(row)
            assert idle.load(row.id)
            assert store.bump(_CANARY, 0, 7) == 7
            calls: list[Callable[[], object]] = [
                lambda: store.save(replace(row, revision=2)),
                lambda: store.save(made(sealed=_CANARY)),
                lambda: store.bump(_CANARY, 0, 1),
                lambda: store.delete(row.id, 1),
                lambda: store.quarantine(row.id, 1, _CANARY),
                lambda: store.seen(_CANARY, 1),
            ]
            with failing:
                for call in calls:
                    said = _error_of(call)
                    assert _CANARY not in said, said
                store.touch(row.id, 1)
                store.wake()
            with suppress(StoreError):
                # Its connection may have been lost while it did nothing.
                idle.load(row.id)
            for each in (store, idle):
                found = stored(each, row.id)
                assert found.row == row
                assert found.quarantined is None
            assert idle.save(replace(row, revision=2))
            assert kept(store, row.id).revision == 2
            assert store.bump(_CANARY, 0, 1) == 8


def _error_of(call: Callable[[], object]) -> str:
    """All that is told of it."""
    try:
        call()
    except StoreError as error:
        return "".join([repr(error), *traceback.format_exception(type(error), error, error.__traceback__)])
    raise AssertionError("it did not fail")

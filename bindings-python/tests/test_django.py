"""The Django app: its store in SQLite by the suite that ships, its checks, model, admin, worker and routes.

tests/journeys has PostgreSQL's store, and a whole app.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, cast

import pytest

from django_project import connections  # isort: split

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core import mail
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections as databases
from django.db import transaction
from django.test import Client, RequestFactory, override_settings

from conftest import EXTERNAL_ID
from test_stores import full_disk
from venuekey.django import DjangoStore
from venuekey.stores import StoreError
from venuekey.stores._suite import kept, made
from venuekey.stores.conformance import StoreConformance

FORM = "application/x-www-form-urlencoded"
# It makes the routes by the setting as it is, not by one that a test tries: whichever test runs first.
run_checks()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    databases.databases["default"]["NAME"] = str(path)
    call_command("migrate", verbosity=0)
    databases.close_all()
    return path


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Iterator[Path]:
    """Django's own, and the store's beside it."""
    path = tmp_path / "db.sqlite3"
    shutil.copy(migrated, path)
    databases.databases["default"]["NAME"] = str(path)
    yield path
    databases.close_all()
    cast(DjangoStore, connections._rows.store).close()


class TestDjangoStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "db.sqlite3"

    def make_store(self) -> DjangoStore:
        databases.databases["default"]["NAME"] = str(self.path)
        return DjangoStore()

    def failing(self) -> AbstractContextManager[object]:
        return full_disk()


def test_a_store_beside_djangos_file_and_none_in_it(database: Path) -> None:
    with closing(DjangoStore()) as store:
        assert store.save(made())
    assert {each.name for each in database.parent.iterdir()} == {"db.sqlite3", "db-venuekey.sqlite3"}
    assert "venuekey_connections" not in databases["default"].introspection.table_names()


def test_a_rollback_takes_nothing_along_and_nobody_waits_for_himself(database: Path) -> None:
    row = made()
    with closing(DjangoStore()) as store:
        with transaction.atomic():
            User.objects.create(username="ann")  # Which holds the one lock of Django's file.
            assert store.save(row)
            transaction.set_rollback(True)
        assert not User.objects.exists()
        assert kept(store, row.id) == row


def test_after_a_fork_a_used_store_works_too(database: Path) -> None:
    with closing(DjangoStore()) as store:
        assert store.bump("counter", 0, 1) == 1
        child = os.fork()
        if child == 0:
            try:
                assert store.bump("counter", 0, 1) == 2
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert store.bump("counter", 0, 1) == 3


def test_under_a_test_runner_it_is_a_file_of_this_process(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = made(due_at_ms=1)
    with closing(DjangoStore()) as store:
        assert store.save(row)
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    with closing(DjangoStore()) as store:
        assert store.load(row.id) is None, "not the developer's own"
        assert store.save(row)
        assert kept(store, row.id) == row
        store.wake()
        assert store.wait(300)


def messages() -> list[str]:
    return [f"{each.id} {each.msg}" for each in run_checks(app_configs=None) if str(each.id).startswith("venuekey")]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("connections", []),
        ("asynchronous", []),
        ("in_a_file", []),
        ("another", ["E001 VENUEKEY_CONNECTIONS is 'django_project:another', which is not a Connections."]),
        ("nowhere", ["E002 DATABASES has no 'nowhere', which DjangoStore is to use."]),
        ("in_mysql", ["E002 DATABASES['mysql'] is for mysql: DjangoStore needs PostgreSQL or SQLite."
                      ' Give it a database of its own, DjangoStore(using="venuekey"), or use another store.']),
    ],
)  # fmt: skip
def test_what_a_check_says_of_the_setting(named: str, says: list[str]) -> None:
    with override_settings(VENUEKEY_CONNECTIONS=f"django_project:{named}"):
        assert messages() == [f"venuekey.{each}" for each in says]


def test_what_a_check_says_of_a_setting_that_names_nothing() -> None:
    with override_settings(VENUEKEY_CONNECTIONS="nowhere.at:all"):
        says = "VENUEKEY_CONNECTIONS is 'nowhere.at:all', and there is no module 'nowhere'."
        assert messages() == [f"venuekey.E001 {says}"]
    for named in ("django_project", ":connections", ".here:connections", 7):
        with override_settings(VENUEKEY_CONNECTIONS=named):
            (says,) = messages()
            assert says.startswith('venuekey.E001 VENUEKEY_CONNECTIONS must be a text "module:attribute"')
    with override_settings():
        del settings.VENUEKEY_CONNECTIONS
        assert messages() == ["venuekey.W001 VENUEKEY_CONNECTIONS is not set."]


def test_a_store_in_no_database_says_so(database: Path) -> None:
    for store, says in ((DjangoStore("nowhere"), "DATABASES has no 'nowhere'"), (DjangoStore("mysql"), "is for mysql")):
        with pytest.raises(ImproperlyConfigured, match=says):
            store.find("owner")
        store.wake()
        store.close()


def test_the_model_is_what_its_migration_says_and_fetches_nothing_sealed(database: Path) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    model = apps.get_model("venuekey", "Connection")
    assert not {"sealed", "sealing_key_id", "account_hash"} & {field.name for field in model._meta.get_fields()}
    for call in (model().save, model().delete):
        with pytest.raises(NotImplementedError):
            call()
    assert [each.codename for each in Permission.objects.filter(content_type__app_label="venuekey")] == [
        "view_connection"
    ]


@pytest.fixture
def browser(database: Path) -> Client:
    ann = User.objects.create_superuser("ann", "ann@example.com", "a password")
    browser = Client(headers={"sec-fetch-site": "same-origin"})
    browser.force_login(ann)
    return browser


def test_the_admin_shows_what_is_clear_and_changes_nothing(browser: Client) -> None:
    view = connections.begin("bybit", owner="bob", goal="api_key")
    store = cast(DjangoStore, connections._rows.store)
    store.touch(view.id, 1_790_000_000_000)
    sealed = kept(store, view.id).sealed
    page = browser.get("/admin/venuekey/connection/")
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("bob", "bybit", "mainnet", "awaiting_user", "Sept. 21, 2026"):
        assert shown in text, shown
    assert "Add connection" not in text
    assert "Delete selected" not in text
    found = browser.get("/admin/venuekey/connection/", {"status__exact": "awaiting_user", "q": "bob"})
    assert "1 connection" in found.content.decode()
    assert "0 connections" in browser.get("/admin/venuekey/connection/", {"q": "somebody"}).content.decode()
    one = browser.get(f"/admin/venuekey/connection/{view.id}/change/").content.decode()
    assert view.id in one
    assert 'name="_save"' not in one
    assert sealed[:32] not in text + one
    for url in ("add/", f"{view.id}/delete/"):
        assert browser.get(f"/admin/venuekey/connection/{url}").status_code == 403
    assert browser.post(f"/admin/venuekey/connection/{view.id}/change/", {"owner": "eve"}).status_code == 403
    assert kept(store, view.id).owner == "bob"


def test_the_admin_hides_what_it_cannot_read(browser: Client, tmp_path: Path) -> None:
    for named in ("django_project:another", "django_project:in_a_file"):
        with override_settings(VENUEKEY_CONNECTIONS=named):
            assert "Connections" not in browser.get("/admin/").content.decode()
    assert "Connections" in browser.get("/admin/").content.decode()


def test_a_view_that_fails_leaves_what_the_store_has(browser: Client) -> None:
    browser.raise_request_exception = False
    assert browser.get("/own").status_code == 500
    assert not User.objects.filter(username="rolled back").exists()
    assert len(connections.find(f"{User.objects.get().pk}")) == 1


def test_the_routes(browser: Client) -> None:
    page = browser.get("/connections/")
    assert page.status_code == 200
    assert "Connect Bybit" in page.content.decode()
    assert page.headers["cache-control"] == "no-store"
    cookie = page.cookies["venuekey"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("/", True, "Lax", "")
    begun = browser.post("/connections/connect/bybit", "", content_type=FORM)
    assert begun.status_code == 303
    assert begun.headers["location"].startswith("https://www.bybit.com/")
    (view,) = connections.find(f"{User.objects.get().pk}")
    told = browser.get(f"/connections/status/{view.id}", headers={"accept": "application/json"}).json()
    assert told["status"] == "awaiting_user"
    for url in (f"/connections/status/{'0' * 32}", "/connections/nothing", "/connections/a\nb", "/connections/%ff"):
        assert browser.get(url).status_code == 404
    refused = browser.post(
        f"/connections/disconnect/{view.id}", "", content_type=FORM, headers={"sec-fetch-site": "cross-site"}
    )
    assert refused.status_code == 403
    assert browser.post(f"/connections/disconnect/{view.id}", "x=" + "x" * 20_000, content_type=FORM).status_code == 413
    assert browser.put("/connections/").status_code == 405
    head = browser.head("/connections/")
    assert head.status_code == 200
    assert head.content == b""
    left = browser.post(f"/connections/disconnect/{view.id}", '{"csrf": null}', content_type="application/json")
    assert left.json()["connection"]["status"] == "working"
    assert Client().get("/connections/").status_code == 401


def test_a_form_that_somebody_has_read_and_one_whose_sender_has_gone(browser: Client) -> None:
    from venuekey.django import urls

    (pattern,) = urls.routes(connections, owner=lambda request: "bob")
    given: Any = RequestFactory().post("/at/connect/bybit", "csrf=x", FORM, headers={"sec-fetch-site": "same-origin"})
    given.user = AnonymousUser()
    assert urls.user_id(given) is None
    assert given.POST["csrf"] == "x"
    assert pattern.callback(given, "connect/bybit").status_code == 303

    class Gone(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError

    gone: Any = RequestFactory().post("/at/connect/bybit", "x", FORM, headers={"sec-fetch-site": "same-origin"})
    gone._stream = Gone()
    assert pattern.callback(gone, "connect/bybit").status_code == 400


@pytest.mark.parametrize(("body", "length"), [(b"csrf=x&del", 19), (b"", 19), (b"csrf=x&delete_key=1", "x")])
def test_half_a_form_is_not_acted_on(database: Path, body: bytes, length: Any) -> None:
    from venuekey.django import urls

    (pattern,) = urls.routes(connections, owner=lambda request: "bob")
    view = connections.begin("bybit", owner="bob", goal="api_key")
    environ: dict[str, Any] = {"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(body)}
    headers = {"sec-fetch-site": "same-origin"}
    cut: Any = RequestFactory().post(f"/at/disconnect/{view.id}", body, FORM, headers=headers, **environ)
    assert pattern.callback(cut, f"disconnect/{view.id}").status_code == 400
    assert connections.status(view.id).intent is None
    assert connections.status(view.id).status == "awaiting_user"


FORKED = """
import json, os, sys
import django
from django.conf import settings
file = sys.argv[1] + "/db.sqlite3"
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file}})
django.setup()
import venuekey
from venuekey.django import DjangoStore
client = venuekey.Client(
    venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    redirect_uri="https://partner.example/callback",
)
def send(request):
    if request.body:
        print(json.loads(request.body)["nonce"], flush=True)
    return venuekey.parts.HttpResponse(200, b"{}")
keys = venuekey.SealingKeys([("k", bytes(32))])
connections = venuekey.Connections(
    {"whitebit": client}, DjangoStore(), keys, send=send, clock=lambda: 1_790_000_000_000
)
id = connections.import_key("whitebit", "k" * 32, "s" * 32, owner="user", external_id=sys.argv[2]).id
account = connections.account(id)
call = lambda: account.call("POST", "/api/v4/trade-account/balance")
call()
for _ in range(2):
    if os.fork() == 0:
        call()
        os._exit(0)
    assert os.wait()[1] == 0
call()
"""


def test_processes_of_one_fork_draw_no_number_twice(tmp_path: Path) -> None:
    """The venue would refuse a number that another process has used."""
    program = [sys.executable, "-c", FORKED, str(tmp_path), EXTERNAL_ID]
    drawn = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()
    assert len(drawn) == len({*drawn}) == 4, drawn


def test_routes_of_connections_that_are_none(database: Path) -> None:
    from venuekey.django import urls

    with override_settings(VENUEKEY_CONNECTIONS="django_project:asynchronous"):
        with pytest.raises(ImproperlyConfigured, match="needs Connections"):
            urls.routes()
        with pytest.raises(ImproperlyConfigured, match="needs Connections"):
            urls.urlpatterns  # noqa: B018
    with pytest.raises(AttributeError):
        urls.nothing  # noqa: B018


@pytest.mark.parametrize("named", ["connections", "asynchronous"])
def test_the_worker_command(database: Path, named: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "venuekey")
    connections.begin("bybit", owner="bob", goal="api_key")
    with override_settings(VENUEKEY_CONNECTIONS=f"django_project:{named}"):
        call_command("venuekey_worker", "--once", "--holder", "me")
        with pytest.raises(CommandError, match="holder must be"):
            call_command("venuekey_worker", "--once", "--holder", "")
    assert "worker me" in caplog.text


def test_the_worker_command_says_what_is_wrong(database: Path) -> None:
    with (
        override_settings(VENUEKEY_CONNECTIONS="django_project:another"),
        pytest.raises(CommandError, match="not a Connections"),
    ):
        call_command("venuekey_worker", skip_checks=True)
    Path(f"{database.parent}/db-venuekey.sqlite3").write_bytes(b"notes" * 1000)
    with pytest.raises(CommandError, match="the store's open failed"):
        call_command("venuekey_worker", "--once")


def test_the_package_imports_no_django() -> None:
    look = "import sys, venuekey, venuekey.web; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in loaded if name.startswith(("django", "sqlalchemy", "venuekey.django"))] == []


def test_a_failure_of_the_store_is_told_by_its_name(database: Path) -> None:
    with closing(DjangoStore()) as store:
        with pytest.raises(StoreError, match=r"^the store's save failed: UnicodeEncodeError$"):
            store.save(made(owner="\ud800"))
        assert repr(store) == "DjangoStore('default')"

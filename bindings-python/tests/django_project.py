"""A Django project, as far as the tests of `venuekey.django` need one. Import it before Django's own models."""

from __future__ import annotations

import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import django
from django.conf import settings

import venuekey
from venuekey.connections import AsyncConnections, Connections
from venuekey.django import DjangoStore
from venuekey.stores import Store
from venuekey.stores.sqlite import SQLiteStore

APPS = ["admin", "auth", "contenttypes", "messages", "sessions"]
MIDDLEWARE = ["sessions.middleware.Session", "auth.middleware.Authentication", "messages.middleware.Message"]
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
           "django.contrib.messages.context_processors.messages"]  # fmt: skip
if not settings.configured:
    settings.configure(
        SECRET_KEY="a secret of the tests'",
        ALLOWED_HOSTS=["testserver", "localhost"],
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "venuekey.django"],
        MIDDLEWARE=[f"django.contrib.{name}Middleware" for name in MIDDLEWARE],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                    "OPTIONS": {"context_processors": CONTEXT}}],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "nowhere/db.sqlite3", "ATOMIC_REQUESTS": True},
            "mysql": {"ENGINE": "tests_mysql", "NAME": "x"},
        },
        ROOT_URLCONF="django_project",
        VENUEKEY_CONNECTIONS="django_project:connections",
        USE_TZ=True,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )  # fmt: skip


def fake_backend() -> None:
    """A database of another kind, as far as a check looks."""
    from django.db.backends.dummy import base

    class Wrapper(base.DatabaseWrapper):
        vendor = "mysql"

    for name in ("tests_mysql", "tests_mysql.base"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["tests_mysql.base"].DatabaseWrapper = Wrapper  # type: ignore[attr-defined]
    sys.modules["tests_mysql"].__path__ = []


fake_backend()
django.setup()

KEYS = venuekey.SealingKeys([("2026-11", bytes(range(32)))])
CLIENT = venuekey.Client(
    venue="bybit", environment="mainnet", client_id="demo", client_secret="s3cr3t",
    redirect_uri="http://localhost/connections/callback/bybit",
)  # fmt: skip


def send(_: object) -> Any:
    raise AssertionError("nothing is sent here")


def connections_in(store: Store) -> Connections:
    return Connections({"bybit": CLIENT}, store, KEYS, send=send)


connections = connections_in(DjangoStore())
in_mysql = connections_in(DjangoStore("mysql"))
nowhere = connections_in(DjangoStore("nowhere"))
asynchronous = AsyncConnections({"bybit": CLIENT}, DjangoStore(), KEYS, send=send)
in_a_file = connections_in(SQLiteStore(Path(tempfile.mkdtemp()) / "connections.db"))
another = 7


def urlpatterns_of() -> list[Any]:
    from django.contrib import admin
    from django.urls import include, path

    return [path("connections/", include("venuekey.django.urls")), path("admin/", admin.site.urls), path("own", own)]


def own(request: Any) -> Any:
    from django.contrib.auth.models import User

    connections.begin("bybit", owner=f"{request.user.pk}", goal="api_key")
    User.objects.create(username="rolled back")
    raise ValueError("after the view has done everything")


urlpatterns = urlpatterns_of()

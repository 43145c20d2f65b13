"""A Django project on PostgreSQL, of which the environment says where, and tests of its own for Django's test runner."""

from __future__ import annotations

import os
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.test import TestCase, TransactionTestCase


def database_of(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username, "HOST": parts.hostname,
        "PASSWORD": parts.password, "PORT": parts.port, "OPTIONS": {"options": parse_qs(parts.query)["options"][0]},
    }  # fmt: skip


if not settings.configured:
    default = database_of(os.environ.get("POSTGRES", "postgresql://u:p@127.0.0.1:1/nowhere?options=-cx%3Dy"))
    # Connections of Django's own pool are none of the store's.
    settings.configure(
        DATABASES={"default": default},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "venuekey.django"],
    )
    django.setup()

from django.contrib.auth.models import User  # noqa: E402

from venuekey.django import DjangoStore  # noqa: E402
from venuekey.stores._suite import kept, made  # noqa: E402

STORE = DjangoStore()


class InATransaction(TestCase):
    def test_rows_outlive_it(self) -> None:
        row = made(due_at_ms=1)
        User.objects.create(username="ann")
        assert STORE.save(row) and kept(STORE, row.id) == row
        assert STORE.now_ms() and not STORE.wait(0)


class WithoutOne(TransactionTestCase):
    def test_rows_are_in_the_test_s_database(self) -> None:
        from venuekey.django.models import Connection

        row = made(owner="bob")
        assert STORE.save(row)
        assert Connection.objects.get(owner="bob").id == row.id


if __name__ == "__main__":
    from django.core.management import call_command

    call_command("test", "django_postgres", "--noinput", *sys.argv[1:])

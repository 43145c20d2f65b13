"""The library's tables, the first version and whatever came since."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from ...stores._schema import Result
from ...stores._sql import POSTGRES, migrate_to_newest


def make_tables(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        # With SQLite the store makes a file of its own.
        return

    def run(query: str, *values: object) -> Result:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(query.replace("?", "%s"), values or None)
            return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    migrate_to_newest(run, POSTGRES, "venuekey_")


class Migration(migrations.Migration):
    initial = True
    operations = (
        # Back, the tables stay: they hold users' keys.
        migrations.RunPython(make_tables, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("owner", models.TextField()),
                ("client", models.TextField()),
                ("label", models.TextField(null=True)),
                ("venue", models.TextField()),
                ("environment", models.TextField()),
                ("status", models.TextField()),
                ("intent", models.TextField(null=True)),
                ("due_at_ms", models.BigIntegerField(null=True)),
                ("lease_holder", models.TextField(null=True)),
                ("lease_until_ms", models.BigIntegerField(null=True)),
                ("revision", models.BigIntegerField()),
                ("last_used_at_ms", models.BigIntegerField(null=True)),
                ("quarantined", models.TextField(null=True)),
            ],
            options={"db_table": "venuekey_connections", "managed": False, "default_permissions": ("view",)},
        ),
    )

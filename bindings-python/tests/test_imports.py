"""What an import brings along, by name: its time would be this machine's. An app pays for it at each start."""

from __future__ import annotations

import subprocess
import sys

import pytest

OWN = ["venuekey", "venuekey._errors", "venuekey._kinds", "venuekey._loaded", "venuekey._native", "venuekey._pages"]
# `_LATER`'s way to a module.
IMPORTLIB = ["importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings"]


def imported_by(program: str) -> set[str]:
    """Without `site`: what a machine's `.pth` files import is in no list."""
    told = "import sys; given = sys.argv[1:]; sys.path += given; before = {*sys.modules}"
    told += f"; {program}; print(*({{*sys.modules}} - before))"
    path = [folder for folder in sys.path if folder]
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", told, *path], capture_output=True, text=True, check=True)
    return {*ran.stdout.split()} - {"__future__"}


@pytest.mark.parametrize(
    ("program", "modules"),
    [
        ("import venuekey", OWN),
        ("import venuekey; venuekey.Client, venuekey.Secret, venuekey.MisuseError", OWN),
        ("import venuekey.parts", [*OWN, "venuekey.parts"]),
        ("from venuekey.parts import Flow, HttpRequest, Signer, SharedTokens", [*OWN, "venuekey.parts"]),
        ("import venuekey; venuekey.parts.Signer", [*OWN, "venuekey.parts", *IMPORTLIB]),
    ],
)
def test_an_import_loads_these_modules_and_no_other(program: str, modules: list[str]) -> None:
    assert imported_by(program) - {*modules} == set()


def test_everything_offered_is_there_when_it_is_asked_for() -> None:
    ran = "import venuekey, venuekey.parts; from venuekey import *; from venuekey.parts import *"
    assert {"asyncio", "dataclasses", "venuekey._drive", "venuekey.connections"} <= imported_by(ran)

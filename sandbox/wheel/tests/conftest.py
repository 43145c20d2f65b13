"""The tests use the installed wheel: nothing of this repository is on the path but the tests themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

import venuekey_sandbox

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session", autouse=True)
def the_wheel_is_installed() -> None:
    assert "site-packages" in Path(venuekey_sandbox.__file__).parts, venuekey_sandbox.__file__

"""Programs in Node, with the package as users get it: `npm ci`, then the packed tarball (`just node-examples`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from processes import Backend

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NODE_BACKEND = EXAMPLES / "node-backend"
# No program of a test lives for as long as WebAssembly's second, optimizing compiler would need to be worth its while.
NODE = ("node", "--liftoff-only")


class NodeBackend(Backend):
    """examples/node-backend, with the tests' hooks."""

    program = (*NODE, str(Path(__file__).resolve().with_name("testhooks.mjs")))


def need_package(folder: Path = NODE_BACKEND) -> None:
    """Skips the test where nobody has installed the package; under CI=true it fails there."""
    if (folder / "node_modules" / "venuekey").is_dir():
        return
    assert os.environ.get("CI") != "true", f"{folder.name} has no venuekey: run `just test-journeys`"
    pytest.skip("the npm package is not installed: run `just test-journeys`")

"""The program in the wheel: by its name, by the module, and as a child that does not outlive its block."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from importlib.metadata import version

import pytest

import venuekey_sandbox
from venuekey_sandbox import Sandbox, SandboxError

MODULE = [sys.executable, "-m", "venuekey_sandbox"]


@pytest.mark.parametrize("command", [MODULE, [venuekey_sandbox.find_program()]])
def test_both_names_are_the_program(command: list[str]) -> None:
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"venuekey-sandbox {version('venuekey-sandbox')}\n"
    wrong = subprocess.run([*command, "--bind=0.0.0.0"], capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "not a loopback address" in wrong.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_the_module_prints_both_addresses_and_ends_by_a_signal() -> None:
    with subprocess.Popen([*MODULE, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        first, second = child.stdout.readline(), child.stdout.readline()
        url = first.split(" listening on ")[1].strip()
        assert second == f"admin page: {url}/_sandbox/\n"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/_sandbox/", timeout=300) as page:
            assert b"<h1>Admin page</h1>" in page.read()
        child.send_signal(signal.SIGTERM)
        assert child.wait(300) == 0


def test_it_ends_with_its_block_however_that_ends() -> None:
    def fail(sandbox: Sandbox) -> None:
        assert sandbox.now_ms()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), venuekey_sandbox.start("--seed=7") as sandbox:
        fail(sandbox)
    with pytest.raises(ConnectionError):
        sandbox.now_ms()


def test_a_program_of_ones_own_and_what_keeps_it_from_starting() -> None:
    with venuekey_sandbox.start(program=venuekey_sandbox.find_program()) as sandbox:
        assert sandbox.requests() == []
    with pytest.raises(SandboxError, match="not a loopback address"), venuekey_sandbox.start("--bind=0.0.0.0"):
        pass

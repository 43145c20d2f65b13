"""The tests' PostgreSQL server by lines on a pipe: server.py UNPACKED. It lives as long as its input."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "journeys"))

from postgres import Postgres
from processes import free_port


def main() -> None:
    server = Postgres(Path(sys.argv[1]), free_port())
    down = ExitStack()
    try:
        for line in sys.stdin:
            word = line.strip()
            told = server.create_database() if word == "create" else "done"
            if word == "stop":
                down.enter_context(server.down())
            elif word == "start":
                down.close()
            print(told, flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()

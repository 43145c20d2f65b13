"""Prints what a backend has stored of one user's account: stored.py EXAMPLE DATA VENUE, the session id on stdin."""

import json
import sys
from pathlib import Path

example, data, venue = sys.argv[1:]
sys.path.insert(0, example)

from crypto import load_vault  # noqa: E402
from database import open_database  # noqa: E402
from store import Store  # noqa: E402

folder = Path(data)
store = Store(open_database(None, folder), load_vault(folder, {}))
user_id = store.user_of(sys.stdin.read())
print(json.dumps(store.credentials(user_id, venue) if user_id else None))

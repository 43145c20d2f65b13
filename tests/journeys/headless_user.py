"""The user of README's quick start: opens the address that `webbrowser` gives to `BROWSER`, ticks, approves."""

from __future__ import annotations

import sys
from contextlib import closing

from person import Person

with closing(Person(sys.argv[1])) as person:
    consent = person.open(sys.argv[1])
    # Follows the exchange's redirect to the callback, and says nothing: what is read is the quick start's output.
    person.press(consent, "Approve", {"permissions": ["info", "trading"]}, otp="123456")

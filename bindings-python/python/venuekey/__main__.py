"""`python -m venuekey`, which is the command `venuekey`: `connect`, `status`, `call`, `doctor`, `worker`."""

import sys

from ._desk.command import main

if __name__ == "__main__":
    sys.exit(main())

"""`manage.py venuekey_worker`: the worker as a process of its own."""

from __future__ import annotations

import logging
from typing import Any, Optional

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...._kinds import MisuseError
from ....connections._process import log_to_stderr, work
from ....stores import StoreError
from ..._setting import found


class Command(BaseCommand):
    help = "Does what users' connections have due, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--holder", help="the worker's name, 1 to 64 bytes; no two workers may share one")
        parser.add_argument("--once", action="store_true", help="does what is due now, and ends")

    def handle(self, *_: Any, holder: Optional[str] = None, once: bool = False, **__: Any) -> None:
        _show_log()
        try:
            work(found(), once=once, holder=holder)
        except (StoreError, MisuseError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None


def _show_log() -> None:
    """Unless LOGGING says where it goes."""
    if not logging.getLogger("venuekey").hasHandlers():
        log_to_stderr()

"""What can go wrong besides what core and the venue say."""


class ConnectionNotFound(LookupError):
    """There is no such connection, or it is another owner's."""


class AmbiguousAccount(LookupError):
    """An owner has more than one connection at a venue: name it by its id."""


class StoreBusy(RuntimeError):
    """Others saved the row again and again meanwhile: answer 503, and the user tries again."""

"""A database or object store that gives no answer: nothing is wrong, and asking again helps."""

import errno


class StoreAway(OSError):
    """``what`` (``tables`` or ``bytes``) is away for now; nothing is known to have changed."""

    def __init__(self, what: str) -> None:
        super().__init__(errno.EAGAIN, f"{what} away")
        self.what = what


def full() -> OSError:
    """The error of a disk without room, whoever's disk it is."""
    return OSError(errno.ENOSPC, "no room")

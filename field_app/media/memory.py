"""Gives memory back to the system while a recording runs for hours."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL("libc.so.6").malloc_trim
    except (OSError, AttributeError):  # Another C library, which keeps no such holes.
        return None


def give_back() -> None:
    """Return whole free pages between pictures that come and go (glibc's ``malloc_trim``).

    Nothing happens on systems that do so by themselves.
    """
    trim = _trim()
    if trim is not None:
        trim(0)

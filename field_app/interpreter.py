"""Python's own habits, kept from stopping the screen.

The collector of cycles looks at every object there is while no thread runs: 0.1 s for what the desk has
imported, longer while a font is read. And whoever waits for the interpreter waits for as long as another
thread may keep it: 5 ms each time, and a page that is shown asks some hundred times.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_S = 0.00005
_NEVER_USED_UP = 1 << 40


def hurry() -> None:
    """From here to :func:`settle` nothing is collected: what a start makes stays."""
    gc.disable()


def settle() -> None:
    """What exists now stays for as long as the program runs: no collection looks at it again.

    Called once, before anybody logs in, so that nothing of a case is among it. From then on threads take
    turns of a twentieth of a millisecond.
    """
    sys.setswitchinterval(_TURN_S)
    gc.freeze()
    gc.enable()


@contextmanager
def no_collection() -> Iterator[None]:
    """While very many objects are made that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def hold_constants() -> None:
    """Give ``None``, ``True`` and the like more references than Qt can be called.

    PySide6's wheels are built with headers of a Python in which these are never let go of: their functions
    give them back without counting. Before Python 3.12 each call of a function without a value, and each
    signal sent, takes one reference away that is not its own; the desk would end with ``Fatal Python error:
    none_dealloc`` after some fifty thousand calls: hours of a clock on the screen, less of recording.
    """
    if sys.version_info < (3, 12):
        import ctypes

        for constant in (None, True, False, NotImplemented, Ellipsis):
            # An object of CPython begins with its count of references.
            ctypes.c_ssize_t.from_address(id(constant)).value += _NEVER_USED_UP

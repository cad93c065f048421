"""Python's own habits, kept from stopping the screen.

The collector of cycles looks at every object there is while no thread runs: 0.1 s for what the desk has
imported, longer while a font is read. And whoever waits for the interpreter waits for as long as another
thread may keep it: 5 ms each time, and a page asks some hundred times.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_S = 0.001
_NEVER_USED_UP = 1 << 40


def settle() -> None:
    """What exists now stays for as long as the program runs: no collection looks at it again.

    Called once, before anybody logs in, so that nothing of a case is among it. From then on threads take
    turns of a millisecond.
    """
    sys.setswitchinterval(_TURN_S)
    gc.freeze()


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


def hold_true() -> None:
    """Give ``True`` more references than signals can be sent.

    PySide6 6.12 lets go of one reference to ``True`` too many with each ``emit``. Before Python 3.12, which
    never lets go of it, the desk would end with ``Fatal Python error: bool_dealloc`` after some twenty
    thousand signals: hours of looking whether a key is still plugged in, less of recording.
    """
    if sys.version_info < (3, 12):
        import ctypes

        # An object of CPython begins with its count of references.
        ctypes.c_ssize_t.from_address(id(True)).value += _NEVER_USED_UP

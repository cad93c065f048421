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

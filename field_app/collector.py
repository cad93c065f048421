"""Python's collector of cycles, kept from stopping every thread at the wrong moment.

A full collection looks at every object there is while no thread runs: 0.1 s for what the desk has
imported, longer while a font is read.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def settle() -> None:
    """What exists now stays for as long as the program runs: no collection looks at it again.

    Called once, before anybody logs in, so that nothing of a case is among it.
    """
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

"""Python's own habits, kept from stopping or ending the screen.

The collector of cycles looks at every object there is while no thread runs: 0.1 s for what the desk has
imported, longer while a font is read. It runs in whichever thread makes an object just then; what it finds
may be a part of the screen, and a part of the screen that is deleted in another thread ends the program: so
it runs in the screen's thread alone. And whoever waits for the interpreter waits for as long as another
thread may keep it: 5 ms each time, and a page that is shown asks some hundred times. So the others ask for
less while the screen has something to show.
"""

import gc
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_S = 0.00002
_PR_SET_TIMERSLACK, _SLACK_NS = 29, 1000  # prctl(2)
_GIVEN_S = 0.008
_EVERYTHING_S = 60.0
_NEVER_USED_UP = 1 << 40


class _Screen:
    """Whether the screen's thread has something to show."""

    def __init__(self) -> None:
        self.thread = 0
        self.rests = threading.Event()
        self.rests.set()


class _Collecting:
    """Who collects: Python by itself, or those who said they would; nobody while somebody wants none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_hand = self._unwanted = 0
        self.hurried = False
        self.everything = time.monotonic()  # when all there is was looked at last

    def change(self, *, by_hand: int = 0, unwanted: int = 0) -> None:
        with self._lock:
            self._by_hand += by_hand
            self._unwanted += unwanted
            if self._by_hand or self._unwanted:
                gc.disable()
            else:
                gc.enable()

    @property
    def wanted(self) -> bool:
        return not self._unwanted


_screen = _Screen()
_collecting = _Collecting()


def hurry() -> None:
    """From here to :func:`settle` nothing is collected: what a start makes stays."""
    if not _collecting.hurried:
        _collecting.hurried = True
        _collecting.change(unwanted=1)


def settle() -> None:
    """What exists now stays for as long as the program runs: no collection looks at it again.

    Called once, before anybody logs in, so that nothing of a case is among it. From then
    on threads take turns of a fiftieth of a millisecond.
    """
    sys.setswitchinterval(_TURN_S)
    _wake_in_time()
    gc.freeze()
    if _collecting.hurried:
        _collecting.hurried = False
        _collecting.change(unwanted=-1)


def _wake_in_time() -> None:
    """Linux ends a wait up to 50 microseconds late, to wake several threads at once: longer than the turns
    that threads take, and the screen's thread would wait so some hundred times for one page."""
    if sys.platform == "linux":
        import ctypes

        prctl = getattr(ctypes.CDLL(None), "prctl", None)
        if prctl is not None:
            prctl(_PR_SET_TIMERSLACK, _SLACK_NS, 0, 0, 0)


def collect_by_hand() -> None:
    """The calling thread will call :func:`collect` now and then; nothing is collected by itself until
    :func:`collect_by_itself`, once for each call of this."""
    _collecting.change(by_hand=1)


def collect_by_itself() -> None:
    """Python collects as it does: in any thread."""
    _collecting.change(by_hand=-1)


def collect() -> None:
    """What Python would do of itself, if it is due by its own thresholds: but all there is is looked at once
    a minute at most, which takes some hundredths of a second."""
    (young, middle, old), limits = gc.get_count(), gc.get_threshold()
    if not _collecting.wanted or young <= limits[0]:
        return
    now = time.monotonic()
    if old > limits[2] and now > _collecting.everything + _EVERYTHING_S:
        _collecting.everything = now
        gc.collect()
    else:
        gc.collect(int(middle > limits[1]))


def screen_works() -> None:
    """The calling thread has something to show: until :func:`screen_rests` whoever is polite waits."""
    _screen.thread = threading.get_ident()
    _screen.rests.clear()


def screen_rests() -> None:
    """What was to be shown is shown."""
    _screen.rests.set()


def give_way() -> None:
    """To be called every fraction of a millisecond by work that is all Python and takes longer than a tenth
    of a second: waits while the screen works, for 8 ms at most, so that neither of the two stands still.
    """
    if not _screen.rests.is_set() and threading.get_ident() != _screen.thread:
        _screen.rests.wait(_GIVEN_S)


@contextmanager
def no_collection() -> Iterator[None]:
    """While very many objects are made that all stay."""
    _collecting.change(unwanted=1)
    try:
        yield
    finally:
        _collecting.change(unwanted=-1)


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

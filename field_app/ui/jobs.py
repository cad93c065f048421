"""The only threads of the screen: a lane for the store, one for work, one for cards, one for the network.

One shape for every background call: what to do, what to do with its value, what with its error.
Results come back on the screen's thread.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from field_app.interpreter import collect, collect_by_hand, collect_by_itself, screen_rests
from field_app.ui.turns import begin_turn

_COLLECT_MS = 200
T = TypeVar("T")


class Lane(Enum):
    """Each lane runs one job at a time, in order."""

    STORE = "store"
    WORK = "work"
    CARD = "card"
    NETWORK = "network"
    WATCH = "watch"


class _Parcel:
    """What to do, and what came of it. The screen's thread unpacks it, and so lets go of all that the work
    closes over and of the frames of its error: a part of the screen that goes anywhere else ends the program.
    """

    def __init__(self, work: Callable[[], Any], done: Callable[[Any], None] | None,
                 failed: Callable[[BaseException], None]) -> None:
        self.work: Callable[[], Any] | None = work
        self.value: Any = None
        self.error: BaseException | None = None
        self._done, self._failed = done, failed

    def unpack(self) -> None:
        """Let go of everything and tell what came of it."""
        # At once: what the work closes over may be a PIN, and Qt keeps jobs for a while.
        value, error = self.value, self.error
        self.work = self.value = self.error = None
        if error is not None:
            self._failed(error)
        elif self._done is not None:
            self._done(value)

    def unheard(self, failed: Callable[[BaseException], None]) -> None:
        """Let go of everything; whom it was for is no longer there."""
        self._done, self._failed = None, failed
        self.unpack()


class _Relay(QObject):
    """Carries parcels to the screen's thread. One for all: a sender must not go while it still sends."""

    arrived = Signal(object)


class _Job(QRunnable):
    def __init__(self, parcel: _Parcel, relay: _Relay) -> None:
        super().__init__()
        self._parcel = parcel
        self._relay = relay

    def run(self) -> None:
        parcel = self._parcel
        try:
            parcel.value = None if parcel.work is None else parcel.work()
        except BaseException as caught:  # Everything must reach the screen's thread.
            parcel.error = caught
        self._relay.arrived.emit(parcel)


class Jobs(QObject):
    """Runs work off the screen's thread. ``failed`` is called for errors nobody else takes.

    For as long as it is there, cycles of objects are collected in the screen's thread only.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools: dict[Lane, QThreadPool] = {}
        self._under_way = 0
        self._closed = False
        for lane in Lane:
            pool = QThreadPool(self)
            pool.setMaxThreadCount(1)
            self._pools[lane] = pool
        self._relay = _Relay(self)  # Made after the pools, which wait for their threads, and so gone after them.
        self._relay.arrived.connect(self._arrive)
        collect_by_hand()
        self.destroyed.connect(collect_by_itself)
        look = QTimer(self)
        look.timeout.connect(collect)
        look.start(_COLLECT_MS)

    def run(self, lane: Lane, work: Callable[[], T], *,
            done: Callable[[T], None] | None = None,
            failed: Callable[[BaseException], None] | None = None) -> None:
        """Do ``work`` in ``lane``; then call ``done`` or ``failed`` on the screen's thread."""
        self._under_way += 1
        self._pools[lane].start(_Job(_Parcel(work, done, failed or self.failed.emit), self._relay))

    def _arrive(self, parcel: _Parcel) -> None:
        self._under_way -= 1
        begin_turn()
        if self._closed:
            parcel.unheard(self.failed.emit)
        else:
            parcel.unpack()

    def idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._under_way

    def close(self) -> None:
        """Let every running job end; of what comes of it only errors are told, for the pages have gone."""
        self._closed = True
        self.wait()

    def wait(self) -> None:
        """Let every running job end (at closing time)."""
        screen_rests()  # Nobody shall give way to who waits for him.
        for pool in self._pools.values():
            pool.waitForDone()

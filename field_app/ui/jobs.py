"""The only threads of the screen: a lane for the store, one for work, one for cards, one for the network.

One shape for every background call: what to do, what to do with its value, what with its error.
Results come back on the screen's thread.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from field_app.interpreter import collect, collect_by_hand, collect_by_itself
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


class _Bridge(QObject):
    finished = Signal(object, object)


class _Job(QRunnable):
    def __init__(self, work: Callable[[], Any], bridge: _Bridge) -> None:
        super().__init__()
        self._work: Callable[[], Any] | None = work
        self._bridge = bridge

    def run(self) -> None:
        # Let go of at once: what the work closes over may be a PIN, and Qt keeps jobs for a while.
        work, self._work = self._work, None
        try:
            value, error = (work() if work is not None else None), None
        except BaseException as caught:  # Everything must reach the screen's thread.
            value, error = None, caught
        del work
        self._bridge.finished.emit(value, error)


class Jobs(QObject):
    """Runs work off the screen's thread. ``failed`` is called for errors nobody else takes.

    For as long as it is there, cycles of objects are collected in the screen's thread only.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools: dict[Lane, QThreadPool] = {}
        self._bridges: set[_Bridge] = set()
        for lane in Lane:
            pool = QThreadPool(self)
            pool.setMaxThreadCount(1)
            self._pools[lane] = pool
        collect_by_hand()
        self.destroyed.connect(collect_by_itself)
        look = QTimer(self)
        look.timeout.connect(collect)
        look.start(_COLLECT_MS)

    def run(self, lane: Lane, work: Callable[[], T], *,
            done: Callable[[T], None] | None = None,
            failed: Callable[[BaseException], None] | None = None) -> None:
        """Do ``work`` in ``lane``; then call ``done`` or ``failed`` on the screen's thread."""
        bridge = _Bridge(self)
        self._bridges.add(bridge)

        def finish(value: T, error: BaseException | None) -> None:
            self._bridges.discard(bridge)
            bridge.deleteLater()
            begin_turn()
            if error is None:
                if done is not None:
                    done(value)
            elif failed is not None:
                failed(error)
            else:
                self.failed.emit(error)

        bridge.finished.connect(finish)
        self._pools[lane].start(_Job(work, bridge))

    def idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._bridges

    def wait(self) -> None:
        """Let every running job end (at closing time)."""
        for pool in self._pools.values():
            pool.waitForDone()

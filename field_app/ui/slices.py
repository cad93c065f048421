"""What is long is built in slices, so that the screen's thread is free for keys in between."""

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from field_app.ui.turns import begin_turn

_SLICE_S = 0.003  # what is built in it costs some five times as much until it is laid out and painted
_LONGEST_CHAIN = 10_000


class Slices(QObject):
    """Runs a generator a slice at a time; ``ended`` when it came to its end.

    A slice ends at the first ``yield`` after its time, so what lies between two of them must be short.
    """

    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[None] | None = None
        self._running = False
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._go)

    @property
    def pending(self) -> bool:
        """Whether something is still to be built."""
        return self._steps is not None

    def start(self, steps: Iterator[None], *, now: bool = True) -> None:
        """The first slice ``now``, the others as the event loop comes round; an unfinished one is dropped."""
        self.stop()
        self._steps = steps
        if now:
            self._go()
        else:
            self._next.start()

    def advance(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Go on now until ``enough``, or to the end: somebody needs what is not there yet."""
        self._go(enough)

    def stop(self) -> None:
        """Leave the rest unbuilt."""
        self._steps = None
        self._next.stop()

    def _go(self, enough: Callable[[], bool] | None = None) -> None:
        steps = self._steps
        if steps is None or self._running:
            return
        begin_turn()
        end = time.perf_counter() + _SLICE_S
        self._running = True
        try:
            for _ in steps:
                if self._steps is not steps:
                    return
                if enough() if enough is not None else time.perf_counter() > end:
                    self._next.start()
                    return
        finally:
            self._running = False
        if self._steps is steps:
            self.stop()
            self.ended.emit()


def tab_on(after: QWidget | None, block: QWidget) -> QWidget:
    """Let Tab come from ``after``, or what comes before it, into ``block``, which was made later; its
    last stop, or where it would have come from.

    Qt puts whatever is made last at the end of the window's order.
    """
    last = _stop_before(after, block)
    for stop in _stops(block):
        if last is not block:
            QWidget.setTabOrder(last, stop)
        last = stop
    return last


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)


def _stop_before(after: QWidget | None, block: QWidget) -> QWidget:
    """``after``, or the nearest before it that takes the focus; ``block`` where there is none."""
    here, seen = after, 0
    while here is not None and seen < _LONGEST_CHAIN:
        proxy = here.focusProxy()
        if _takes_tab(here) or (proxy is not None and here.isAncestorOf(proxy)):
            return here
        here, seen = here.previousInFocusChain(), seen + 1
    return block


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """What takes the focus, in the order in which it was made; Qt moves a widget with its own parts."""
    proxy = widget.focusProxy()
    if proxy is None and not _takes_tab(widget):
        for child in widget.children():
            if isinstance(child, QWidget) and not child.isWindow():
                yield from _stops(child)
    elif proxy is None or widget.isAncestorOf(proxy):
        yield widget

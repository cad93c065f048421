"""Remembers since when a device says nothing, and tells the gap when it ends."""

from collections.abc import Callable

from field_app.domain.clock import Moment
from field_app.media.clip import Gap, GapKind


class GapWatch:
    """Open gaps by kind; ``closed`` is called with each gap that ends."""

    def __init__(self, closed: Callable[[Gap], None]) -> None:
        self._closed = closed
        self._open: dict[GapKind, Moment] = {}

    def begun(self, kind: GapKind, moment: Callable[[], Moment]) -> None:
        """A device has been silent since ``moment``; said again and again while it is."""
        if kind not in self._open:
            self._open[kind] = moment()

    def over(self, kind: GapKind, moment: Callable[[], Moment]) -> None:
        """A device delivers again (or still)."""
        started = self._open.pop(kind, None)
        if started is not None:
            self._closed(Gap(kind, started, moment()))

    def end(self, moment: Moment) -> None:
        """The recording ends: so do all gaps."""
        for kind in tuple(self._open):
            self.over(kind, lambda: moment)

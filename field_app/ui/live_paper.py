"""Keeps the paper on the screen up with what is typed: laid out, rendered and judged off the screen's thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from field_app.actions.context import Session
from field_app.actions.fill_document import find_problems, paper_files, preview, recorded_during
from field_app.actions.recorded_spans import Covered
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import DocumentId
from field_app.domain.reasons import Reason
from field_app.ui.jobs import Lane
from field_app.ui.paper_view import PageImage, PaperView, Spot, draw_pages
from field_app.ui.shell import Shell

# From a key to the layout; a paper that takes long is drawn less often, so that typing has the machine.
_SOON_MS, _LONGEST_REST_MS, _LONG_S = 30, 500, 0.15


@dataclass(frozen=True)
class _Asked:
    """What the paper should show, and how many pixels across."""

    paper: PaperRecord
    answers: dict[str, Any]
    pixels: int


@dataclass(frozen=True)
class Shown:
    """A paper as drawn."""

    pages: Sequence[PageImage]
    spots: Sequence[Spot]


@dataclass(frozen=True)
class Judged:
    """What stands against a draft, and how much of its own time was recorded."""

    problems: Sequence[Reason]
    covered: Covered | None


class _Raster:
    """Renders pages; one that looks as it did at the same place is not rendered again."""

    def __init__(self) -> None:
        self._looks: tuple[object, ...] = ()
        self._pages: list[PageImage] = []
        self._pixels = 0

    def draw(self, pdf: bytes, looks: tuple[object, ...], pixels: int) -> list[PageImage]:
        known = zip(self._looks, looks, strict=False) if pixels == self._pixels else ()
        same = {place for place, (before, now) in enumerate(known) if before == now}
        drawn = draw_pages(pdf, pixels_wide=pixels, known={n: self._pages[n] for n in same})
        self._looks, self._pages, self._pixels = looks, drawn, pixels
        return drawn


class LivePaper(QObject):
    """``drawn`` carries :class:`Shown`, ``judged`` carries :class:`Judged`, ``failed`` an error.

    ``given`` tells the paper and its answers as they stand; ``views`` are what it is shown on.
    """

    drawn = Signal(object)
    judged = Signal(object)
    failed = Signal(object)

    def __init__(self, shell: Shell, parent: QObject, *,
                 given: Callable[[], tuple[PaperRecord, dict[str, Any]]],
                 views: Callable[[], Sequence[PaperView]]) -> None:
        super().__init__(parent)
        self._shell = shell
        self._given = given
        self._views = views
        self._raster = _Raster()  # of the work lane, as is what was issued
        self._issued: tuple[DocumentId, bytes] | None = None
        self._asked: _Asked | None = None  # newer than what is being drawn
        self._drawing = False
        self._gone = False
        self._pixels = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.draw)

    def draw_soon(self) -> None:
        """Something was typed."""
        if not self._soon.isActive():
            self._soon.start()

    def fit(self) -> None:
        """A view has another size: draw again when it needs other pixels."""
        if self._pixels and self._wanted_pixels() != self._pixels:
            self.draw_soon()

    def stop(self) -> None:
        """Nobody looks at it any more."""
        self._gone = True
        self._asked = None
        self._soon.stop()

    def _wanted_pixels(self) -> int:
        return max(view.pixels_wide() for view in self._views())

    def draw(self) -> None:
        """Show the paper as it stands now; what waits to be drawn is replaced by it."""
        if self._gone or self._shell.session is None:
            return
        self._pixels = self._wanted_pixels()
        paper, answers = self._given()
        self._asked = _Asked(paper, answers, self._pixels)
        if not self._drawing:
            self._drawing = True
            session = self._shell.officers
            self._shell.jobs.run(Lane.WORK, lambda: self._lay_out(session), done=self._drawn,
                                 failed=self._draw_failed)

    def _lay_out(self, session: Session) -> tuple[Shown, _Asked, float] | None:
        began = time.perf_counter()
        asked, self._asked = self._asked, None
        if asked is None:
            return None
        paper = asked.paper
        if paper.pdf is None:  # A draft, or one that was made void before it was issued.
            made = preview(session, paper, asked.answers)
            if self._gone:
                return None  # Left meanwhile: its pages are drawn for nobody.
            spots = [Spot(a.page, a.x0, a.y0, a.x1, a.y1, a.path) for a in made.anchors]
            pages = self._raster.draw(made.pdf, made.looks, asked.pixels)
        else:
            if self._issued is None or self._issued[0] != paper.id:
                self._issued = (paper.id, paper_files(session, paper, why="viewed")[0])
            spots, pages = [], draw_pages(self._issued[1], pixels_wide=asked.pixels)
        return Shown(pages, spots), asked, time.perf_counter() - began

    def _drawn(self, done: tuple[Shown, _Asked, float] | None) -> None:
        self._drawing = False
        session = self._shell.session
        if self._gone or done is None or session is None:
            return  # Drawn before the log-out, come after it.
        shown, asked, took = done
        self._soon.setInterval(max(_SOON_MS, min(_LONGEST_REST_MS, round(took * 250))))
        self.drawn.emit(shown)
        if self._asked is not None:
            self._draw_again(at_once=took < _LONG_S)
        else:
            self._shell.jobs.run(Lane.WORK, lambda: self._judge(session, asked), done=self._judged,
                                 failed=self._draw_failed)

    def _draw_again(self, *, at_once: bool) -> None:
        if at_once:
            self.draw()
        else:
            self.draw_soon()

    @staticmethod
    def _judge(session: Session, asked: _Asked) -> Judged:
        draft = asked.paper.state is PaperState.DRAFT
        answers = asked.answers if draft else asked.paper.answers
        return Judged(find_problems(session, asked.paper, answers) if draft else (),
                      recorded_during(session, asked.paper, answers))

    def _judged(self, found: Judged) -> None:
        if not self._gone and self._asked is None:
            self.judged.emit(found)

    def _draw_failed(self, error: BaseException) -> None:
        self._drawing = False
        if not self._gone and self._shell.session is not None:
            self.failed.emit(error)
            if self._asked is not None:
                self.draw_soon()

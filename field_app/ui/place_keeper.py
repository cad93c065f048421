"""Keeps where the officers are, so that a desk that was killed opens again at that very place."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from field_app.actions.whereabouts import Whereabouts, last_place, remember
from field_app.ui.cases_page import NewCasePage
from field_app.ui.desk_page import DeskPage
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.shell import Shell
from field_app.ui.text_cursor import cursor_in

_LOOK_MS = 500
_PAGES = ("cases", "new", "plan", "papers", "media", "import", "laws", "sync", "statistics", "settings")


class PlaceKeeper(QObject):
    """Looks twice a second where the desk stands, and stores it when that changed."""

    def __init__(self, shell: Shell, parent: QObject, *, page: Callable[[], str], desk: DeskPage,
                 new: NewCasePage) -> None:
        super().__init__(parent)
        self._shell, self._page, self._desk, self._new = shell, page, desk, new
        self._kept: Whereabouts | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self, told: list[str]) -> None:
        """After a login: go where a desk that did not end well stood; ``told`` is said in any case."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: last_place(session),
                             done=lambda place: self._go_back(place, told))

    def _go_back(self, place: Whereabouts | None, told: list[str]) -> None:
        if self._shell.session is None:
            return
        if place is not None and place.page not in ("", "today"):
            self.go_to(place)
            told = [*told, tr("上次没有正常退出，已回到当时的位置。")]
        if told:
            self._shell.messages.note("\n".join(map(said, told)))
        self.go_on()

    def go_to(self, place: Whereabouts) -> None:
        """Open the page, and on it the case, step, paper and field; a case in hand behind another page too."""
        if place.case is not None:
            self._shell.open_case(place.case)
            self._desk.want(place.step, place.paper, place.path, place.cursor)
        if place.page != "desk" and place.page in _PAGES:
            self._shell.go(place.page)
            self._new.type_again(place.typed)

    def go_on(self) -> None:
        """Look from now on."""
        self._timer.start()

    def end(self) -> None:
        self._timer.stop()
        self._kept = None

    def look(self) -> None:
        """Store where the desk stands, if it moved."""
        if self._shell.session is None or self._desk.wanting:
            return
        place = self.now()
        if place == self._kept:
            return
        self._kept = place
        session = self._shell.session
        self._shell.jobs.run(Lane.STORE, lambda: remember(session, place), failed=lambda _error: None)

    def now(self, *, behind: bool = False) -> Whereabouts:
        """Where the desk stands; ``behind``: also the case in hand behind another page."""
        page = self._page()
        if page == "new" and not behind:
            return Whereabouts(page, typed=self._new.typed())
        if self._desk.desk is None or (page != "desk" and not behind):
            return Whereabouts("cases" if page == "desk" else page)
        editor = self._desk.editor
        return Whereabouts(
            page, self._desk.desk.case.id, self._desk.here, editor.paper.id if editor is not None else None,
            editor.field if editor is not None else "", cursor_in(QApplication.focusWidget()))


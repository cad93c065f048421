"""Locks the desk when nobody touches it or a key is pulled, and logs out what stays locked."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QStackedWidget

from field_app.actions.find_cards import Card, cards_there
from field_app.actions.session_people import note_lock
from field_app.ui.hands import Hands
from field_app.ui.jobs import Lane
from field_app.ui.lock_page import LockPage
from field_app.ui.shell import Shell
from field_app.ui.veil import Veil

IDLE_LOCK_MS = 15 * 60 * 1000
LOGOUT_MS = 30 * 60 * 1000
_LOOK_MS = 1000


class LockGuard(QObject):
    """Watches hands and keys while a session is open. ``busy``: whether work goes on that a log-out
    would cut (recording, printing, importing); ``save``: put what is typed in safety;
    ``leave``: end the session, asked for by an officer or not."""

    def __init__(self, shell: Shell, root: QStackedWidget, *, busy: Callable[[], bool],
                 recording: Callable[[], bool], save: Callable[[], None],
                 leave: Callable[[bool], None]) -> None:
        super().__init__(root)
        self._shell, self._root = shell, root
        self._busy, self._recording, self._save, self._leave = busy, recording, save, leave
        self._work = 0
        self._looking = False
        self.page = LockPage(shell)
        self.page.unlocked.connect(self._unlocked)
        self.page.left.connect(lambda: self._leave(True))
        root.addWidget(self.page)
        self._veil = Veil(root.window())
        self._veil.prepare()
        self._hands = Hands(self)
        self._hands.moved.connect(self._touched)
        self._idle = self._timer(IDLE_LOCK_MS, lambda: self.lock("idle"))
        self._out = self._timer(LOGOUT_MS, self._log_out)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_for_keys)

    def _timer(self, ms: int, call: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(ms)
        made.timeout.connect(call)
        return made

    @property
    def locked(self) -> bool:
        return self._root.currentWidget() is self.page

    def begin(self, work: int) -> None:
        """A session has begun; ``work``: the place of its pages in the root."""
        self._work = work
        self._idle.start()
        self._look.start()
        self._hands.watch(True)

    def end(self) -> None:
        """The session is over."""
        for timer in (self._idle, self._out, self._look):
            timer.stop()
        self._hands.watch(False)
        self._veil.drop()

    def lock(self, why: str) -> None:
        """Hide everything at once; the session stays, for either officer to go on."""
        session = self._shell.session
        if session is None or self.locked:
            return
        self._save()
        self._root.setCurrentWidget(self.page)
        self._veil.lay()
        self.page.show_locked(why, recording=self._recording())
        self._idle.stop()
        self._out.start()
        self._shell.jobs.run(Lane.STORE, lambda: note_lock(session, why))

    def _unlocked(self) -> None:
        self._out.stop()
        self._idle.start()
        self._veil.part()
        self._root.setCurrentIndex(self._work)
        self._veil.lift()

    def _log_out(self) -> None:
        if self._busy():
            self._out.start()  # No recording, print or import is cut.
        else:
            self._leave(False)

    def _look_for_keys(self) -> None:
        """A key that is pulled locks at once; drivers are asked off the screen's thread."""
        cards: tuple[Card, ...] = self._shell.cards
        if not cards or self.locked or self._looking:
            return
        self._looking = True
        self._shell.jobs.run(Lane.WATCH, lambda: cards_there(cards), done=self._looked,
                             failed=lambda _error: self._looked(True))

    def _looked(self, there: bool) -> None:
        self._looking = False
        if not there:
            self.lock("key_removed")

    def _touched(self) -> None:
        if self._idle.isActive():
            self._idle.start()

"""The desk from start to end: its window, made anew when another language is chosen."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from field_app.actions.context import AppContext
from field_app.actions.whereabouts import Whereabouts
from field_app.ui.language import language, speak, tr
from field_app.ui.window import WORK, MainWindow

_LOOK_MS = 200


class Desk(QObject):
    """Holds the window. Another language takes a new one to the very place, with all that was typed."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.window = self._made(MainWindow(context))

    def _made(self, window: MainWindow) -> MainWindow:
        window.spoken.connect(self.change_language)
        return window

    def change_language(self, name: str) -> None:
        """Speak ``name``; what cannot be moved while it runs is told, and nothing changes."""
        old = self.window
        if name == language():
            return
        if old.busy:
            old.settings.show_look()
            old.shell.messages.note(tr("正在录制、打印、导入或者报送，结束后才能换语言。"))
        else:
            _when_saved(old, lambda: self._change(name))

    def _change(self, name: str) -> None:
        old = self.window
        old.shell.keep_settings(replace(old.shell.settings, language=name))
        place = _put_down(old)
        circumstances = old.desk.circumstances.typed() if (
            old.desk.stack.currentWidget() is old.desk.circumstances) else None
        offsets = old.settings.printers.typed()
        speak(name)
        new = self._made(MainWindow(self._context, old.shell.jobs))
        new.setGeometry(old.geometry())
        if old.isMaximized():
            new.setWindowState(old.windowState())
        _carry_login(old, new)
        if old.shell.session is not None:
            _take_up(new, old, place)
            if circumstances is not None:
                new.desk.circumstances.type_again(circumstances)
                self._reopen(new)
            _carry_lines(old.cases, new.cases)
            _carry_lines(old.settings, new.settings)
            new.settings.recording.take_over(old.settings.recording)
            new.settings.printers.type_again(offsets)
        new.show()
        old.hide()
        old.desk.choose_nothing()
        old.shell.session = None
        self.window = new
        self._let_go(old)

    def _reopen(self, window: MainWindow) -> None:
        """The circumstances of the case, once it is shown."""
        if window.desk.desk is not None:
            window.desk.open_circumstances()
        elif window.shell.session is not None:
            QTimer.singleShot(_LOOK_MS, self, lambda: self._reopen(window))

    def _let_go(self, old: MainWindow) -> None:
        """What the old window still waits for comes to it; then it goes."""
        if self.window.shell.jobs.idle():
            old.deleteLater()
        else:
            QTimer.singleShot(_LOOK_MS, self, lambda: self._let_go(old))


def _when_saved(window: MainWindow, then: Callable[[], None]) -> None:
    """``then`` once the paper in hand is on disk. A failure is told, and nothing follows."""
    if window.desk.editor is not None and window.shell.session is not None:
        window.desk.editor.save(then)
    else:
        then()


def _put_down(window: MainWindow) -> Whereabouts:
    """Save what is typed and stop watching; where the window stood."""
    place = window.keeper.now(behind=True) if window.shell.session is not None else Whereabouts(window.place)
    window.save()
    window.recording.stop_now()  # Nothing runs, but a camera may stand by.
    window.recording.close()
    window.keeper.end()
    window.guard.end()
    window.top.stop()
    window.importing.put_away()
    window.media.put_away()
    window.shell.jobs.failed.disconnect(window.shell.messages.error)
    return place


def _take_up(new: MainWindow, old: MainWindow, place: Whereabouts) -> None:
    """Go on with the session of ``old`` at ``place``."""
    session = new.shell.session = old.shell.officers
    new.shell.cards = old.shell.cards
    new.top.show_session(session)
    new.root.setCurrentIndex(WORK)
    if place.page in ("today", "administration"):
        new.go("today" if place.page == "today" else "settings")
    new.keeper.go_to(place)
    new.came_from = old.came_from
    if new.came_from == "new":
        new.new.type_again(old.new.typed())
    new.keeper.go_on()
    new.show_synced()
    new.guard.begin(WORK)


def _carry_login(old: MainWindow, new: MainWindow) -> None:
    for before, after in zip(old.login.halves, new.login.halves, strict=True):
        after.take_over(before)


def _carry_lines(old: QWidget, new: QWidget) -> None:
    """What stands in the lines and choices of a page that is made alike each time."""
    for before, after in zip(old.findChildren(QLineEdit), new.findChildren(QLineEdit), strict=False):
        if not before.isReadOnly() and before.text() != after.text():
            after.setText(before.text())
    for was, now in zip(old.findChildren(QComboBox), new.findChildren(QComboBox), strict=False):
        if was.count() == now.count():
            now.setCurrentIndex(was.currentIndex())


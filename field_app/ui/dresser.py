"""Changes theme and scale while the desk runs; nothing that is open or typed is lost by it."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from field_app.ui import theme
from field_app.ui.shell import Shell


class Dresser(QObject):
    """``worn``: the look changed by a key, so the page of settings shows it anew."""

    worn = Signal()

    def __init__(self, shell: Shell, parent: QObject, *, redraw: Callable[[], None]) -> None:
        super().__init__(parent)
        self._shell, self._redraw = shell, redraw

    def dress(self, name: str, scale: int) -> None:
        """Wear it; what is drawn from data is drawn again."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name, scale)
        self._redraw()

    def grow(self, by: int) -> None:
        """One size larger or smaller; 0 is back to 100 %."""
        now = theme.scale_of(self._shell.settings.scale)
        at = theme.SCALES.index(min(theme.SCALES, key=lambda s: abs(s - now)))
        self._wear(self._shell.settings.theme,
                   theme.SCALES[max(0, min(len(theme.SCALES) - 1, at + by))] if by else theme.SCALES[0])

    def other_theme(self) -> None:
        """The next theme: outdoors one key is enough."""
        names = list(theme.THEMES)
        now = self._shell.settings.theme
        following = names[(names.index(now) + 1) % len(names)] if now in names else names[0]
        self._wear(following, theme.scale_of(self._shell.settings.scale))

    def _wear(self, name: str, scale: int) -> None:
        self._shell.keep_settings(replace(self._shell.settings, theme=name, scale=str(scale)))
        self.dress(name, scale)
        self.worn.emit()

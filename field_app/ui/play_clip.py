"""Opens the player on a recording of a case."""

from datetime import datetime, timedelta

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from field_app.actions.play_clip import play_clip
from field_app.domain.case import Clip, ClipState
from field_app.domain.clock import CHINA
from field_app.ui.player import FrameSource, Playable, Player
from field_app.ui.shell import Shell


class PlayClip(QObject):
    """One player window at a time; it reads the sealed file itself."""

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self.dialog: QDialog | None = None
        self.player: Player | None = None

    def start(self, clip: Clip) -> None:
        """Play ``clip``."""
        session = self._shell.officers

        def opened() -> FrameSource:
            return play_clip(session, clip)

        def wall_at(second: float) -> datetime:
            return clip.started.astimezone(CHINA) + timedelta(seconds=second)

        whole = clip.state is ClipState.WHOLE
        marks = tuple((m["offset_ms"] / 1000, str(m["label"])) for m in clip.marks)
        self.dialog = QDialog(self._window)
        self.dialog.setWindowTitle(f"播放　{clip.number}")
        self.dialog.resize(1000, 660)
        self.player = Player()
        self.player.failed.connect(self._failed)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.player)
        self.dialog.finished.connect(self.player.close_clip)
        self.dialog.show()
        self.player.show_clip(Playable(
            title=clip.number, open=opened, marks=marks, wall_at=wall_at,
            seal="已封存，逐块核验" if whole else "断电后恢复的部分，逐块核验"))

    def _failed(self, error: BaseException) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self._shell.messages.error(error)

"""Exports and copies out with progress: the dialogs, both officers' PINs, and what came of it."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from field_app.actions.copy_out import CopiedOut, copy_out
from field_app.actions.export_clip import export_cut, export_masked
from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.play_clip import play_clip
from field_app.domain.case import Clip
from field_app.errors import UserError
from field_app.ui.ask_place import ask_place
from field_app.ui.export_dialog import ExportDialog, Wish
from field_app.ui.keys_here import both_keys
from field_app.ui.language import tr
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.progress import Progress
from field_app.ui.shell import Shell
from field_app.ui.waiting import ask


class ExportFlow(QObject):
    """``made``: a copy was added to its case."""

    made = Signal(object)

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell, self._window = shell, window
        self.progress = Progress(shell, window)
        self.dialog: ExportDialog | None = None

    def start(self, clip: Clip, at: float = 0.0, parent: QWidget | None = None) -> None:
        """Open the export dialog on ``clip`` at a second."""
        self.put_away()
        try:
            source = play_clip(self._shell.officers, clip)
            self.dialog = ExportDialog(parent or self._window, clip, source, at)
        except (UserError, OSError) as error:
            self._shell.messages.error(error)
            return
        self.dialog.wanted.connect(lambda wish: self.export(clip, wish))
        self.dialog.show()

    def export(self, clip: Clip, wish: Wish) -> None:
        """Make the copy that was wished for."""
        session, hidden = self._shell.officers, wish.hidden
        if hidden is None:
            self.progress.run(tr("正在剪辑并封存…"), lambda progress, cancelled: export_cut(
                session, clip, from_s=wish.from_s, to_s=wish.to_s, reason=wish.reason,
                progress=progress, cancelled=cancelled), done=self._done, parent=self.dialog)
        else:
            self.progress.run(tr("正在遮挡、重新编码并封存…"), lambda progress, cancelled: export_masked(
                session, clip, hidden, from_s=wish.from_s, to_s=wish.to_s, reason=wish.reason,
                progress=progress, cancelled=cancelled), done=self._done, parent=self.dialog)

    def _done(self, made: Clip) -> None:
        self.put_away()
        self._shell.messages.good(tr("已导出并封存：{number}。原件没有改动。", number=made.number))
        self.made.emit(made)

    def copy_out(self, clip: Clip) -> None:
        """Ask where to and both PINs, then write it in plain."""
        both_keys(self._shell, lambda cards: self._ask_where(clip, cards))

    def _ask_where(self, clip: Clip, cards: tuple[Card, Card]) -> None:
        chosen = ask_place(self._shell, self._window, tr("复制到哪个文件夹或U盘"))
        if chosen is None:
            return
        dialog = PinDialog(self._window, cards, tr("以明文复制出去：{number}", number=clip.number))
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.write_out(clip, chosen, dialog.answer())

    def write_out(self, clip: Clip, folder: Path, cards: tuple[CardAndPin, CardAndPin]) -> None:
        """Write ``clip`` in plain into ``folder``."""
        session = self._shell.officers
        self.progress.run(tr("正在复制并逐字节复核…"), lambda progress, cancelled: copy_out(
            session, clip, folder, cards, progress=progress, cancelled=cancelled),
            done=self._copied)

    def _copied(self, done: CopiedOut) -> None:
        self._shell.messages.good(
            tr("已复制到{folder}，共{files_count}个文件；校验值在“{hash_list}”。", folder=done.folder,
               files_count=len(done.files), hash_list=done.hash_list))

    def hide(self) -> None:
        """Show nothing of the recording; an export that runs goes on."""
        if self.progress.busy and self.dialog is not None:
            self.dialog.hide()
        else:
            self.put_away()

    def put_away(self) -> None:
        """Close the dialog, if any."""
        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None

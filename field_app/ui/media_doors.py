"""Ties the 音像 page to the player, the exports, the verification and the retention list."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from field_app.actions.verify_media import Report, verify_media
from field_app.domain.case import Clip
from field_app.domain.ids import CaseId
from field_app.ui.export_flow import ExportFlow
from field_app.ui.language import said, tr
from field_app.ui.media_page import MediaPage, size_words
from field_app.ui.parts import button, label, row
from field_app.ui.play_clip import PlayClip
from field_app.ui.progress import Progress
from field_app.ui.retention_dialog import RetentionDialog
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at


class VerifyReport(QDialog):
    """What a verification found, line by line."""

    def __init__(self, parent: QWidget, report: Report) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("核验结果"))
        open_at(self, 820, 420)
        title = tr("全部完好") if report.ok else tr("发现{findings_count}处问题", findings_count=len(report.findings))
        facts = tr("核验{files}个文件，共{size}", files=report.files, size=size_words(report.size))
        if report.deleted:
            facts += tr("；另有{deleted}件已按保存期限销毁", deleted=report.deleted)
        self.text = QTextBrowser()
        self.text.setAccessibleName(tr("核验发现的问题"))
        self.text.setPlainText("\n\n".join(
            tr("{case}　{words}\n怎么办：{remedy}", case=f.case, words=said(f.text), remedy=said(f.remedy)).strip("　")
            for f in report.findings)
            or tr("每个文件的密文和内容都与登记的校验值一致，没有缺失，也没有多出的文件。"))
        close = button(tr("关闭"), "action")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        column.addWidget(label(facts, "muted"))
        column.addWidget(self.text, 1)
        column.addLayout(row(None, close))


class MediaDoors(QObject):
    """``changed``: recordings of a case were added or went."""

    changed = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell, self._window = shell, window
        self.page = MediaPage(shell)
        self.player = PlayClip(shell, window)
        self.exports = ExportFlow(shell, window)
        self.verifying = Progress(shell, window)
        self.report: VerifyReport | None = None
        self.retention: RetentionDialog | None = None
        self.page.play.connect(self.player.start)
        self.page.export.connect(self.exports.start)
        self.page.copy_out.connect(self.exports.copy_out)
        self.page.verify.connect(self.verify)
        self.page.retention.connect(self.show_retention)
        self.page.tied.connect(self.changed)
        self.player.export.connect(self._export)
        self.player.copy_out.connect(self.exports.copy_out)
        self.exports.made.connect(lambda _clip: self._changed())

    def _export(self, clip: Clip, at: float) -> None:
        self.exports.start(clip, at, self.player.dialog)

    def _changed(self) -> None:
        if self.page.isVisible():
            self.page.refresh()
        self.changed.emit()

    def verify(self, case: CaseId | None = None) -> None:
        """Hash everything of the laptop, or of a case, anew."""
        session = self._shell.officers
        self.verifying.run(tr("正在核验全部音像…"), lambda progress, cancelled: verify_media(
            session, case, progress=progress, cancelled=cancelled), done=self._verified)

    def _verified(self, report: Report) -> None:
        self.report = VerifyReport(self._window, report)
        self.report.show()

    def show_retention(self) -> None:
        """Open the list of what is kept how long."""
        self._close(self.retention)
        self.retention = RetentionDialog(self._shell, self._window)
        self.retention.destroyed_files.connect(self._changed)
        self.retention.show()
        self.retention.refresh()

    @staticmethod
    def _close(dialog: QDialog | None) -> None:
        if dialog is not None:
            dialog.close()
            dialog.deleteLater()

    @property
    def busy(self) -> bool:
        """Whether an export, a copy or a verification runs."""
        return self.exports.progress.busy or self.verifying.busy

    def hide_all(self) -> None:
        """Show nothing of any recording (at lock); work that runs goes on."""
        self.player.put_away()
        self.exports.hide()
        self._close(self.report)
        self._close(self.retention)
        self.report = self.retention = None

    def put_away(self) -> None:
        """Stop what runs and close every window of recordings (when officers leave)."""
        self.verifying.cancel()
        self.exports.progress.cancel()
        self.hide_all()
        self.exports.put_away()

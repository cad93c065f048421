"""Opens the player on a recording of a case: marks and gaps beside it, what is said, its seal."""

import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.clip_time import gaps_of, stretches, wall_at
from field_app.actions.play_clip import note_viewed, play_clip
from field_app.actions.transcribe import Sitting, newest, save_transcript, sit_down
from field_app.actions.verify_media import Finding, check_clip
from field_app.domain.case import Clip, ClipState
from field_app.domain.clock import CHINA
from field_app.domain.recorded import Line, Transcript
from field_app.errors import Cancelled, UserError
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.list_table import wrap
from field_app.ui.parts import button, label, set_tone
from field_app.ui.playable import FrameSource, Playable, time_text
from field_app.ui.player import Player
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size, open_at
from field_app.ui.transcript_pane import TranscriptPane

GAP_WORDS = {"camera": tr_later("没有画面"), "microphone": tr_later("没有声音"),
             "clock": tr_later("时钟跳变，中间没有录制")}


def playable_of(shell: Shell, clip: Clip) -> Playable:
    """What the player needs of a clip."""
    session = shell.officers

    def opened() -> FrameSource:
        return play_clip(session, clip)

    starts, at = [], 0.0
    for one in stretches(clip):
        starts.append(at)
        at += one.seconds
    return Playable(
        title=tr("{number}（{view}摄像头）", number=clip.number, view=said(clip.view)) if clip.view else clip.number,
        open=opened, seal=tr("尚未核对校验值"), seams=tuple(starts[1:]),
        marks=tuple((m["offset_ms"] / 1000, str(m["label"])) for m in clip.marks),
        gaps=tuple((a, b, f"{time_text(a)[:8]} {tr(GAP_WORDS.get(kind, kind))}")
                   for a, b, kind in gaps_of(clip)),
        wall_at=lambda second: wall_at(clip, second).astimezone(CHINA))


class PlayDialog(QDialog):
    """One clip in a window of its own. ``export`` and ``copy_out`` ask for what they say."""

    export = Signal(object, float)
    copy_out = Signal(object)
    _progressed = Signal(object, object)  # Bytes: from 2 GiB on they are no int of Qt's.

    def __init__(self, shell: Shell, window: QWidget, clip: Clip) -> None:
        super().__init__(window)
        self._shell, self.clip = shell, clip
        self._stop = threading.Event()
        self._sitting: Sitting | None = None
        self.setWindowTitle(tr("播放　{number}", number=clip.number))
        self.setModal(False)
        open_at(self, 1320, 690)
        self.player = Player()
        self.points = QListWidget()
        self.points.setAccessibleName(tr("标记和缺口"))
        wrap(self.points)
        give_size(self.points, most_height=170)
        self.points.itemActivated.connect(self._to_point)
        self.points.itemClicked.connect(self._to_point)
        self.transcript = TranscriptPane(lambda: self.player.position_s)
        self.transcript.wanted.connect(self.player.seek)
        self.transcript.save.connect(self._save)
        self._progressed.connect(self._checking)
        self._lay_out()
        for key, call in (("Ctrl+Space", self.player.toggle), ("Ctrl+T", self.transcript.stamp)):
            QShortcut(QKeySequence(key), self).activated.connect(call)
        self.finished.connect(lambda _: self._let_go())

    def _lay_out(self) -> None:
        export = button(tr("导出副本…"), tip=tr("剪辑一段，或遮挡人脸、车牌后另存为新的封存件"))
        export.setEnabled(self.clip.copy is None)
        export.clicked.connect(lambda: self.export.emit(self.clip, self.player.position_s))
        out = button(tr("复制出去…"), tip=tr("交法院、复议机关：两人确认后以明文复制到U盘"))
        out.clicked.connect(lambda: self.copy_out.emit(self.clip))
        for made in (export, out):
            made.setAutoDefault(False)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(12)
        buttons = QHBoxLayout()
        buttons.addWidget(export)
        buttons.addWidget(out)
        column.addLayout(buttons)
        column.addWidget(label(tr("标记和缺口"), "heading"))
        column.addWidget(self.points)
        column.addWidget(self.transcript, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.player)
        split.addWidget(side)
        split.setStretchFactor(0, 1)
        split.setSizes([930, 390])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    def begin(self) -> None:
        """Show the clip, what is written of it, and begin to check its hashes."""
        made = playable_of(self._shell, self.clip)
        self.player.show_clip(made)
        set_tone(self.player.seal, "soon")
        self._fill(made)
        session, clip = self._shell.officers, self.clip
        self._shell.jobs.run(Lane.STORE, lambda: (newest(session, clip), sit_down(session, clip)),
                             done=self._show_transcript)
        if self._shell.recording is None:
            self._check()
        self.player.setFocus()

    def _fill(self, made: Playable) -> None:
        points = [(at, tr("◆ {at}　{words}", at=time_text(at)[:8], words=said(words) or tr("标记"))) for at,
                  words in made.marks]
        points += [(a, tr("✕ {words}（{seconds:.1f}秒）", words=words, seconds=b - a)) for a, b, words in made.gaps]
        for at, words in sorted(points):
            self._add_point(at, words)
        if not points:
            self.points.addItem(tr("没有标记，也没有缺口"))

    def _add_point(self, at: float, words: str) -> None:
        item = QListWidgetItem(words)
        item.setData(Qt.ItemDataRole.UserRole, at)
        self.points.addItem(item)

    def _to_point(self, item: QListWidgetItem) -> None:
        at = item.data(Qt.ItemDataRole.UserRole)
        if at is not None:
            self.player.seek(float(at))

    # The seal

    def _check(self) -> None:
        session, clip = self._shell.officers, self.clip
        self._shell.jobs.run(
            Lane.WORK, lambda: check_clip(session, clip, progress=self._progressed.emit,
                                          cancelled=self._stop.is_set),
            done=self._checked, failed=self._not_checked)

    def _checking(self, done: int, total: int) -> None:
        self._seal(tr("正在核对校验值 {done}%", done=done * 100 // max(1, total)), "soon")

    def _checked(self, found: tuple[Finding, ...]) -> None:
        whole = tr("已封存，校验一致") if self.clip.state is ClipState.WHOLE else tr("断电后恢复，校验一致")
        self._seal(whole if not found else tr("校验不符"), "plain" if not found else "stop")
        if found:
            for finding in found:
                for a, b, _low, _high in finding.lost:
                    self._add_point(a, tr("✕ {at} 已损坏（{seconds:.1f}秒）", at=time_text(a)[:8], seconds=b - a))
            self.player.problem.setText("\n".join(said(f.text) for f in found) + "\n" + said(found[0].remedy))
            self.player.problem.show()

    def _not_checked(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            self._shell.messages.error(error)

    def _seal(self, words: str, tone: str) -> None:
        self.player.seal.setText(words)
        self.player.seal.setAccessibleName(tr("封存状态：{words}", words=words))
        set_tone(self.player.seal, tone)

    # What is said

    def _show_transcript(self, found: tuple[Transcript | None, Sitting]) -> None:
        told, self._sitting = found
        self.transcript.show_lines(
            told.lines if told else (), told.saved.astimezone(CHINA) if told else None,
            told.revision if told else 0)

    def _save(self, lines: list[Line]) -> None:
        session, sitting = self._shell.officers, self._sitting
        if sitting is not None:
            self._shell.jobs.run(Lane.STORE, lambda: save_transcript(session, sitting, lines),
                                 done=self._saved, failed=self._not_saved)

    def _saved(self, made: Transcript | None) -> None:
        if made is not None:
            self.transcript.was_saved(made.saved.astimezone(CHINA), made.revision)

    def _not_saved(self, error: BaseException) -> None:
        self.transcript.was_not_saved(
            tr("没有保存：{what}{remedy}", what=said(error.what), remedy=said(error.remedy))
            if isinstance(error, UserError)
            else tr("没有保存"))
        if not isinstance(error, UserError):
            self._shell.messages.error(error)

    def _let_go(self) -> None:
        """Write the last words, tell the log what was watched, and forget the pictures."""
        self._stop.set()
        self.player.pause()
        self.transcript.save_now()
        sitting = self._sitting
        session, clip = self._shell.session, self.clip
        spans, lost = tuple(self.player.watched), self.player.lost
        at = self.player.position_s
        self.player.close_clip()
        if session is None:
            return

        def end() -> None:
            """Behind the last save in its lane, so that it is the wording that is told."""
            if sitting is not None and sitting.saved is not None:
                save_transcript(session, sitting, sitting.saved.lines, ended=True)
            note_viewed(session, clip, spans or ((at, at),), lost)

        self._shell.jobs.run(Lane.STORE, end)


class PlayClip(QObject):
    """One player window at a time; it reads the sealed file itself."""

    export = Signal(object, float)
    copy_out = Signal(object)

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self.dialog: PlayDialog | None = None

    @property
    def player(self) -> Player | None:
        return self.dialog.player if self.dialog is not None else None

    def start(self, clip: Clip, at: float = 0.0) -> None:
        """Play ``clip`` from ``at`` seconds on; another window that plays is closed first."""
        self.put_away()
        self.dialog = PlayDialog(self._shell, self._window, clip)
        self.dialog.player.failed.connect(self._failed)
        self.dialog.export.connect(self.export)
        self.dialog.copy_out.connect(self.copy_out)
        self.dialog.show()
        self.dialog.begin()
        if at > 0:
            self.dialog.player.seek(at)

    def put_away(self) -> None:
        """Close the window, if any (at lock): pictures and keys leave the memory."""
        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None

    def _failed(self, error: BaseException) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self._shell.messages.error(error)

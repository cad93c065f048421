"""Ties recordings of the 音像 page to steps: pulled there, or by keyboard; each can be taken back."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QWidget

from field_app.actions.tie_recording import TieStep, tie_recording, untie_recording
from field_app.domain.case import Clip
from field_app.domain.ids import StepId
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import button, chip, label, row
from field_app.ui.shell import Shell
from field_app.ui.step_targets import StepTargets
from field_app.ui.theme import THEMES
from field_app.ui.tie_dialog import TieDialog
from field_app.ui.timeline_strip import TimelineStrip

_BESIDE = QPoint(14, 14)


class TieByHand(QObject):
    """``tied``: a clip belongs to another step now. ``told`` is the line with what was done and its undo."""

    tied = Signal()

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell, self._page = shell, page
        self._steps: Sequence[TieStep] = ()
        self._last: Clip | None = None
        self._reason = ""
        self.dialog: TieDialog | None = None
        self.targets = StepTargets()
        self.targets.chosen.connect(self.ask)
        self._held: QLabel | None = None
        self.words = label("", wrap=True)
        self.undo = button(tr("撤销改归"), tip="Ctrl+Z")
        self.undo.clicked.connect(self.take_back)
        self.told = QWidget()
        line = row(self.words, self.undo)
        line.setContentsMargins(20, 0, 20, 8)
        line.setStretch(0, 1)
        self.told.setLayout(line)
        self.told.hide()
        QShortcut(QKeySequence.StandardKey.Undo, page).activated.connect(self.take_back)

    def show_steps(self, steps: Sequence[TieStep]) -> None:
        """The steps of the case that is shown."""
        self._steps = steps
        self.targets.show_steps(steps, THEMES.get(self._shell.settings.theme, THEMES["light"]))
        self.targets.setVisible(bool(steps))

    def forget(self) -> None:
        """Another case is shown: what was done to the last one is not offered here."""
        self._last = None
        self.told.hide()

    def watch(self, strip: TimelineStrip) -> None:
        """Take clips that are pulled out of a strip."""
        strip.dragged.connect(lambda clip, place: self._over(strip, clip, place))
        strip.dropped.connect(lambda clip, place: self._dropped(strip, clip, place))
        strip.wanted.connect(self.want)

    def want(self, clip: Clip) -> None:
        """Choose the step by keyboard."""
        self.targets.ask(clip)

    def _over(self, strip: TimelineStrip, clip: Clip, place: QPoint) -> None:
        if self._held is None:
            self._held = chip(clip.number.rsplit("-", 1)[-1], "soon")
            self._held.setParent(self._page)
            self._held.adjustSize()
            self._held.show()
        self._held.move(self._page.mapFromGlobal(place) + _BESIDE)
        self._held.raise_()
        self.targets.over(place)
        strip.light(strip.step_at(place))

    def _dropped(self, strip: TimelineStrip, clip: Clip | None, place: QPoint) -> None:
        if self._held is not None:
            self._held.hide()
            self._held.deleteLater()
            self._held = None
        step = (self.targets.over(place) or strip.step_at(place)) if clip is not None else None
        self.targets.rest()
        strip.light(None)
        if clip is not None and step is not None:
            self.ask(clip, step)

    def ask(self, clip: Clip, step: StepId) -> None:
        """Ask why, then tie."""
        if step == clip.step:
            self._shell.messages.note(tr("这段录音录像本来就属于这个环节。"))
            return
        dialog = TieDialog(self._page, clip, self._steps, step=step, reason=self._reason)
        self.dialog = dialog
        dialog.accepted.connect(lambda: self._tie(clip, *dialog.chosen))
        dialog.finished.connect(lambda _: self._gone(dialog))
        dialog.setModal(True)
        dialog.show()

    def _gone(self, dialog: TieDialog) -> None:
        self.dialog = None
        dialog.deleteLater()

    def _tie(self, clip: Clip, step: StepId, reason: str) -> None:
        session, self._reason = self._shell.officers, reason
        title = next((s.title for s in self._steps if s.id == step), "")

        def done(tied: Clip) -> None:
            self._last = tied
            self._tell(tr("{number}已归入“{title}”，录像文件没有改动。", number=tied.number, title=said(title)),
                       undo=True)
            self.tied.emit()

        self._shell.jobs.run(Lane.STORE, lambda: tie_recording(session, clip.id, step, reason=reason),
                             done=done)

    def take_back(self) -> None:
        """Undo the last tie; that is told in the log as well."""
        clip, session = self._last, self._shell.session
        if clip is None or session is None:
            return
        self._last = None

        def done(back: Clip) -> None:
            title = next((s.title for s in self._steps if s.id == back.step), "")
            self._tell(tr("已撤销，{number}仍属于“{title}”。", number=back.number, title=said(title)), undo=False)
            self.tied.emit()

        self._shell.jobs.run(Lane.STORE, lambda: untie_recording(session, clip.id), done=done)

    def _tell(self, words: str, *, undo: bool) -> None:
        self.words.setText(words)
        self.undo.setVisible(undo)
        self.told.show()

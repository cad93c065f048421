"""The locked desk: shows nothing of any case; either of the two proves the own key to go on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.session_people import unlock_again
from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import keys_here
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import button, card, label, row
from field_app.ui.pin_line import PinLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

# Why it locked by itself; whoever locked it knows.
_WHY = {"idle": tr_later("15分钟没有操作，已自动锁定。"),
        "key_removed": tr_later("密码钥匙或证书U盘已拔出，已自动锁定。")}


class LockPage(QWidget):
    """Asks one PIN; what is being recorded goes on meanwhile and is said to."""

    unlocked = Signal()
    left = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._shell = shell
        self._cards: list[Card] = []
        self._looking = False
        self.why = label("", "muted", wrap=True)
        self.running = label("", "problem", wrap=True)
        self.who = QComboBox()
        self.who.setAccessibleName(tr("由谁解锁"))
        self.pin = PinLine(tr("解锁人的证书口令"), tr("本人证书口令"))
        self.pin.returnPressed.connect(self._unlock)
        self.enter = button(tr("解锁"), "action")
        self.enter.clicked.connect(self._unlock)
        again, out = button(tr("重新读取证书"), "link"), button(tr("退出登录，换人"), "link")
        again.clicked.connect(self.look)
        out.clicked.connect(self.left)
        self.refusal = label("", "problem", wrap=True)
        give_size(self.refusal, least_height=44)
        frame, column = card()
        give_size(frame, width=460)
        column.addWidget(label(tr("工作站已锁定"), "title"))
        column.addWidget(self.why)
        column.addWidget(self.running)
        column.addWidget(label(tr("由当前两名执法人员中的一名解锁")))
        column.addWidget(self.who)
        column.addWidget(self.pin)
        column.addWidget(self.refusal)
        column.addLayout(row(again, out, None, self.enter))
        middle = QHBoxLayout(self)
        middle.addStretch(1)
        inner = QVBoxLayout()
        inner.addStretch(1)
        inner.addWidget(frame, 0, Qt.AlignmentFlag.AlignCenter)
        inner.addStretch(2)
        middle.addLayout(inner)
        middle.addStretch(1)

    def show_locked(self, why: str, *, recording: bool) -> None:
        """Say why, and that a recording goes on."""
        self.why.setText(tr(_WHY.get(why, "")))
        self.why.setVisible(why in _WHY)
        self.running.setText(tr("录音录像仍在继续。") if recording else "")
        self.running.setVisible(recording)
        self.refusal.clear()
        self.pin.forget()
        self.look()
        self.pin.setFocus()

    def look(self) -> None:
        """Find the keys of the two that are plugged in."""
        if self._shell.session is None or self._looking:
            return
        self._looking = True
        self.enter.setEnabled(False)
        self.who.setPlaceholderText(tr("正在读取证书…"))
        keys_here(self._shell, self._found)

    def _found(self, cards: list[Card]) -> None:
        self._looking = False
        session = self._shell.session
        if session is None:
            return
        here = {o.cert_sha256 for o in session.pair.both}
        chosen = self.who.currentIndex()
        self._cards = [c for c in cards if c.officer.cert_sha256 in here]
        self.who.clear()
        self.who.setPlaceholderText(tr("没有读到证书"))
        for found in self._cards:
            self.who.addItem(tr("{name}　{cert_no}", name=found.officer.name, cert_no=found.officer.cert_no))
        if self._cards:  # Nobody is chosen by itself where a placeholder is set.
            self.who.setCurrentIndex(chosen if 0 <= chosen < len(self._cards) else 0)
        self.enter.setEnabled(bool(self._cards))
        if not self._cards:
            self.refusal.setText(tr("请插入当前执法人员的密码钥匙或证书U盘，再点“重新读取证书”。"))

    def _unlock(self) -> None:
        session, index = self._shell.session, self.who.currentIndex()
        if session is None or self._looking or not 0 <= index < len(self._cards):
            return
        answer = CardAndPin(self._cards[index].place, self.pin.taken())
        self.enter.setEnabled(False)
        self._shell.jobs.run(Lane.STORE, lambda: unlock_again(session, answer),
                             done=lambda _officer: self._done(), failed=self._failed)

    def _done(self) -> None:
        self.enter.setEnabled(True)
        self.refusal.clear()
        self.unlocked.emit()

    def _failed(self, error: BaseException) -> None:
        self.enter.setEnabled(True)
        self.pin.setFocus()
        if isinstance(error, UserError):
            self.refusal.setText(f"{said(error.what)}\n{said(error.remedy)}")
        else:
            self._shell.messages.error(error)

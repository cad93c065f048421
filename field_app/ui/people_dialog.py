"""人员: who is at work now; someone joins to assist, or a partner hands over, each with the own key."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from field_app.actions.context import Session
from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.session_people import change_partner, join, leave
from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import keys_here
from field_app.ui.language import said, told, tr
from field_app.ui.parts import ElidedBox, button, card, clear, label, row, scroller
from field_app.ui.pin_line import PinLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size, room_for


class OneCard(QWidget):
    """A key and its PIN, typed by its holder."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._cards: list[Card] = []
        self.choice = ElidedBox()
        self.choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choice.setAccessibleName(tr("{words}的证书", words=words))
        self.pin = PinLine(tr("{words}的证书口令", words=words), tr("本人证书口令"))
        self.name = label(words)
        line = row(self.name, self.choice, self.pin)
        line.setContentsMargins(0, 0, 0, 0)
        line.setStretch(1, 3)
        line.setStretch(2, 2)
        self.setLayout(line)
        self.offer([])

    def offer(self, cards: list[Card]) -> None:
        """Show the keys to choose from."""
        self._cards = cards
        self.choice.clear()
        self.choice.addItem(tr("请选择证书…"))
        for one in cards:
            self.choice.addItem(
                tr("{name}　{cert_no}　{label}", name=one.officer.name, cert_no=one.officer.cert_no,
                   label=said(one.officer.role.label)))

    @property
    def card(self) -> Card | None:
        index = self.choice.currentIndex() - 1
        return self._cards[index] if 0 <= index < len(self._cards) else None

    def answer(self) -> CardAndPin | None:
        """What was chosen and typed; the PIN is cleared from the screen."""
        typed = self.pin.taken()
        return None if self.card is None else CardAndPin(self.card.place, typed)


class PeopleDialog(QDialog):
    """``changed`` carries the session as it is then."""

    changed = Signal(object)

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("在场人员"))
        give_size(self, least_width=720)
        self._shell = shell
        self.here = QVBoxLayout()
        self.helper = OneCard(tr("协助人员"))
        self.staying, self.coming = OneCard(tr("留下的执法人员")), OneCard(tr("接替的执法人员"))
        widest = max(one.name.sizeHint().width() for one in (self.staying, self.coming))
        for one in (self.staying, self.coming):
            one.name.setMinimumWidth(widest)
        self.join = button(tr("加入协助"), "action")
        self.change = button(tr("换人"))
        self.refusal = label("", "problem", wrap=True)
        self.join.clicked.connect(self._join)
        self.change.clicked.connect(self._change)
        close = button(tr("关闭"))
        close.clicked.connect(self.accept)
        inner = QWidget()
        outer = self._inner = QVBoxLayout(inner)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(16)
        outer.addWidget(self._card(tr("现在在场"), self.here, tr("协助人员可以录入、录音录像，不签字、不作决定。")))
        adding, handing = QVBoxLayout(), QVBoxLayout()
        adding.addWidget(self.helper)
        adding.addLayout(row(None, self.join))
        handing.addWidget(self.staying)
        handing.addWidget(self.coming)
        handing.addLayout(row(None, self.change))
        outer.addWidget(self._card(tr("协助人员加入"), adding, tr("由本人插入证书、输入口令。")))
        outer.addWidget(self._card(
            tr("执法人员换人"), handing,
            tr("留下的和接替的两人各自输入本人口令；换人记入日志，此后由新的两人共同负责。")))
        outer.addStretch(1)
        foot = row(self.refusal, close)
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setStretch(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._area = scroller(inner, whole=True)
        whole.addWidget(self._area, 1)
        whole.addLayout(foot)
        self._foot = foot
        self.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """As high as what it holds needs once it is dressed; Qt's own goes no further than two thirds of
        the screen."""
        beside = self.width() - self._area.verticalScrollBar().sizeHint().width()
        needed = self._inner.totalHeightForWidth(beside) + self._foot.sizeHint().height() + 2
        self.resize(self.width(), min(room_for(self).height(), max(self.height(), needed)))

    def _card(self, title: str, inside: QVBoxLayout, hint: str) -> QWidget:
        frame, column = card()
        column.addWidget(label(title, "heading"))
        column.addWidget(label(hint, "muted", wrap=True))
        column.addLayout(inside)
        return frame

    def look(self) -> None:
        """Show who is here and which keys are plugged in."""
        session = self._shell.officers
        clear(self.here)
        for officer in session.pair.both:
            self.here.addWidget(label(tr("{name}（{cert_no}）　执法人员", name=officer.name, cert_no=officer.cert_no)))
        for helper in session.assistants:
            out = button(tr("退出协助"), "link")
            out.setAccessibleName(tr("{name}退出协助", name=helper.name))
            out.clicked.connect(lambda _=False, n=helper.cert_no: self._run(
                lambda s: leave(s, n)))
            self.here.addLayout(row(
                label(tr("{name}（{cert_no}）　协助，{label}", name=helper.name, cert_no=helper.cert_no,
                         label=said(helper.role.label))), None, out))
        keys_here(self._shell, self._offer)

    def _offer(self, found: list[Card]) -> None:
        if not isValid(self) or self._shell.session is None:
            return  # Closed meanwhile.
        both = {o.cert_no for o in self._shell.session.pair.both}
        self.helper.offer([c for c in found if c.officer.cert_no not in both])
        self.staying.offer([c for c in found if c.officer.cert_no in both])
        self.coming.offer([c for c in found if c.officer.cert_no not in both and not c.problem])

    def _join(self) -> None:
        answer = self.helper.answer()
        if answer is None:
            self.refusal.setText(tr("请先选择协助人员的证书。"))
            return
        self._run(lambda s: join(s, answer))

    def _change(self) -> None:
        chosen = (self.staying.card, self.coming.card)
        first, second = self.staying.answer(), self.coming.answer()
        if first is None or second is None or None in chosen:
            self.refusal.setText(tr("请选择留下的和接替的两人的证书。"))
            return

        def changed() -> None:
            self._shell.cards = tuple(c for c in chosen if c is not None)

        self._run(lambda s: change_partner(s, first, second), then=changed)

    def _run(self, work: Callable[[Session], Session],
             then: Callable[[], None] = lambda: None) -> None:
        session = self._shell.officers
        self.refusal.clear()
        for one in (self.join, self.change):
            one.setEnabled(False)

        def done(made: Session) -> None:
            then()
            self._ready()
            self.changed.emit(made)
            self.look()

        self._shell.jobs.run(Lane.STORE, lambda: work(session), done=done, failed=self._failed)

    def _ready(self) -> None:
        for one in (self.join, self.change):
            one.setEnabled(True)

    def _failed(self, error: BaseException) -> None:
        self._ready()
        if isinstance(error, UserError):
            self.refusal.setText(told(error))
        else:
            self._shell.messages.error(error)

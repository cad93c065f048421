"""Login of two officers: two equal halves, each with certificate, holder and PIN."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.context import Session
from field_app.actions.find_cards import Card
from field_app.actions.finish_recording import Recovered, recover_recordings
from field_app.actions.log_in import CardAndPin, log_in
from field_app.actions.more_keys import tokens_at
from field_app.actions.take_from_stick import is_enrolled, take_from_stick
from field_app.errors import UserError
from field_app.languages import LANGUAGES
from field_app.ui.ask_place import ask_place
from field_app.ui.flow_row import FlowRow
from field_app.ui.icons import icon
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import keys_here
from field_app.ui.language import language, said, tr, tr_later
from field_app.ui.parts import Elided, ElidedBox, button, chip, label, row, scroller, set_tone
from field_app.ui.pin_line import PinLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size, palette, px

_PHOTO = 96
_HALF = 360  # pixels of 100 %
_SIDE, _NARROW_SIDE = 28, 16
_MARGIN, _BETWEEN = 48, 24
_WHOSE = (tr_later("第一名"), tr_later("第二名"))  # as the refusal begins


class Half(QFrame):
    """One officer's half."""

    entered = Signal()

    def __init__(self, number: int) -> None:
        super().__init__()
        self.setObjectName("card")
        self._cards: list[Card] = []
        words = {1: tr("第一名执法人员"), 2: tr("第二名执法人员")}[number]
        column = self._column = QVBoxLayout(self)
        self.photo = label()
        self.photo.setFixedSize(_PHOTO, _PHOTO)
        self.photo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = label(tr("请选择证书"), "heading")
        self.facts = label("", "muted", wrap=True)
        give_size(self.facts, least_height=60)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.state = chip(tr("未选择"))
        self.choice = ElidedBox()
        self.choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choice.setAccessibleName(tr("{words}的证书", words=words))
        self.choice.currentIndexChanged.connect(self._show)
        self.pin = PinLine(tr("{words}的证书口令", words=words), tr("本人证书口令"))
        self.pin.returnPressed.connect(self.entered)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.photo)
        side = QVBoxLayout()
        side.addWidget(label(words, "muted"))
        side.addWidget(self.name)
        side.addLayout(row(self.state, None))
        side.addStretch(1)
        head.addLayout(side, 1)
        column.addLayout(head)
        column.addWidget(self.facts)
        self._heads = label(tr("证书")), label(tr("口令"))
        for above, below in zip(self._heads, (self.choice, self.pin), strict=True):
            column.addWidget(above)
            column.addWidget(below)
        self.spread(wide=True)
        self._show()

    def spread(self, *, wide: bool) -> None:
        """With room around it, or as low as it can be: choice and line tell themselves what they are for."""
        for head in self._heads:
            head.setVisible(wide)
        side = _SIDE if wide else _NARROW_SIDE
        self._column.setContentsMargins(side, side - 4, side, side - 4)
        self._column.setSpacing(12 if wide else 8)
        self._column.activate()  # Else what lies around it reckons with what it needed before.

    def offer(self, cards: list[Card]) -> None:
        """Show the certificates found; the choice is kept when it is still there."""
        before = self.card
        self._cards = cards
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItem(tr("请选择证书…"))
        for found in cards:
            self.choice.addItem(tr("　").join(filter(None, (
                found.officer.name, found.officer.cert_no, said(found.kind)))))
        places = [c.place for c in cards]
        if before is not None and before.place in places:
            self.choice.setCurrentIndex(places.index(before.place) + 1)
        self.choice.blockSignals(False)
        self._show()

    @property
    def card(self) -> Card | None:
        index = self.choice.currentIndex() - 1
        return self._cards[index] if 0 <= index < len(self._cards) else None

    def _show(self) -> None:
        found = self.card
        picture = QPixmap(str(found.photo)) if found and found.photo else QPixmap()
        if picture.isNull():
            self.photo.setPixmap(icon("officer", palette().action, _PHOTO).pixmap(_PHOTO, _PHOTO))
        else:
            self.photo.setPixmap(picture.scaled(
                _PHOTO, _PHOTO, Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation))
        if found is None:
            self.name.setText(tr("请选择证书"))
            self.facts.setText(tr("插入证书U盘后，从下面选择本人证书。"))
            self.state.setText(tr("未选择"))
            set_tone(self.state, "plain")
            return
        officer = found.officer
        self.name.setText(officer.name)
        self.facts.setText(
            tr("执法证号　{cert_no}\n{agency}　{unit}\n证书有效期至　{valid_to:%Y-%m-%d}", cert_no=officer.cert_no,
               agency=officer.agency, unit=officer.unit, valid_to=officer.valid_to))
        self.state.setText(said(found.problem or officer.role.label))
        set_tone(self.state, "stop" if found.problem else "plain")
        self.state.setWordWrap(bool(found.problem))

    def answer(self) -> CardAndPin | None:
        """What to log in with, or None while no certificate is chosen."""
        return None if self.card is None else CardAndPin(self.card.place, self.pin.text())

    def forget(self) -> None:
        self.pin.forget()

    def take_over(self, before: "Half") -> None:
        """What was chosen and typed in another page goes on here, and no longer there."""
        self.offer(before._cards)
        self.choice.setCurrentIndex(before.choice.currentIndex())
        self.pin.setText(before.pin.taken())


class LoginPage(QWidget):
    """Both halves, and what went wrong in the exact words of the refusal."""

    logged_in = Signal(object, object)
    administer = Signal()
    spoken = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._shell = shell
        self._wide = True
        self.halves = (Half(1), Half(2))
        self.enter = button(tr("登录"), "action")
        give_size(self.enter, least_width=220)
        self.refusal = label("", "problem", wrap=True)
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        give_size(self.refusal, least_height=48)
        self.folder = Elided("muted")
        choose = button(tr("选择证书位置"), "link", tip=tr("证书U盘或文件夹"))
        driver = button(tr("密码钥匙驱动"), "link", tip=tr("使用USB密码钥匙的，选择厂家的PKCS#11驱动文件"))
        again = button(tr("重新读取"), "link")
        choose.clicked.connect(self._choose)
        driver.clicked.connect(self._choose_driver)
        again.clicked.connect(self.look)
        self.update_ = button(tr("从U盘更新本机"), "link", tip=tr("导入新的信任包，或者登记这台电脑"))
        self.certificates = button(tr("证书管理"), "link", tip=tr("系统管理员签发、换发、吊销证书，登记电脑"))
        self.update_.clicked.connect(self._choose_stick)
        self.certificates.clicked.connect(self.administer)
        self.enter.clicked.connect(self._enter)
        self.halves[0].entered.connect(self._to_second)
        self.halves[1].entered.connect(self._enter)
        self.language = QComboBox()
        self.language.setAccessibleName("语言 / Language")
        for name, words in LANGUAGES.items():
            self.language.addItem(words, name)
        self.language.setCurrentIndex(self.language.findData(language()))
        self.language.activated.connect(lambda _index: self.spoken.emit(str(self.language.currentData())))
        self._arrange(choose, driver, again)

    def _arrange(self, choose: QWidget, driver: QWidget, again: QWidget) -> None:
        inner = QWidget()
        outer = self._outer = QVBoxLayout(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._area = scroller(inner)
        whole.addWidget(self._area)
        title = label(tr("现场执法工作站"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = label(tr("两名执法人员各用本人证书登录；一人不能打开本机任何资料。"), "muted")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._heads = title, hint
        middle = QHBoxLayout()
        middle.addStretch(1)
        both = self._both = QGridLayout()  # Equal halves, also when one has more to say.
        both.setSpacing(_BETWEEN)
        for number, half in enumerate(self.halves):
            both.addWidget(half, 0, number)
            both.setColumnStretch(number, 1)
        middle.addLayout(both)
        middle.addStretch(1)
        outer.addStretch(1)
        outer.addWidget(title)
        outer.addWidget(hint)
        outer.addSpacing(12)
        outer.addLayout(middle)
        outer.addSpacing(8)
        outer.addWidget(self.refusal)
        outer.addLayout(row(None, self.enter, None))
        outer.addStretch(1)
        outer.addLayout(FlowRow(self.folder, choose, driver, again, self.update_, self.certificates, self.language,
                                right=self.update_))
        order = [*(w for h in self.halves for w in (h.choice, h.pin)), self.enter, choose, driver, again,
                 self.update_, self.certificates, self.language]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._fit)  # once all of the page has the new type

    def _fit(self) -> None:
        """Both halves side by side in any window; where large type needs more height than there is, what is not
        needed to log in goes first."""
        room = self.width() - 2 * _MARGIN - _BETWEEN - self._area.verticalScrollBar().sizeHint().width()
        for number, half in enumerate(self.halves):
            self._both.setColumnMinimumWidth(number, min(px(_HALF), room // 2))
            half.setMaximumWidth(max(px(_HALF), room // 2))
        for wide in (True, False):
            self._spread(wide=wide)
            self._outer.activate()
            if self._outer.totalHeightForWidth(self.width()) <= self.height():
                break

    def _spread(self, *, wide: bool) -> None:
        for head in self._heads:
            head.setVisible(wide)
        for half in self.halves:
            half.spread(wide=wide)
        self._wide = wide
        self._keep_room()
        self._outer.setContentsMargins(_MARGIN, 24 if wide else 8, _MARGIN, 16 if wide else 8)

    def _keep_room(self) -> None:
        """For a refusal there is room from the beginning, unless the page is as low as it can be."""
        give_size(self.refusal, least_height=48 if self._wide else 0)
        self.refusal.setVisible(self._wide or bool(self.refusal.text()))

    def look(self) -> None:
        """Look for certificates in the chosen place."""
        keys_here(self._shell, self._found)

    def _found(self, found: list[Card]) -> None:
        place = self._shell.settings.cards
        self._tell_place(place, len(found))
        for half in self.halves:
            half.offer(found)
        first, second = self.halves
        able = [number for number, card in enumerate(found, 1) if not card.problem]
        if len(able) == 2 and first.card is None and second.card is None:
            # Auxiliaries and certificates that are over may lie beside them.
            first.choice.setCurrentIndex(able[0])
            second.choice.setCurrentIndex(able[1])
            first.pin.setFocus()
        self._say_who_cannot([card for card in found if card.problem], able=len(able))
        self._say_if_new()

    def _tell_place(self, place: str, count: int) -> None:
        """A long place may be short: its end tells sticks apart."""
        if not place:
            self.folder.show_text(tr("还没有选择证书位置"))
            return
        self.folder.show_text(*(
            tr("证书位置：{place}（{count}份证书）", place=shown, count=count) if count
            else tr("证书位置：{place}（没有找到证书）", place=shown) for shown in (place, f"…/{Path(place).name}")))

    def _say_who_cannot(self, found: list[Card], *, able: int) -> None:
        """Where too few are left to log in, why is said before anybody chooses or types."""
        if found and able < 2:
            self._tell(tr("能登录的证书不足两份：{problems}\n请插入另一名执法人员的证书U盘，或联系系统管理员换发。",
                          problems="".join(said(card.problem) for card in found[:2])), "warning")

    def _say_if_new(self) -> None:
        """A new laptop says so before anybody types a PIN, and what to press."""
        known = is_enrolled(self._shell.context)
        self.update_.setText(tr("从U盘更新本机") if known else tr("从U盘登记本机"))
        if not known:
            self._tell(tr("这台电脑还没有登记为执法电脑，现在不能登录。\n请插上系统管理员给的登记U盘，"
                          "点右下方“从U盘登记本机”。"), "warning")
            self.update_.setFocus()

    def _to_second(self) -> None:
        second = self.halves[1]
        (second.choice if second.card is None else second.pin).setFocus()

    def _choose(self) -> None:
        place = ask_place(self._shell, self, tr("选择证书U盘或文件夹"))
        if place is not None:
            self._shell.keep_settings(replace(self._shell.settings, cards=str(place)))
            self.look()

    def _choose_driver(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("选择密码钥匙的PKCS#11驱动"), "", tr("驱动 (*.so *.dll)"))
        if chosen:
            self.use_driver(chosen)

    def use_driver(self, chosen: str) -> None:
        """Try a driver; keep it and look again when it loads."""
        def kept(_: object) -> None:
            self._shell.keep_settings(replace(self._shell.settings, token_module=chosen))
            self._tell("")
            self.look()

        self._shell.jobs.run(Lane.STORE, lambda: tokens_at(Path(chosen)), done=kept,
                             failed=self._failed)

    def _choose_stick(self) -> None:
        place = ask_place(self._shell, self, tr("选择U盘，或U盘里的信任包、登记文件夹"))
        if place is not None:
            self.take_from(place)

    def take_from(self, folder: Path) -> None:
        """Take the enrolment or the newer bundle that lies there; what came of it is told."""
        def taken(words: str) -> None:
            self._tell(said(words), "muted")
            self.look()

        self._tell("")
        self._shell.jobs.run(Lane.WORK, lambda: take_from_stick(self._shell.context, folder), done=taken,
                             failed=self._failed)

    def _enter(self) -> None:
        first, second = (half.answer() for half in self.halves)
        self._shell.cards = tuple(h.card for h in self.halves if h.card is not None)
        if first is None or second is None:
            missing = tr("第一名") if first is None else tr("第二名")
            self._tell(tr("{missing}执法人员还没有选择证书。执法人员不得少于两人。", missing=missing))
            return
        self._tell("")
        self.enter.setEnabled(False)
        self.enter.setText(tr("正在核验…"))

        def work() -> tuple[Session, Recovered]:
            session = log_in(self._shell.context, first, second)
            return session, recover_recordings(session)

        self._shell.jobs.run(Lane.STORE, work, done=self._done, failed=self._failed)

    def _tell(self, words: str, style: str = "problem") -> None:
        self.refusal.setObjectName(style)
        self.refusal.style().unpolish(self.refusal)
        self.refusal.style().polish(self.refusal)
        self.refusal.setText(words)
        self._keep_room()
        if words:
            QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self.refusal))

    def _ready(self) -> None:
        self.enter.setEnabled(True)
        self.enter.setText(tr("登录"))

    def _done(self, result: tuple[Session, Recovered]) -> None:
        self._ready()
        for half in self.halves:
            half.forget()
        self.logged_in.emit(*result)

    def _failed(self, error: BaseException) -> None:
        self._ready()
        if isinstance(error, UserError):
            self._tell(f"{said(error.what)}\n{said(error.remedy)}")
            for half, whose in zip(self.halves, _WHOSE, strict=True):
                if error.code == "login.wrong_pin" and error.what.startswith(whose):
                    half.pin.setFocus()
                    half.pin.selectAll()  # The next key replaces the wrong PIN.
        else:
            self._shell.messages.error(error)

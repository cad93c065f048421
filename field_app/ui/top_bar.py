"""The top bar: both officers, what headquarters last confirmed, disk, battery, the clock and lock."""

from datetime import datetime, timedelta

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from field_app.actions.context import Session
from field_app.actions.machine_state import MachineState, machine_state
from field_app.domain.clock import CHINA
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.officer_face import OfficerFace
from field_app.ui.parts import Elided, ElidedLink, button, chip, label, row, set_tone
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

_WEEKDAYS = (tr_later("周一"), tr_later("周二"), tr_later("周三"), tr_later("周四"), tr_later("周五"), tr_later("周六"),
             tr_later("周日"))
_MACHINE_MS = 15_000


def ago(then: datetime | None, now: datetime) -> str:
    """Plain words for how long ago something was."""
    if then is None:
        return tr("还没有同步过")
    past = now - then
    if past < timedelta(minutes=2):
        return tr("刚刚同步")
    if past < timedelta(hours=1):
        return tr("上次同步 {minutes} 分钟前", minutes=past.seconds // 60)
    if past < timedelta(days=1):
        return tr("上次同步 {hours} 小时前", hours=past.seconds // 3600)
    return tr("上次同步 {days} 天前", days=past.days)


class TopBar(QFrame):
    """Always visible while two officers are in; never shows only one."""

    locked = Signal()
    people = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setObjectName("top")
        give_size(self, height=56)
        self.faces = OfficerFace(), OfficerFace()
        self._session: Session | None = None
        self._synced: datetime | None = None
        self.officers = ElidedLink("")
        self.officers.clicked.connect(self.people)
        self.place = Elided("muted")
        self.clock = label("")
        self.clock_wrong = label("", "problem")
        self.clock_wrong.hide()
        self.told = Elided("muted")
        self._network = self._disk = ""
        self.behind = label("", "problem")
        self.behind.setToolTip(tr("请到“同步”报送，或者用U盘送到总部"))
        self.behind.hide()
        self.battery = chip("")
        self.battery.hide()
        self.lock = button(tr("锁定"), "link", tip=tr("锁定屏幕，两人中任一人输入口令后继续（Ctrl+L）"), icon="lock")
        self.lock.clicked.connect(self.locked)
        line = QHBoxLayout(self)
        line.setContentsMargins(20, 0, 16, 0)
        line.setSpacing(20)
        line.addLayout(row(*self.faces, self.officers, spacing=4))
        widgets: tuple[QWidget, ...] = (
            self.place, self.told, self.behind, self.battery, self.clock, self.clock_wrong, self.lock)
        for widget in widgets:
            line.addWidget(widget)
        # Where room is short, what headquarters holds is told before the agency, which both know.
        line.setStretchFactor(self.place, 1)
        self.told.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.told.setMinimumWidth(1)
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._timer, self._slow = QTimer(self), QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._slow.setInterval(_MACHINE_MS)
        self._slow.timeout.connect(self._ask_machine)

    def show_session(self, session: Session) -> None:
        """Show both officers with their numbers."""
        self._session = session
        agency = session.pair.first.agency
        self.place.show_text(agency, "")
        self._show_people(session, agency)
        photos = {card.officer.cert_no: card.photo for card in self._shell.cards}
        for face, officer in zip(self.faces, session.pair.both, strict=True):
            face.show_officer(officer.name, photos.get(officer.cert_no))
        self._tick()
        self._timer.start()
        self._ask_machine()
        self._slow.start()

    def _show_people(self, session: Session, agency: str) -> None:
        """Both always, with their numbers where there is room."""
        helpers = [a.name for a in session.assistants]
        names = tr("　").join(o.name for o in session.pair.both)
        whole = tr("　").join(tr("{name}（{cert_no}）", name=o.name, cert_no=o.cert_no) for o in session.pair.both)
        if helpers:
            named = tr("　协助：{helpers}", helpers=tr("、").join(helpers))
            whole += named
            shorter = [names + named, names + tr("　协助{count}人", count=len(helpers))]
        else:
            shorter = [names]
        self.officers.show_text(whole, *shorter, tip=tr("在场人员：协助人员加入、换人") + f"\n{whole}\n{agency}")
        self.officers.setAccessibleName(tr("在场人员：{officers}", officers=whole))

    def show_synced(self, then: datetime | None, clock: str = "", behind: str = "") -> None:
        """``clock``: that the laptop's clock is wrong, ``behind``: that it did not sync for days, in
        words; empty when it is not so."""
        self._synced = then
        self.behind.setText(said(behind))
        self.behind.setVisible(bool(behind))
        self.clock_wrong.setText(said(clock))
        self.clock_wrong.setVisible(bool(clock))
        self._tick()

    def stop(self) -> None:
        self._timer.stop()
        self._slow.stop()
        self._session = None
        for face in self.faces:
            face.forget()

    def _ask_machine(self) -> None:
        session = self._session
        if session is not None:
            self._shell.jobs.run(Lane.WATCH, lambda: machine_state(session), done=self.show_machine,
                                 failed=lambda _error: None)

    def show_machine(self, state: MachineState) -> None:
        """What is left of disk and battery; a battery that runs out is amber, then red."""
        self._disk = tr("磁盘剩余 {free} GB", free=state.free // 10**9)
        self._tell()
        charge = state.battery
        self.battery.setVisible(charge is not None)
        if charge is None:
            return
        self.battery.setText(tr("充电 {percent}%", percent=charge.percent) if charge.charging
                             else tr("电池 {percent}%", percent=charge.percent))
        self.battery.setToolTip(tr("电量不足，请接上电源；正在录制的请先停止") if state.low else "")
        set_tone(self.battery, "stop" if state.empty else "soon" if state.low else "plain")

    def _tick(self) -> None:
        if self._session is None:
            return
        now = self._session.at.astimezone(CHINA)
        self.clock.setText(tr("{now:%m月%d日} {weekday} {now:%H:%M}", now=now, weekday=tr(_WEEKDAYS[now.weekday()])))
        self._network = ago(self._synced, now)
        self._tell()

    def _tell(self) -> None:
        """When it synced last, unless that is told in red, and the room left."""
        synced = "" if self.behind.text() else self._network
        words = tr("　").join(filter(None, (synced, self._disk)))
        if words != self.told.whole:
            self.told.show_text(words, synced, "")  # A character or two would tell nothing.

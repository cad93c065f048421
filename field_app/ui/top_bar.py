"""The top bar: both officers, the clock, what headquarters last confirmed, disk and lock."""

import shutil
from datetime import datetime, timedelta

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from field_app.actions.context import Session
from field_app.domain.clock import CHINA
from field_app.ui.language import tr, tr_later
from field_app.ui.parts import Elided, button, label
from field_app.ui.theme import give_size

_WEEKDAYS = (tr_later("周一"), tr_later("周二"), tr_later("周三"), tr_later("周四"), tr_later("周五"), tr_later("周六"),
             tr_later("周日"))


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

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("top")
        give_size(self, height=56)
        self._session: Session | None = None
        self._synced: datetime | None = None
        self.officers = button("", "link", tip=tr("在场人员：协助人员加入、换人"))
        self.officers.clicked.connect(self.people)
        self.place = Elided("muted")
        self.clock = label("")
        self.clock_wrong = label("", "problem")
        self.clock_wrong.hide()
        self.network = Elided("muted")
        self.behind = label("", "problem")
        self.behind.setToolTip(tr("请到“同步”报送，或者用U盘送到总部"))
        self.behind.hide()
        self.disk = label("", "muted")
        self.lock = button(tr("锁定"), "link", tip=tr("锁定屏幕，两人中任一人输入口令后继续（Ctrl+L）"), icon="lock")
        self.lock.clicked.connect(self.locked)
        line = QHBoxLayout(self)
        line.setContentsMargins(20, 0, 16, 0)
        line.setSpacing(20)
        widgets: tuple[QWidget, ...] = (
            self.officers, self.place, self.network, self.behind, self.disk, self.clock, self.clock_wrong, self.lock)
        for widget in widgets:
            line.addWidget(widget)
        for elided, share in ((self.place, 3), (self.network, 2)):
            line.setStretchFactor(elided, share)
        self.network.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)

    def show_session(self, session: Session) -> None:
        """Show both officers with their numbers."""
        self._session = session
        helpers = tr("、").join(a.name for a in session.assistants)
        words = tr("　").join(tr("{name}（{cert_no}）", name=o.name, cert_no=o.cert_no) for o in session.pair.both)
        self.officers.setText(words + (tr("　协助：{helpers}", helpers=helpers) if helpers else ""))
        self.officers.setAccessibleName(tr("在场人员：{officers}", officers=self.officers.text()))
        self.place.show_text(session.pair.first.agency)
        self._tick()
        self._timer.start()

    def show_synced(self, then: datetime | None, clock: str = "", behind: str = "") -> None:
        """``clock``: that the laptop's clock is wrong, ``behind``: that it did not sync for days, in
        words; empty when it is not so."""
        self._synced = then
        self.network.setVisible(not behind)
        self.behind.setText(behind)
        self.behind.setVisible(bool(behind))
        self.clock_wrong.setText(clock)
        self.clock_wrong.setVisible(bool(clock))
        self._tick()

    def stop(self) -> None:
        self._timer.stop()
        self._session = None

    def _tick(self) -> None:
        if self._session is None:
            return
        now = self._session.at.astimezone(CHINA)
        self.clock.setText(tr("{now:%m月%d日} {weekday} {now:%H:%M}", now=now, weekday=tr(_WEEKDAYS[now.weekday()])))
        self.network.show_text(ago(self._synced, now))
        free = shutil.disk_usage(self._session.context.data.root).free >> 30
        self.disk.setText(tr("磁盘剩余 {free} GB", free=free))

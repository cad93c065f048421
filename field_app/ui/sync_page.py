"""同步: each case with its true state, what headquarters holds, and what to do."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from field_app.actions.clock_offset import CLOCK_REMEDY, clock_words
from field_app.actions.send_cases import Exchanged, Sent, exchange, limit_of
from field_app.actions.stick import Carried, bring_back, bring_orders, carry_out
from field_app.actions.sync_lines import CameDown, SyncLine, SyncView, sync_view
from field_app.actions.take_orders import Taken
from field_app.domain.case import SyncState
from field_app.ui.ask_place import ask_place
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import ElidedLink, button, card, chip, clear, label, row, scroller
from field_app.ui.shell import Shell
from field_app.ui.slices import Slices

_TONES = {SyncState.RECEIVED: "sealed", SyncState.REFUSED: "stop", SyncState.RETURNED: "stop",
          SyncState.DRAFT: "plain", SyncState.SEALED: "soon", SyncState.SENDING: "soon",
          SyncState.DELIVERED: "soon"}
# What is wrong first, then what is on its way, what is still worked on, what headquarters holds.
_ORDER = {SyncState.REFUSED: 0, SyncState.RETURNED: 0, SyncState.DRAFT: 2, SyncState.RECEIVED: 3}
_NATIONAL = tr_later("本区使用国密证书，不能联网报送：请把案件包拷到U盘交总部导入，再带回回执")
_POLL_MS = 400
_AT_ONCE = 20  # cases listed; further ones on demand
T = TypeVar("T")


class SyncPage(QWidget):
    """Sends what is sealed; green only by a signed receipt."""

    finished = Signal()
    copied = Signal(int, int)
    shred = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._stop = threading.Event()
        self.sending = False
        self._held: QPushButton | None = None
        self.place = label("", "muted", wrap=True)
        self.send = button(tr("全部报送"), "action")
        self.address = button(tr("填写总部地址"), "action", tip=tr("到设置里填写；没有网络的，可以拷到U盘报送"))
        self.cancel = button(tr("停止"))
        self.cancel.hide()
        self.carry = button(tr("拷到U盘…"), tip=tr("把等待报送的案件包拷到U盘，交总部导入"))
        self.bring = button(tr("收下回执…"), tip=tr("从U盘读取总部写回的回执和下发的内容"))
        self.send.clicked.connect(self.start)
        self.cancel.clicked.connect(self.stop)
        self.carry.clicked.connect(self._ask_carry)
        self.bring.clicked.connect(self._ask_bring)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("拷贝进度"))
        self.bar.hide()
        self.copied.connect(self._tell_copied)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(24, 0, 24, 20)
        self._column.setSpacing(12)
        self._frames: list[tuple[SyncLine, QWidget]] = []
        self._most = _AT_ONCE
        self._tail = QVBoxLayout()
        self._column.addLayout(self._tail)
        self._column.addStretch(1)
        self._slices = Slices(self)
        head = row(label(tr("同步"), "title"), self.place, self.cancel, self.bring, self.carry,
                   self.address, self.send, spacing=12)
        head.setStretch(1, 1)
        head.setContentsMargins(24, 16, 24, 12)
        self.clock = label("", "problem", wrap=True)
        self.clock.setContentsMargins(24, 0, 24, 12)
        self.clock.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(head)
        outer.addWidget(self.clock)
        outer.addWidget(self.bar)
        outer.addWidget(scroller(inner), 1)
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Read every case's state anew."""
        if self._shell.session is None:
            return
        session = self._shell.session
        national = session.national
        known = bool(self._shell.settings.headquarters)
        self.send.setVisible(known and not national)
        self.address.setVisible(not known and not national)
        self.place.setText(tr(_NATIONAL) if national else self._address())
        self._shell.jobs.run(Lane.STORE, lambda: sync_view(session), done=self._show)
        self._shell.jobs.run(Lane.STORE, lambda: clock_words(session), done=self._show_clock)

    def _show_clock(self, words: str) -> None:
        self.clock.setText(
            tr("与总部时间比对，{words}。{clock_remedy}。", words=said(words), clock_remedy=said(CLOCK_REMEDY))
                           if words else "")
        self.clock.setVisible(bool(words))

    def _address(self) -> str:
        place = self._shell.settings.headquarters
        return tr("总部地址　{place}", place=place) if place else tr("还没有填写总部地址：填写后联网报送，或者拷到U盘")

    def _show(self, view: SyncView) -> None:
        lines = sorted(view.lines, key=lambda line: _ORDER.get(line.state, 1))
        self._slices.start(self._fill(replace(view, lines=tuple(lines))))

    def _fill(self, view: SyncView) -> Iterator[None]:
        """While something is sent this comes several times a second: what is as it was stays."""
        listed = view.lines[:self._most]
        for place, line in enumerate(listed):
            if place < len(self._frames) and self._frames[place][0] == line:
                continue
            if place < len(self._frames):
                self._take_out(place)
            frame = self._line(line)
            self._frames.insert(place, (line, frame))
            self._column.insertWidget(place, frame)
            yield
        while len(self._frames) > len(listed):
            self._take_out(len(self._frames) - 1)
        clear(self._tail)
        if rest := len(view.lines) - len(listed):
            self._tail.addLayout(self._further(rest))
        if not view.lines:
            self._tail.addWidget(label(
                tr("还没有案件。按 Ctrl+N 新建案件；办完后点“封存报送”，就会列在这里。"), "muted", wrap=True))
        if view.came_down:
            self._tail.addWidget(self._came_down(view.came_down))

    def _further(self, rest: int) -> QHBoxLayout:
        """What is wrong and what is on its way stands first, so it is seldom what is not listed."""
        more = button(tr("再列{count}件", count=min(rest, _AT_ONCE)), "link")
        more.clicked.connect(self._list_more)
        return row(label(tr("还有{count}件没有列出；已封存的照样报送", count=rest), "muted"), more, None)

    def _list_more(self) -> None:
        self._most += _AT_ONCE
        self.refresh()

    def _take_out(self, place: int) -> None:
        _line, frame = self._frames.pop(place)
        self._column.removeWidget(frame)
        frame.hide()
        frame.deleteLater()

    def _came_down(self, found: tuple[CameDown, ...]) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("总部下发"), "heading"))
        for each in found:
            column.addLayout(row(label(each.when, "muted"), label(said(each.title), wrap=True), None,
                                 label(tr("没有采用") if each.refused else "" if each.applied else tr("无需改动"),
                                       "problem" if each.refused else "muted")))
            if each.words:
                column.addWidget(label(said(each.words), "problem" if each.refused else "muted", wrap=True))
        return frame

    def _line(self, line: SyncLine) -> QWidget:
        case, state = line.case, line.state
        frame, column = card()
        open_it = ElidedLink(tr("{local_no}　{party_name}　{cause}", local_no=case.local_no, party_name=case.party_name,
                                cause=case.cause))
        open_it.clicked.connect(lambda: self._shell.open_case(case.id))
        version = label(tr("第{revision}版", revision=case.revision) if case.revision else "", "muted")
        column.addLayout(FlowRow(chip(said(line.label), _TONES[state]), open_it, version, right=version))
        wrong = state in (SyncState.REFUSED, SyncState.RETURNED) or (case.problem and not case.shredded)
        style = "problem" if wrong else "good" if state is SyncState.RECEIVED else "muted"
        words = said(line.words)
        if case.problem:
            words = tr("{what}{remedy}", what=words, remedy=said(case.problem))
        column.addWidget(label(words, style, wrap=True))
        if state is SyncState.RECEIVED and not case.shredded:
            shred = button(tr("清除本机内容…"), "link", tip=tr("总部已签收全部内容；清除后只能到总部查阅"))
            shred.setAccessibleName(tr("清除案件{local_no}的本机内容", local_no=case.local_no))
            shred.clicked.connect(lambda: self.shred.emit(case))
            column.addLayout(row(None, shred))
        if state is SyncState.SENDING and case.total_bytes:
            bar = QProgressBar()
            bar.setMaximum(1000)
            bar.setValue(case.confirmed_bytes * 1000 // case.total_bytes)
            bar.setFormat(tr("总部已确认 {confirmed_bytes} / {total_bytes} KB",
                             confirmed_bytes=case.confirmed_bytes >> 10, total_bytes=case.total_bytes >> 10))
            bar.setAccessibleName(tr("报送进度"))
            column.addWidget(bar)
        return frame

    def start(self) -> None:
        """Send everything that waits, and take what headquarters sends down."""
        session, settings = self._shell.officers, self._shell.settings
        self._begin(lambda: exchange(
            session, settings.headquarters, cancelled=self._stop.is_set, proxy=settings.proxy,
            limit=limit_of(settings.send_limit, settings.send_hours)), self._exchanged)

    def _ask_carry(self) -> None:
        chosen = ask_place(self._shell, self, tr("拷到哪个U盘或文件夹"))
        if chosen is not None:
            self.carry_to(chosen)

    def _ask_bring(self) -> None:
        chosen = ask_place(self._shell, self, tr("选择带回回执的U盘或文件夹"))
        if chosen is not None:
            self.bring_from(chosen)

    def carry_to(self, stick: Path) -> None:
        """Copy everything that waits onto a stick."""
        session = self._shell.officers
        self._begin(lambda: carry_out(
            session, stick, cancelled=self._stop.is_set,
            progress=lambda done, total: self.copied.emit(done >> 10, total >> 10)), self._carried)

    def bring_from(self, stick: Path) -> None:
        """Apply the receipts and orders that headquarters wrote onto a stick."""
        session = self._shell.officers
        self._begin(lambda: Exchanged(tuple(bring_back(session, stick)), bring_orders(session, stick)),
                    self._brought)

    def _begin(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        if self.sending:
            return
        self.sending = True
        self._stop.clear()
        self.cancel.show()
        self._able(False)
        self._poll.start()
        self._shell.jobs.run(Lane.NETWORK, work, done=done, failed=self._failed)

    def _able(self, able: bool) -> None:
        """The keys stay on this page: a button that is disabled under them would give them to the next one."""
        if not able:
            held = self.window().focusWidget()  # Also while the window that asked for the stick is just closing.
            self._held = next((b for b in (self.send, self.carry, self.bring) if b is held), None)
            if self._held is not None:
                self.cancel.setFocus()
        for each in (self.send, self.carry, self.bring):
            each.setEnabled(able)

    def _tell_copied(self, done_kb: int, total_kb: int) -> None:
        self.bar.setVisible(self.sending)
        self.bar.setMaximum(max(1, total_kb))
        self.bar.setValue(done_kb)
        self.bar.setFormat(tr("正在拷到U盘 {done_kb} / {total_kb} KB", done_kb=done_kb, total_kb=total_kb))

    def _carried(self, carried: list[Carried]) -> None:
        if carried:
            self._shell.messages.good(
                tr("已拷{carried_count}件到{parent}。请交总部导入，再点“收下回执”。", carried_count=len(carried),
                   parent=carried[0].folder.parent))
        else:
            self._shell.messages.note(tr("没有等待报送的案件。先在案件里点“封存报送”。"))
        self._ended()

    def _brought(self, done: Exchanged) -> None:
        if done.sent or done.taken.orders:
            self._exchanged(done)
            return
        self._shell.messages.note(tr("那里没有本机等待的回执。请选择总部导入过的U盘。"))
        self._ended()

    def stop(self) -> None:
        """Ask what is being sent to end; what arrived is not sent twice."""
        self._stop.set()

    def _ended(self) -> None:
        self.sending = False
        self._poll.stop()
        self._able(True)
        if self._held is not None and self.window().focusWidget() is self.cancel:
            self._held.setFocus()
        self.bar.hide()
        self.cancel.hide()
        self.refresh()
        self.finished.emit()

    def _exchanged(self, done: Exchanged) -> None:
        down = self._down_words(done.taken)
        received = sum(r.received for r in done.sent)
        wrong: list[Sent] = [r for r in done.sent if not r.received]
        if wrong:
            self._shell.messages.note(
                tr("总部签收{received}件，{wrong_count}件没有完成：{problem}{down}", received=received,
                   wrong_count=len(wrong), problem=said(wrong[0].problem), down=down))
        elif done.taken.refused:
            self._shell.messages.note(tr("总部签收{received}件。{down}", received=received, down=down) if received
                                      else down)
        elif received:
            self._shell.messages.received(
                tr("总部已签收{received}件，回执已保存。{down}", received=received, down=down))
        else:
            self._shell.messages.note(down or tr("没有等待报送的案件。先在案件里点“封存报送”。"))
        self._ended()

    @staticmethod
    def _down_words(taken: Taken) -> str:
        if taken.refused:
            first = taken.refused[0]
            return tr("总部下发的{refused_count}项没有采用：{title}，{problem}", refused_count=len(taken.refused),
                      title=said(first.title), problem=said(first.problem))
        return tr("总部下发{applied}项，已采用，见上面的“总部下发”。", applied=taken.applied) if taken.applied else ""

    def _failed(self, error: BaseException) -> None:
        self._shell.messages.error(error)
        self._ended()

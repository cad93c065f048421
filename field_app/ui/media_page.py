"""音像: the recordings of a case in time; played, exported, verified, kept or let go from here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from field_app.actions.clip_time import length_of
from field_app.actions.media_desk import CaseWithMedia, MediaDesk, Visit, cases_with_media, media_desk
from field_app.actions.retention import reminders
from field_app.domain.case import Clip, ClipState
from field_app.domain.chinese import date_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.ui.jobs import Lane
from field_app.ui.parts import button, card, chip, clear, label, row, scroller
from field_app.ui.shell import Shell
from field_app.ui.theme import THEMES, give_size
from field_app.ui.tie_by_hand import TieByHand
from field_app.ui.timeline_strip import TimelineStrip


def length_words(seconds: float) -> str:
    """``12分05秒`` or ``1小时02分05秒``."""
    whole = round(seconds)
    hours = f"{whole // 3600}小时" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60}分{whole % 60:02d}秒"


def size_words(count: int) -> str:
    return f"{count / (1 << 30):.1f}GB" if count >= 1 << 30 else f"{max(0.1, count / (1 << 20)):.1f}MB"


class MediaPage(QWidget):
    """Every button only tells what was asked for. ``tools`` is the row that other doors stand in."""

    play = Signal(object, float)
    export = Signal(object)
    copy_out = Signal(object)
    verify = Signal(object)
    retention = Signal()
    tied = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.desk: MediaDesk | None = None
        self._wanted: CaseId | None = None
        self.cases = QComboBox()
        self.cases.setAccessibleName("案件")
        give_size(self.cases, least_width=320)
        self.cases.activated.connect(lambda _: self._choose())
        self.verify_button = button("核验全部音像", tip="重新计算每个文件的校验值，找出损坏、缺失和多出的文件")
        self.verify_button.clicked.connect(lambda: self.verify.emit(None))
        self.retention_button = button("保存期限", tip="哪些到期、哪些即将到期、哪些永久保存")
        self.retention_button.clicked.connect(self.retention)
        self.import_button = button("导入执法记录仪", tip="从记录仪、相机、录音笔导入（Ctrl+I）")
        self.import_button.clicked.connect(lambda: shell.go("import"))
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        for made in (self.import_button, self.retention_button, self.verify_button):
            self.tools.addWidget(made)
        head = QHBoxLayout()
        head.setContentsMargins(20, 12, 20, 8)
        head.setSpacing(12)
        head.addWidget(label("音像", "title"))
        head.addWidget(self.cases, 1)
        head.addLayout(self.tools)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 4, 20, 16)
        self._column.setSpacing(16)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.tying = TieByHand(shell, self)
        self.tying.tied.connect(self._tied)
        beside = row(scroller(inner), self.tying.targets, spacing=0)
        beside.setStretch(0, 1)
        beside.setContentsMargins(0, 0, 16, 16)
        outer.addLayout(head)
        outer.addWidget(self.tying.told)
        outer.addLayout(beside, 1)

    def want(self, case: CaseId) -> None:
        """Show the recordings of one case at the next refresh."""
        self._wanted = case

    def refresh(self) -> None:
        """Read everything anew."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: cases_with_media(session), done=self._show_cases)
        self._shell.jobs.run(Lane.STORE, lambda: reminders(session), done=self._remind)

    def _remind(self, found: tuple[int, int]) -> None:
        """What is due or comes due stands on the button that leads to it."""
        due, soon = found
        told = [f"到期{due}件"] * bool(due) + [f"即将到期{soon}件"] * bool(soon)
        self.retention_button.setText(f"保存期限（{'，'.join(told)}）" if told else "保存期限")

    def _show_cases(self, found: list[CaseWithMedia]) -> None:
        self.cases.clear()
        found.sort(key=lambda c: c.count == 0)  # Those with recordings first, else newest first.
        for one in found:
            count = f"{one.count}段" if one.count else "没有录音录像"
            self.cases.addItem(
                f"{one.case.local_no}　{one.case.party_name}　{one.case.cause}（{count}）", one.case.id)
        index = self.cases.findData(self._wanted) if self._wanted else 0
        self.cases.setCurrentIndex(max(0, index))
        if found:
            self._choose()
        else:
            self._show(None)

    def _tied(self) -> None:
        self._choose()
        self.tied.emit()

    def _choose(self) -> None:
        case = self.cases.currentData()
        if case is None:
            return
        if case != self._wanted:
            self.tying.forget()
        self._wanted = case
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: media_desk(session, case), done=self._show)

    def _show(self, desk: MediaDesk | None) -> None:
        self.desk = desk
        clear(self._column)
        self.tying.show_steps(desk.steps if desk and desk.visits else ())
        for visit in desk.visits if desk else ():
            self._column.addWidget(self._visit(visit))
        if desk is None or not desk.visits:
            frame, column = card()
            column.addWidget(label("这个案件还没有录音录像", "heading"))
            column.addWidget(label("到“案件”打开办案台，选好环节后按 F9 开始录制；执法记录仪里的录像可以导入。",
                                   "muted", wrap=True))
            self._column.addWidget(frame)
        self._column.addStretch(1)

    def _visit(self, visit: Visit) -> QWidget:
        frame, column = card()
        total = sum(length_of(c) for c in visit.clips)
        column.addLayout(row(
            label(date_cn(visit.day), "heading"),
            label(f"{len(visit.clips)}段，共{length_words(total)}", "muted"), None,
            label("点击播放，拖到环节上改归；红色为缺口", "muted")))
        strip = TimelineStrip(visit, THEMES.get(self._shell.settings.theme, THEMES["light"]))
        strip.play.connect(self.play)
        self.tying.watch(strip)
        column.addWidget(strip)
        for clip in (*visit.clips, *visit.copies):
            column.addLayout(self._line(clip))
        return frame

    def _line(self, clip: Clip) -> QHBoxLayout:
        there = clip.deleted is None and clip.state is not ClipState.RECORDING
        name = button(clip.number, "link", tip="播放")
        name.setEnabled(there)
        name.clicked.connect(lambda: self.play.emit(clip, 0.0))
        words = [f"{clip.started.astimezone(CHINA):%H:%M:%S} 起", length_words(length_of(clip)),
                 size_words(sum(s.size for s in clip.segments))]
        titles = self.desk.titles if self.desk else {}
        if title := titles.get(clip.step):
            words.insert(0, title)
        if clip.view:
            words.append(f"{clip.view}摄像头")
        if clip.gaps:
            words.append(f"缺口{len(clip.gaps)}处")
        if clip.marks:
            words.append(f"标记{len(clip.marks)}个")
        export, out = button("导出", "link", tip="剪辑或遮挡"), button("复制出去", "link")
        export.setAccessibleName(f"导出{clip.number}")
        out.setAccessibleName(f"复制出去{clip.number}")
        export.setEnabled(there and clip.copy is None)
        out.setEnabled(there)
        tie = button("归入…", "link", tip="归入另一环节（时间轴上按 G）")
        tie.setAccessibleName(f"{clip.number}归入另一环节")
        tie.setEnabled(clip.copy is None and clip.state is not ClipState.RECORDING)
        tie.clicked.connect(lambda: self.tying.want(clip))
        export.clicked.connect(lambda: self.export.emit(clip))
        out.clicked.connect(lambda: self.copy_out.emit(clip))
        return row(self._mark(clip), name, label("　".join(words), "muted"), None, tie, export, out)

    @staticmethod
    def _mark(clip: Clip) -> QWidget:
        if clip.deleted is not None:
            return chip("已销毁", "stop")
        if clip.state is ClipState.RECORDING:
            return chip("录制中", "stop")
        if clip.copy is not None:
            return chip(f"{clip.copy.kind.label}副本")
        if clip.state is ClipState.RECOVERED:
            return chip("断电后恢复", "soon")
        if clip.unfinished:
            return chip("没有录完", "soon")
        return chip("导入" if clip.imported else "已封存")

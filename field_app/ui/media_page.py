"""音像: the recordings of a case in time; played, exported, verified, kept or let go from here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.clip_time import length_of
from field_app.actions.media_desk import CaseWithMedia, MediaDesk, Visit, cases_with_media, media_desk
from field_app.actions.retention import reminders
from field_app.domain.case import Clip, ClipState
from field_app.domain.chinese import date_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import Elided, ElidedBox, button, card, chip, clear, label, row, scroller
from field_app.ui.shell import Shell
from field_app.ui.theme import THEMES
from field_app.ui.tie_by_hand import TieByHand
from field_app.ui.timeline_strip import TimelineStrip

_LEAST_CASE = 24  # characters


def length_words(seconds: float) -> str:
    """``12分05秒`` or ``1小时02分05秒``."""
    whole = round(seconds)
    hours = tr("{hours}小时", hours=whole // 3600) if whole >= 3600 else ""
    return tr("{hours}{minutes}分{seconds:02d}秒", hours=hours, minutes=whole // 60 % 60, seconds=whole % 60)


def size_words(count: int) -> str:
    return f"{count / 1e9:.1f}GB" if count >= 1e9 else f"{max(0.1, count / 1e6):.1f}MB"


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
        self.cases = ElidedBox()
        self.cases.setAccessibleName(tr("案件"))
        self.cases.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.cases.setMinimumContentsLength(_LEAST_CASE)
        self.cases.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cases.activated.connect(lambda _: self._choose())
        self.verify_button = button(tr("核验全部音像"), tip=tr("重新计算每个文件的校验值，找出损坏、缺失和多出的文件"))
        self.verify_button.clicked.connect(lambda: self.verify.emit(None))
        self.retention_button = button(tr("保存期限"), tip=tr("哪些到期、哪些永久保存；到期并签收过的在这里销毁"))
        self.retention_button.clicked.connect(self.retention)
        self.import_button = button(tr("导入执法记录仪"), tip=tr("从记录仪、相机、录音笔导入（Ctrl+I）"))
        self.import_button.clicked.connect(lambda: shell.go("import"))
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        for made in (self.import_button, self.retention_button, self.verify_button):
            self.tools.addWidget(made)
        tools = QWidget()
        tools.setLayout(self.tools)
        self.tools.setContentsMargins(0, 0, 0, 0)
        head = FlowRow(label(tr("音像"), "title"), self.cases, tools, gap=12)
        head.setContentsMargins(20, 12, 20, 8)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 0, 16, 0)
        self._column.setSpacing(16)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.tying = TieByHand(shell, self)
        self.tying.tied.connect(self._tied)
        beside = row(scroller(inner), self.tying.targets, spacing=0)
        beside.setStretch(0, 1)
        beside.setContentsMargins(0, 4, 20, 16)
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
        told = [tr("到期{due}件", due=due)] * bool(due) + [tr("即将到期{soon}件", soon=soon)] * bool(soon)
        self.retention_button.setText(tr("保存期限（{told}）", told=tr("，").join(told)) if told else tr("保存期限"))

    def _show_cases(self, found: list[CaseWithMedia]) -> None:
        self.cases.clear()
        found.sort(key=lambda c: c.count == 0)  # Those with recordings first, else newest first.
        for one in found:
            count = tr("{count}段", count=one.count) if one.count else tr("没有录音录像")
            self.cases.addItem(
                tr("{local_no}　{party_name}　{cause}（{count}）", local_no=one.case.local_no,
                   party_name=one.case.party_name, cause=one.case.cause, count=count), one.case.id)
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
            column.addWidget(label(tr("这个案件还没有录音录像"), "heading"))
            column.addWidget(label(tr("到“案件”打开办案台，选好环节后按 F9 开始录制；执法记录仪里的录像可以导入。"),
                                   "muted", wrap=True))
            self._column.addWidget(frame)
        self._column.addStretch(1)

    def _visit(self, visit: Visit) -> QWidget:
        frame, column = card()
        total = sum(length_of(c) for c in visit.clips)
        how = label(tr("点击播放，拖到环节上改归；红色为缺口"), "muted")
        column.addLayout(FlowRow(
            label(said(date_cn(visit.day)), "heading"),
            label(tr("{clips_count}段，共{total}", clips_count=len(visit.clips), total=length_words(total)), "muted"),
            how, right=how))
        strip = TimelineStrip(visit, THEMES.get(self._shell.settings.theme, THEMES["light"]))
        strip.play.connect(self.play)
        self.tying.watch(strip)
        column.addWidget(strip)
        for clip in (*visit.clips, *visit.copies):
            column.addLayout(self._line(clip))
        return frame

    def _line(self, clip: Clip) -> FlowRow:
        there = clip.deleted is None and clip.state is not ClipState.RECORDING
        name = button(clip.number, "link", tip=tr("播放"))
        name.setEnabled(there)
        name.clicked.connect(lambda: self.play.emit(clip, 0.0))
        words = [tr("{started:%H:%M:%S} 起", started=clip.started.astimezone(CHINA)), length_words(length_of(clip)),
                 size_words(sum(s.size for s in clip.segments))]
        titles = self.desk.titles if self.desk else {}
        if title := titles.get(clip.step):
            words.insert(0, said(title))
        if clip.view:
            words.append(tr("{view}摄像头", view=said(clip.view)))
        if clip.gaps:
            words.append(tr("缺口{gaps_count}处", gaps_count=len(clip.gaps)))
        if clip.marks:
            words.append(tr("标记{marks_count}个", marks_count=len(clip.marks)))
        export, out = button(tr("导出"), "link", tip=tr("剪辑或遮挡")), button(tr("复制出去"), "link")
        export.setAccessibleName(tr("导出{number}", number=clip.number))
        out.setAccessibleName(tr("复制出去{number}", number=clip.number))
        export.setEnabled(there and clip.copy is None)
        out.setEnabled(there)
        tie = button(tr("归入…"), "link", tip=tr("归入另一环节（时间轴上按 G）"))
        tie.setAccessibleName(tr("{number}归入另一环节", number=clip.number))
        tie.setEnabled(clip.copy is None and clip.state is not ClipState.RECORDING)
        tie.clicked.connect(lambda: self.tying.want(clip))
        export.clicked.connect(lambda: self.export.emit(clip))
        out.clicked.connect(lambda: self.copy_out.emit(clip))
        facts = Elided("muted")
        facts.show_text(tr("　").join(words))
        return FlowRow(self._mark(clip), name, facts, tie, export, out, right=tie)

    @staticmethod
    def _mark(clip: Clip) -> QWidget:
        if clip.deleted is not None:
            return chip(tr("已销毁"), "stop")
        if clip.state is ClipState.RECORDING:
            return chip(tr("录制中"), "stop")
        if clip.copy is not None:
            return chip(tr("{label}副本", label=said(clip.copy.kind.label)))
        if clip.state is ClipState.RECOVERED:
            return chip(tr("断电后恢复"), "soon")
        if clip.unfinished:
            return chip(tr("没有录完"), "soon")
        return chip(tr("导入") if clip.imported else tr("已封存"))

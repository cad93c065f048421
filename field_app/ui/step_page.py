"""The work of one step: what it owes by which law, its papers and its recordings."""

from collections.abc import Iterator
from datetime import date, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.case_desk import DeskStep
from field_app.actions.procedure_facts import form_titles
from field_app.actions.signed_pages import PagesBack
from field_app.domain.case import Clip, ClipState, PaperRecord, PaperState, StepState
from field_app.domain.chinese import date_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import StepId
from field_app.rules.procedure_debts import Debt
from field_app.rules.procedure_model import Need
from field_app.rules.procedure_timers import Timer
from field_app.ui import theme
from field_app.ui.coverage_bar import CoverageBar
from field_app.ui.flow_row import FlowRow
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.parts import Elided, ElidedBox, button, card, chip, clear, label, row, scroller, take_enter
from field_app.ui.slices import Slices
from field_app.ui.still_boxes import Still
from field_app.ui.theme import give_size

SOON_DAYS = 3
_NEEDS = {Need.MUST: tr_later("必须"), Need.SHOULD: tr_later("应当"), Need.MAY: tr_later("可以")}


def length(ms: int) -> str:
    """``12分05秒``."""
    seconds = ms // 1000
    return tr("{minutes}分{seconds:02d}秒", minutes=seconds // 60, seconds=seconds % 60)


def due_words(days: int | None) -> tuple[str, str]:
    """How many days are left, in a few words, and their tone."""
    if days is None:
        return tr("未起算"), "soon"
    if days < 0:
        return tr("已逾期{days}天", days=-days), "stop"
    if days == 0:
        return tr("今天到期"), "stop"
    return tr("还有{days}天", days=days), "soon" if days <= SOON_DAYS else "plain"


def timer_line(timer: Timer, today: date) -> QHBoxLayout:
    """A running term: days left, what must be done, until when; the law is its tool tip."""
    words, tone = due_words(timer.days_left(today))
    what = label(said(timer.duty), wrap=True)
    what.setToolTip(said(timer.text))
    until = tr("{exact:%m月%d日 %H:%M}", exact=timer.exact.astimezone(CHINA)) if timer.exact else (
        date_cn(timer.due) if timer.due else "")
    line = row(chip(words, tone), what, label(until, "muted"))
    line.setStretchFactor(what, 1)
    return line


_GAPS = {"camera": tr_later("无画面"), "microphone": tr_later("无声音"), "clock": tr_later("电脑休眠或改时间")}
_MOST_GAPS = 3
_LEAST_RESULT = 8  # characters
_SCROLL_PX = 32


def clip_notes(clip: Clip) -> list[tuple[str, str]]:
    """What an officer should know of a clip, with its style: its gaps, and its pre-roll."""
    told = []
    if clip.gaps:
        named = []
        for gap in clip.gaps[:_MOST_GAPS]:
            what = tr(_GAPS.get(str(gap.get("kind")), "缺口"))
            try:
                began = datetime.fromisoformat(str(gap.get("from"))).astimezone(CHINA)
                ended = datetime.fromisoformat(str(gap.get("to"))).astimezone(CHINA)
            except ValueError:
                continue
            named.append(f"{began:%H:%M:%S}–{ended:%H:%M:%S} {what}")
        told.append((tr("有{gaps_count}处缺口，已记入日志：{named}", gaps_count=len(clip.gaps),
                        named=tr("；").join(named)), "warning"))
    if clip.preroll_ms:
        told.append((tr("开头{preroll_ms}是按下录制之前的预录", preroll_ms=length(clip.preroll_ms)), "muted"))
    return told


def _debt_words(debt: Debt) -> str:
    return said(f"《{debt.text}》" if debt.kind == "paper" else debt.text)


class _Results(Still, ElidedBox):
    """How a step may end."""


class StepPage(QWidget):
    """Shows one step; every button only tells what was asked for."""

    begin = Signal()
    why = Signal(str, object)
    end = Signal(str)
    start_paper = Signal(str)
    open_paper = Signal(object)
    play = Signal(object)
    tie = Signal(object)
    paper_back = Signal(object)
    print_all = Signal()
    print_log = Signal()
    blank_forms = Signal()
    import_media = Signal()
    photos = Signal(object)  # of a paper's signed pages, or None: of the case

    def __init__(self) -> None:
        super().__init__()
        self._today = date.min
        self._owed: list[QPushButton] = []
        self._look = theme.THEMES["light"]
        self._step: StepId | None = None
        self._stood = 0
        self._to_top = False
        self._slices = Slices(self)
        self._slices.ended.connect(self._built)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(16)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = scroller(inner)
        self._area.verticalScrollBar().rangeChanged.connect(self._stand)
        outer.addWidget(self._area)

    def set_theme(self, name: str) -> None:
        """Draw bars in a theme's colours from the next step shown on."""
        self._look = theme.THEMES.get(name, self._look)

    def show_step(self, step: DeskStep, today: date) -> None:
        """Show ``step`` with what it owes; ``today`` counts the days left."""
        self._today = today
        bar = self._area.verticalScrollBar()
        self._stood = self._area.stands if self._step == step.step.id else 0  # Another step begins at its top.
        self._to_top = not self._stood
        bar.setValue(self._stood)
        self._step = step.step.id
        clear(self._column)
        self._owed = []
        self._slices.start(self._build(step))

    def begin_anew(self) -> None:
        """Whatever is shown next is shown from its top."""
        self._step = None

    def _stand(self, _least: int, most: int) -> None:
        """Back to where it stood before it was built anew, as soon as it is long enough again."""
        if self._stood and most >= self._stood:
            self._area.verticalScrollBar().setValue(self._stood)
            self._stood = 0

    def _built(self) -> None:
        """What took the keys meanwhile may have been brought into sight."""
        if self._to_top:
            QTimer.singleShot(0, self, lambda: self._area.verticalScrollBar().setValue(0))

    def _build(self, step: DeskStep) -> Iterator[None]:
        self._column.addWidget(self._head(step))
        yield
        yield from self._papers(step)
        yield from self._recordings(step)
        self._column.addStretch(1)

    def _head(self, step: DeskStep) -> QWidget:
        frame, column = card()
        state = step.step.state
        title = FlowRow(label(said(step.rule.title), "heading"))
        if state is StepState.NOW:
            self._add_end(title, step)
        elif state is StepState.TODO or step.can_begin:
            begin = button(tr("开始本环节") if state is StepState.TODO else tr("再次办理"), "action", icon="next")
            begin.setEnabled(step.can_begin)
            begin.clicked.connect(self.begin)
            if not step.can_begin and step.waits_for:
                title.add_right(self._why_button(step))
            title.add_right(begin)
        column.addLayout(title)
        column.addWidget(label(said(step.rule.hint), "muted", wrap=True))
        for timer in step.timers:
            column.addLayout(timer_line(timer, self._today))
        for reason in step.waits_for:
            column.addWidget(
                label(tr("{words}，{remedy}。", words=said(reason.text), remedy=said(reason.remedy)), "warning",
                      wrap=True))
        if step.step.started:
            words = tr("开始 {started:%m月%d日 %H:%M}", started=step.step.started.astimezone(CHINA))
            if step.step.finished:
                words += tr("　完成 {finished:%m月%d日 %H:%M}", finished=step.step.finished.astimezone(CHINA))
            column.addWidget(label(words, "muted"))
        if step.outcome is not None:
            column.addWidget(label(tr("结果：{label}", label=said(step.outcome.label))))
        if step.step.reason:
            column.addWidget(label(tr("说明：{reason}", reason=step.step.reason), "warning", wrap=True))
        return frame

    def _why_button(self, step: DeskStep) -> QPushButton:
        made = button(tr("为什么不能做？"), "link", tip=tr("逐条列出理由、依据和怎么办"), icon="why")
        made.clicked.connect(
            lambda: self.why.emit(tr("“{title}”现在还不能办", title=said(step.rule.title)), step.waits_for))
        return made

    def owed_buttons(self) -> list[QPushButton]:
        """The buttons that begin what the step must have and does not, in their order."""
        self._slices.advance()
        return list(self._owed)

    def focus_end(self) -> None:
        """To the choice of how the step ends, or to the button that ends it."""
        for made in (*self.findChildren(QComboBox), *self.findChildren(QPushButton, "action")):
            if made.isVisible() and made.isEnabled():
                made.setFocus()
                return

    def _add_end(self, line: FlowRow, step: DeskStep) -> None:
        """How the step ends is chosen beside the button that ends it."""
        results = _Results()
        results.setAccessibleName(tr("本环节的结果"))
        if len(step.choices) > 1:
            results.addItem(tr("请选择结果"), "")
            for one in step.choices:
                results.addItem(said(one.label), one.key)
            # As wide as there is room; the list that opens shows the whole of each.
            results.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            asked = results.fontMetrics().horizontalAdvance(results.itemText(0))
            results.setMinimumContentsLength(
                max(_LEAST_RESULT, asked // results.fontMetrics().horizontalAdvance("X") + 1))
            results.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            results.view().setMinimumWidth(results.view().sizeHintForColumn(0) + _SCROLL_PX)
            give_size(results, most_width=360)
            line.add_right(results)
        else:
            results.addItem("", step.choices[0].key if step.choices else "")
            results.setParent(self)
            results.hide()
        end = button(tr("完成本环节"), "action", tip=tr("文书和音像齐全后完成；选好结果后按回车也可以"), icon="done")
        enter = QShortcut(QKeySequence("Return"), results)
        enter.setContext(Qt.ShortcutContext.WidgetShortcut)
        enter.activated.connect(end.click)
        take_enter(end)
        end.clicked.connect(lambda: self.end.emit(str(results.currentData())))
        line.add_right(end)

    def _debt(self, debt: Debt, *, open_step: bool) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        mark = chip(tr("已有")) if debt.paid else chip(tr(_NEEDS[debt.need]), "soon")
        words = label(_debt_words(debt), wrap=True)
        line = row(mark, words)
        line.setStretchFactor(words, 1)
        if debt.kind == "paper" and open_step:
            line.addWidget(self._fill_button(debt))
        column.addLayout(line)
        if debt.only and not debt.paid:
            column.addWidget(label(capital(said(debt.only)), "muted", wrap=True))
        if debt.basis and not debt.paid:
            column.addWidget(label(tr("依据：{basis}", basis=said(debt.basis)), "muted", wrap=True))
        return inner

    def _fill_button(self, debt: Debt) -> QPushButton:
        """Begins the owed paper; where any of several pays, a menu asks which."""
        one = len(debt.forms) < 2
        make = button(tr("再填一份") if debt.paid else tr("填写") if one else tr("选填一种"),
                      "link" if debt.paid else "")
        make.setAccessibleName(tr("填写{words}", words=_debt_words(debt)))
        if debt.need is Need.MUST and not debt.paid:
            self._owed.append(make)
        if one:
            make.clicked.connect(lambda: self.start_paper.emit(debt.key))
            return make
        menu = QMenu(make)
        for form in debt.forms:
            choice = menu.addAction(tr("《{title}》", title=said(form_titles().get(form, form))))
            choice.triggered.connect(lambda _=False, f=form: self.start_paper.emit(f))
        make.setMenu(menu)
        return make

    def _papers(self, step: DeskStep) -> Iterator[None]:
        frame, column = card()
        self._column.addWidget(frame)
        column.addLayout(self._paper_head(step))
        drafted = {p.form for p in step.papers if p.state is PaperState.DRAFT}
        for debt in step.debts:
            if debt.kind in ("paper", "approval"):
                can = (step.step.state is StepState.NOW or debt in step.lost) and debt.key not in drafted
                column.addWidget(self._debt(debt, open_step=can))
                yield
        for paper in step.papers:
            column.addLayout(self._paper_line(paper))
            back = next((s for s in step.signed if s.paper == paper.id), None)
            if back is not None:
                column.addLayout(self._signed_line(paper, back))
            yield

    def _paper_head(self, step: DeskStep) -> FlowRow:
        blank, log = button(tr("空白文书"), "link", tip=tr("打印空白文书，供手工填写")), button(tr("打印记录"), "link")
        blank.clicked.connect(self.blank_forms)
        log.clicked.connect(self.print_log)
        every = button(tr("打印本环节全部文书"), tip=tr("已定稿的各按规定份数，依次打印"), icon="print")
        every.setEnabled(any(p.state is PaperState.ISSUED for p in step.papers))
        every.clicked.connect(self.print_all)
        return FlowRow(label(tr("文书"), "heading"), blank, log, every, right=blank)

    def _paper_line(self, paper: PaperRecord) -> FlowRow:
        draft = paper.state is PaperState.DRAFT
        open_it = button(tr("《{title}》", title=said(paper.title)), "link")
        open_it.clicked.connect(lambda: self.open_paper.emit(paper))
        told: QWidget = label(tr("{number}　共{pages}页", number=paper.number, pages=paper.pages)
                              if paper.pages else tr("没有定稿"), "muted")
        if draft:
            told = go_on = button(tr("继续填写"))
            go_on.setAccessibleName(tr("继续填写《{title}》", title=said(paper.title)))
            go_on.clicked.connect(lambda: self.open_paper.emit(paper))
        mark = chip(tr("草稿"), "soon") if draft else (
            chip(tr("已作废"), "stop") if paper.state is PaperState.VOID else chip(tr("已定稿")))
        return FlowRow(mark, open_it, told, right=told)

    def _signed_line(self, paper: PaperRecord, back: PagesBack) -> FlowRow:
        bring = button(tr("拍回签字件") if back.owed else tr("再拍"), "" if back.owed else "link",
                       tip=tr("用摄像头或文件取回签好的纸"))
        bring.setAccessibleName(tr("拍回《{title}》的签字件", title=said(paper.title)))
        bring.clicked.connect(lambda: self.paper_back.emit(paper))
        told = label(capital(said(back.words)), "warning" if back.owed else "muted")
        line = FlowRow(label(tr("　└")), told)
        if back.back:
            look = button(tr("查看签字件"), "link")
            look.clicked.connect(lambda: self.photos.emit(paper))
            line.add_right(look)
        line.add_right(bring)
        return line

    def _recordings(self, step: DeskStep) -> Iterator[None]:
        frame, column = card()
        self._column.addWidget(frame)
        bring = button(tr("从记录仪导入"), "link", tip=tr("从执法记录仪、相机、录音笔、手机的卡导入（Ctrl+I）"))
        bring.clicked.connect(self.import_media)
        look = button(tr("照片"), "link", tip=tr("看本案的照片：录制时拍的和导入的"))
        look.clicked.connect(lambda: self.photos.emit(None))
        column.addLayout(FlowRow(label(tr("录音录像"), "heading"), look, bring, right=look))
        covered = {one.item: one for one in step.covered}
        for debt in step.debts:
            if debt.kind == "recording":
                column.addWidget(self._debt(debt, open_step=False))
                if debt.key in covered and (debt.paid or step.clips or covered[debt.key].found.clips):
                    column.addWidget(CoverageBar(covered[debt.key], self._look))
        if step.step.state is StepState.NOW and not step.clips:
            column.addWidget(label(tr("按 F9 开始录制，录像会归入本环节。"), "muted"))
        for clip in step.clips:
            column.addLayout(self._clip_line(clip))
            yield

    def _clip_line(self, clip: Clip) -> QVBoxLayout:
        column = QVBoxLayout()
        if clip.state is ClipState.RECORDING:
            column.addLayout(row(chip(tr("录制中"), "stop"), label(clip.number), None))
            return column
        play = button(clip.number, "link", tip=tr("播放"))
        play.clicked.connect(lambda: self.play.emit(clip))
        mark = chip(tr("断电后恢复"), "soon") if clip.state is ClipState.RECOVERED else (
            chip(tr("导入并封存")) if clip.imported else chip(tr("已封存")))
        what = tr("没有录完，不能播放") if clip.unfinished else tr("画面和声音") if (
            clip.has_video and clip.has_audio) else tr("仅画面") if clip.has_video else tr("仅声音")
        start = f"{clip.started.astimezone(CHINA):%H:%M:%S}"
        tie = button(tr("改归环节"), "link", tip=tr("录制时选错环节的，改归本案另一环节；录像文件不变"))
        tie.setAccessibleName(tr("把{number}改归另一环节", number=clip.number))
        tie.clicked.connect(lambda: self.tie.emit(clip))
        view = tr("{view}　", view=said(clip.view)) if clip.view else ""
        facts = Elided("muted")
        facts.show_text(tr("{view}{start} 起　{duration_ms}　{what}", view=view, start=start,
                           duration_ms=length(clip.duration_ms), what=what))
        column.addLayout(FlowRow(mark, play, facts, tie, right=facts))
        for words, style in clip_notes(clip):
            column.addWidget(label(words, style, wrap=True))
        return column

"""从记录仪导入: choose the card, set its clock right, see the plan, bring it in."""

import threading
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.import_clock import look_for_clock
from field_app.actions.import_drives import drive_at, plugged_in
from field_app.actions.import_known import take_known, write_known
from field_app.actions.import_plan import ImportPlan, Verdict, plan_import
from field_app.actions.import_words import offset_cn
from field_app.domain.ids import StepId
from field_app.domain.imports import DeviceClock
from field_app.errors import Cancelled
from field_app.ui.flow_row import FlowRow
from field_app.ui.import_clock import ClockPage, TypedClock
from field_app.ui.import_run import ImportFoot
from field_app.ui.import_table import PlanTable
from field_app.ui.import_timeline import Timeline
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import ElidedBox, Flowing, button, card, label, scroller
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size
from field_app.ui.waiting import ask

_POLL_MS = 200
_LEAST_CARD = 24  # characters
_LEAST_TABLE_PX = 180  # its heads and four lines
_HOW = {"photo": tr_later("按校时照片"), "typed": tr_later("按填写的两个时间"),
        "earlier": tr_later("按上次导入时测得的"), "": ""}
_FILTERS = ((None, tr_later("全部")), (Verdict.KEEP, tr_later("导入")), (Verdict.NO_STEP, tr_later("没有对应环节")),
            (Verdict.DUPLICATE, tr_later("已导入过")), (Verdict.TROUBLE, tr_later("不能导入")),
            (Verdict.SKIP, tr_later("不导入")))


class ImportPage(QWidget):
    """One card at a time. ``changed`` when recordings came into cases."""

    changed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.plan: ImportPlan | None = None
        self._clock: DeviceClock | None = None
        self._looking = threading.Event()
        self._seen = 0
        self._given: dict[str, StepId | None] = {}
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._show_reading)
        self.source = ElidedBox()
        self.source.setAccessibleName(tr("存储卡"))
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setMinimumContentsLength(_LEAST_CARD)
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.source.currentIndexChanged.connect(lambda _index: self._card_changed())
        self.device = label("", "muted", wrap=True)
        self.device.hide()
        self.time = Flowing()
        self.timeline = Timeline()
        self.table = PlanTable()
        give_size(self.table, least_height=_LEAST_TABLE_PX)
        self.table.left_out.connect(lambda: self._give(None))
        self.table.chosen.connect(self._selection)
        self.foot = ImportFoot(shell)
        self.foot.card = self.source.currentData
        self.foot.ended.connect(self._run_ended)
        self.foot.brought.connect(self._all_in)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 12, 20, 0)
        column.setSpacing(8)
        column.addWidget(label(tr("从记录仪、相机、录音笔、手机导入"), "heading"))
        column.addWidget(self._head())
        column.addWidget(self.timeline)
        column.addLayout(self._filters())
        column.addWidget(self.table, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroller(inner), 1)  # Scrolls only where the screen is too low for some lines of the table.
        self.for_messages = QVBoxLayout()
        self.for_messages.setContentsMargins(20, 0, 20, 0)
        outer.addLayout(self.for_messages)
        begin = QVBoxLayout()
        begin.setContentsMargins(20, 8, 20, 12)
        begin.addWidget(self.foot)
        outer.addLayout(begin)
        self._show(None)

    def _head(self) -> QWidget:
        frame, column = card()
        column.setContentsMargins(16, 12, 16, 12)
        other, again = button(tr("选择文件夹…")), button(tr("刷新"), "link", tip=tr("重新查找插入的卡"))
        other.clicked.connect(self._browse)
        again.clicked.connect(self.refresh)
        more = button(tr("更多"), "link")
        menu = QMenu(more)
        menu.addAction(tr("读入另一台电脑的导入清单…")).triggered.connect(self._take_list)
        menu.addAction(tr("写出本机的导入清单…")).triggered.connect(self._write_list)
        more.setMenu(menu)
        self.look = button(tr("查看计划"), "action", tip=tr("只读卡，不复制"))
        self.look.clicked.connect(self.start)
        page, photo, typed = (button(tr("打开校时页面"), tip=tr("用记录仪拍一张电脑时间")),
                              button(tr("从卡上找校时照片")), button(tr("填写两个时间")))
        page.clicked.connect(self._show_clock)
        photo.clicked.connect(self._find_clock)
        typed.clicked.connect(self._type_clock)
        self._needs_plan = (photo,)
        column.addLayout(FlowRow(label(tr("存储卡")), self.source, again, other, self.look, more))
        column.addWidget(self.device)
        column.addLayout(FlowRow(label(tr("记录仪时钟")), self.time, page, photo, typed, right=page))
        return frame

    def _filters(self) -> FlowRow:
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("只看"))
        give_size(self.filter, least_width=190)
        for verdict, words in ((v, tr(w)) for v, w in _FILTERS):
            self.filter.addItem(words, verdict)
        self.filter.currentIndexChanged.connect(
            lambda _index: self.table.only(self.filter.currentData()))
        self.step = ElidedBox()
        self.step.setAccessibleName(tr("归入的环节"))
        self.step.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_size(self.step, least_width=240, most_width=420)
        self.give = button(tr("归入"), tip=tr("把选中的文件归入这个环节"))
        self.give.clicked.connect(lambda: self._give(self.step.currentData()))
        self.skip = button(tr("不导入"), tip=tr("选中的文件不导入（Delete）"))
        self.skip.clicked.connect(lambda: self._give(None))
        chosen = label(tr("选中的文件"), "muted")
        return FlowRow(label(tr("只看"), "muted"), self.filter, chosen, self.step, self.give, self.skip, right=chosen)

    def _tell_device(self, words: str) -> None:
        self.device.setText(words)
        self.device.setVisible(bool(words))

    def refresh(self) -> None:
        """Look which cards are plugged in, and whether an import was cut short."""
        self._shell.jobs.run(Lane.WORK, plugged_in, done=lambda found: self._offer(
            [d.root for d in found], [d.label for d in found]))
        self.foot.look_for_interrupted()

    def _offer(self, roots: list[Path], labels: list[str]) -> None:
        now = self.source.currentData()
        self.source.blockSignals(True)
        self.source.clear()
        if now is not None and now not in roots:
            roots, labels = [now, *roots], [drive_at(now).label, *labels]
        for root, words in zip(roots, labels, strict=True):
            self.source.addItem(tr("{words}　{root}", words=said(words), root=root), root)
        if not roots:
            self.source.addItem(tr("没有找到存储卡，插卡后请刷新"), None)
        self.source.setCurrentIndex(max(0, self.source.findData(now)))
        self.source.blockSignals(False)
        self.look.setEnabled(self.source.currentData() is not None and not self.foot.running)

    def choose(self, folder: Path) -> None:
        """Take a folder as the card."""
        drive = drive_at(folder)
        if self.source.findData(folder) < 0:
            self.source.insertItem(0, tr("{label}　{folder}", label=said(drive.label), folder=folder), folder)
        self.source.setCurrentIndex(self.source.findData(folder))
        self.look.setEnabled(not self.foot.running)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("选择卡或文件夹"))
        if chosen:
            self.choose(Path(chosen))

    def _take_list(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, tr("读入导入清单"), "", tr("导入清单 (*.json)"))
        session = self._shell.officers
        if name:
            self._shell.jobs.run(Lane.STORE, lambda: take_known(session, Path(name)),
                                 done=self._list_taken)

    def _list_taken(self, new: int) -> None:
        self._shell.messages.good(tr("已读入清单，新增{new}个文件；计划里会标明它们已导入过。", new=new))
        if self.plan is not None:
            self.start()

    def _write_list(self) -> None:
        session = self._shell.officers
        name, _kind = QFileDialog.getSaveFileName(
            self, tr("写出导入清单"), f"导入清单-{session.header.device}.json",
            tr("导入清单 (*.json)"))
        if name:
            self._shell.jobs.run(
                Lane.STORE, lambda: write_known(session, Path(name)),
                done=lambda count: self._shell.messages.good(
                    tr("已写出{count}个文件的校验值，交给另一台电脑读入，避免重复导入。", count=count)))

    def _card_changed(self) -> None:
        self._clock = None
        self._given.clear()
        if not self.foot.running:
            self._show(None)
            self.look.setEnabled(self.source.currentData() is not None)

    def start(self) -> None:
        """Read the card and show the plan; pressed again, stop reading."""
        root, session, clock = self.source.currentData(), self._shell.officers, self._clock
        if self._poll.isActive():
            self._looking.set()
            return
        if root is None or self.foot.running:
            return
        self._looking.clear()
        self._seen = 0
        self.look.setText(tr("停止读卡"))
        self._poll.start()
        self._show_reading()

        def told(count: int, _name: str) -> None:
            self._seen = count

        self._shell.jobs.run(
            Lane.CARD, lambda: plan_import(session, root, clock=clock, progress=told,
                                           cancelled=self._looking.is_set),
            done=self._planned, failed=self._not_planned)

    def _show_reading(self) -> None:
        self._tell_device(tr("正在读卡……已看{seen}个文件", seen=self._seen) if self._seen else tr("正在读卡……"))

    def _read(self) -> None:
        self._poll.stop()
        self.look.setText(tr("查看计划"))

    def _planned(self, plan: ImportPlan) -> None:
        self._read()
        if plan.root != self.source.currentData():
            self._show(None)
            return
        for path, step in self._given.items():  # What officers decided stays decided.
            if step is None or any(w.step == step for w in plan.windows):
                plan = plan.give(path, step)
        self._shell.messages.clear()
        self._show(plan)
        self.table.setFocus()

    def _not_planned(self, error: BaseException) -> None:
        self._read()
        self._show(None)
        if not isinstance(error, Cancelled):
            self._shell.messages.error(error)

    def _show(self, plan: ImportPlan | None) -> None:
        self.plan = plan
        for view in (self.table.plan_model, self.timeline):
            view.theme = self._shell.settings.theme
        self.table.show_plan(plan)
        self.timeline.show_plan(plan)
        self.foot.show_plan(plan)
        counts = plan.counts if plan is not None else {}
        for index, (verdict, words) in enumerate((v, tr(w)) for v, w in _FILTERS):
            count = sum(counts.values()) if verdict is None else counts.get(verdict, 0)
            self.filter.setItemText(index, tr("{words}　{count}", words=words, count=count) if plan is not None
                                    else words)
        for widget in (*self._needs_plan, self.filter, self.step):
            widget.setEnabled(plan is not None)
        self._show_device(plan)
        self._show_steps(plan)
        self._selection()

    def _show_device(self, plan: ImportPlan | None) -> None:
        if plan is None:
            self._tell_device("")
            self.time.setText(tr("先看计划，再核对时钟") if self._clock is None
                                else tr("{offset}，查看计划时采用", offset=said(offset_cn(self._clock.offset))))
            return
        serial = tr("　设备编号{serial}", serial=plan.serial) if plan.serial else ""
        self._tell_device((said(plan.profile_title) or tr("没有认出的设备")) + serial)
        self.time.setText(
            tr("{offset}（{how}）", offset=said(offset_cn(plan.offset)), how=tr(_HOW[plan.clock_how])) if plan.clock_how
            else tr("没有核对，暂按记录仪自己的时间；核对后会自动重新归位"))

    def _show_steps(self, plan: ImportPlan | None) -> None:
        now = self.step.currentData()
        self.step.clear()
        for window in reversed(plan.windows if plan is not None else ()):
            when = f"{window.span.start:%m-%d %H:%M}"
            self.step.addItem(tr("{title}　{party}　{case_no}　{when}", title=said(window.title), party=window.party,
                                 case_no=window.case_no, when=when), window.step)
        self.step.setCurrentIndex(max(0, self.step.findData(now)))

    def _selection(self) -> None:
        able = not self.foot.running and any(f.importable for f in self.table.selected())
        self.give.setEnabled(able and self.step.count() > 0)
        self.skip.setEnabled(able)

    def _give(self, step: StepId | None) -> None:
        if self.plan is None or self.foot.running:
            return
        paths = [f.found.path for f in self.table.selected() if f.importable]
        self._given.update(dict.fromkeys(paths, step))
        self._show(self.plan.give_all(paths, step))

    def _show_clock(self) -> None:
        page = ClockPage(self._shell, self)
        page.showFullScreen()

    def _type_clock(self) -> None:
        asked = TypedClock(self._shell, self)
        if ask(asked) and asked.clock is not None:
            self.take_clock(asked.clock)

    def take_clock(self, clock: DeviceClock) -> None:
        """Use this measurement; a plan that stands is made anew."""
        self._clock = clock
        if self.plan is not None:
            self.start()
        else:
            self._show_device(None)

    def _find_clock(self) -> None:
        plan, session = self.plan, self._shell.officers
        if plan is None:
            return
        files = [f.found for f in plan.files]
        self._shell.jobs.run(Lane.CARD, lambda: look_for_clock(session, plan.root, files),
                             done=self._clock_found)

    def _clock_found(self, clock: DeviceClock | None) -> None:
        if clock is None:
            self._shell.messages.note(tr("最近的照片里没有读到校时二维码。请打开校时页面，用记录仪拍一张清楚的照片，"
                                         "再插卡；或者填写两个时间。"))
            return
        self.take_clock(clock)

    def _all_in(self) -> None:
        """Tell of every file that it is in; the foot keeps telling what came of it."""
        if self.plan is not None:
            self.plan = self.plan.brought_in()
            self.table.show_plan(self.plan)

    def _run_ended(self) -> None:
        self._selection()
        if self.isVisible():
            self.table.setFocus()
        self.look.setEnabled(self.source.currentData() is not None)
        self.changed.emit()

    @property
    def busy(self) -> bool:
        """Whether files are being brought in or deleted."""
        return self.foot.running

    def stop(self) -> None:
        """End what runs (at closing time)."""
        self._looking.set()
        self.foot.stop()

    def put_away(self) -> None:
        """Forget the plan (at lock)."""
        self._looking.set()
        self._clock = None
        self._given.clear()
        self._show(None)

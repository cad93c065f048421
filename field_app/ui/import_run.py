"""The foot of the import page: what will be done, how far it is, and what came of it."""

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from field_app.actions.import_cleanup import (
    Deleted,
    OnCard,
    delete_from_card,
    files_of_plan,
    files_of_run,
)
from field_app.actions.import_plan import ImportPlan, Verdict
from field_app.actions.import_recorder import (
    ImportProgress,
    ImportResult,
    Interrupted,
    give_up_import,
    interrupted_imports,
    remaining_cn,
    run_import,
    start_import,
)
from field_app.errors import Cancelled
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import button, label, row
from field_app.ui.shell import Shell

_POLL_MS = 200


def size_cn(count: int) -> str:
    """``1.2GB``, ``35MB``."""
    return f"{count / 1e9:.1f}GB" if count >= 1e9 else f"{count / 1e6:.0f}MB" if (
        count >= 1e6) else f"{count / 1e3:.0f}KB"


class ImportFoot(QWidget):
    """Runs, resumes and clears imports. ``brought`` when all of a plan is in, ``ended`` when anything came of it."""

    ended = Signal()
    brought = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._plan: ImportPlan | None = None
        self._stop = threading.Event()
        self._seen: ImportProgress | None = None
        self._run = ""
        self._root: Path | None = None
        self.running = False
        self.card: Callable[[], Path | None] = lambda: None
        self.words = label("", wrap=True)
        self.start = button(tr("开始导入"), "action", tip=tr("逐个封存并核对；卡上的文件不动"))
        self.start.clicked.connect(self.begin)
        self.resume = button(tr("继续导入"), "action")
        self.resume.clicked.connect(self.go_on)
        self.leave = button(tr("不再导入"))
        self.leave.clicked.connect(self._give_up)
        self.cancel = button(tr("停止"))
        self.cancel.clicked.connect(self._stop.set)
        self.clear = button(tr("删除卡上已核对的文件"), tip=tr("逐个重新核对两边，一致的才从卡上删除"))
        self.clear.clicked.connect(self._ask_clear)
        self.bar = QProgressBar()
        self.bar.setMaximum(1000)
        self.bar.setAccessibleName(tr("导入进度"))
        self.problems = label("", "warning", wrap=True)
        line = row(self.words, self.clear, self.leave, self.resume, self.cancel, self.start)
        line.setStretchFactor(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.problems)
        column.addWidget(self.bar)
        column.addLayout(line)
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._show_progress)
        self._face()

    def _face(self, *, resume: bool = False, clear: bool = False) -> None:
        """Only the buttons that make sense now."""
        held = any(one.hasFocus() for one in (self.start, self.resume, self.cancel, self.clear, self.leave))
        self.bar.setVisible(self.running)
        self.cancel.setVisible(self.running)
        self.start.setVisible(not self.running and not resume and not clear)
        self.resume.setVisible(resume and not self.running)
        self.leave.setVisible(resume and not self.running)
        self.clear.setVisible(clear and not self.running)
        self.problems.setVisible(bool(self.problems.text()))
        if held:  # What was pressed is hidden: without this the keys would go to whatever comes next.
            for one in (self.cancel, self.resume, self.start):
                if one.isVisible():
                    one.setFocus()
                    return

    def show_plan(self, plan: ImportPlan | None) -> None:
        """What a plan would do."""
        self._plan = plan
        if self.running:
            return
        self.problems.setText("")
        if plan is None:
            self.words.setText(tr("选择存储卡，先看计划，再开始导入。"))
            self.start.setEnabled(False)
            self._face()
            return
        size = sum(f.found.size for f in plan.kept)
        words = tr("将导入{kept_count}个文件，共{size}；本机剩余{free_bytes}", kept_count=len(plan.kept),
                   size=size_cn(size), free_bytes=size_cn(plan.free_bytes))
        short = plan.need_bytes > plan.free_bytes
        if short:
            self.problems.setText(
                tr("磁盘空间不够：需要{need_bytes}，剩余{free_bytes}。请清理磁盘，或者先只导入一部分。",
                   need_bytes=size_cn(plan.need_bytes), free_bytes=size_cn(plan.free_bytes)))
        undecided = plan.counts[Verdict.NO_STEP]
        if undecided:
            words += tr("；{undecided}个没有对应环节，不会导入", undecided=undecided)
        self.words.setText(words)
        self.start.setEnabled(bool(plan.kept) and not short)
        self._run, self._root = "", plan.root
        here = any(f.verdict is Verdict.DUPLICATE and f.sample for f in plan.files)
        self._face(clear=here and not plan.kept)

    def look_for_interrupted(self) -> None:
        """Offer to go on with what was cut short."""
        session = self._shell.officers
        if not self.running:
            self._shell.jobs.run(Lane.STORE, lambda: interrupted_imports(session),
                                 done=self._found_interrupted)

    def _found_interrupted(self, found: list[Interrupted]) -> None:
        if not found or self.running or self._plan is not None:
            return
        last = found[-1]
        self._run, self._root = last.run, Path(last.root)
        self.words.setText(
            tr("{at:%m月%d日 %H:%M}从“{root}”的导入没有完成，还有{left}个文件。请插好原卡。", at=last.at,
               root=last.root, left=last.left))
        self._face(resume=True)

    def begin(self) -> None:
        """Write the journal, then bring the files in."""
        plan, session = self._plan, self._shell.officers
        if plan is None or self.running:
            return
        self._root = plan.root
        self._shell.jobs.run(Lane.STORE, lambda: start_import(session, plan), done=self._go)

    def go_on(self) -> None:
        """Do what is left of the run that was cut short, from the card that is chosen now."""
        if self._run and not self.running:
            self._root = self.card() or self._root
            self._go(self._run)

    def _go(self, run: str) -> None:
        self._run, self.running, self._seen = run, True, None
        self.problems.setText("")
        self._stop.clear()
        self.bar.setValue(0)
        self.words.setText(tr("正在导入……"))
        self._face()
        self._poll.start()
        session, root = self._shell.officers, self._root

        def told(progress: ImportProgress) -> None:
            self._seen = progress

        self._shell.jobs.run(
            Lane.CARD, lambda: run_import(session, run, root, progress=told,
                                          cancelled=self._stop.is_set),
            done=self._done, failed=self._failed)

    def _show_progress(self) -> None:
        seen = self._seen
        if seen is None:
            return
        self.bar.setValue(seen.done * 1000 // max(1, seen.total))
        if seen.file:
            self.words.setText(
                tr("第{file}/{files}个　{name}　{seen}", file=seen.file, files=seen.files, name=seen.name,
                   seen=said(remaining_cn(seen))))

    def _rest(self) -> None:
        self.running = False
        self._poll.stop()

    def _done(self, result: ImportResult) -> None:
        self._rest()
        self._tell(result)
        if not result.failed and not result.left:
            self.brought.emit()
        self.ended.emit()

    def _tell(self, result: ImportResult) -> None:
        words = tr("已导入并核对{kept}个文件，共{bytes}", kept=result.kept, bytes=size_cn(result.bytes))
        if result.duplicates:
            words += tr("；{duplicates}个重复，没有再存", duplicates=result.duplicates)
        self.words.setText(words + tr("。卡上的文件没有改动。"))
        self.problems.setText("\n".join(map(said, result.problems[:3])))
        self._face(clear=result.kept > 0)

    def _failed(self, error: BaseException) -> None:
        self._rest()
        if isinstance(error, Cancelled):
            self.words.setText(tr("已停止。导入好的文件完好，可以继续导入其余的。"))
        else:
            self._shell.messages.error(error)
            self.words.setText(tr("导入停在半途，已导入的文件完好。"))
        self._face(resume=True)
        self.ended.emit()

    def _give_up(self) -> None:
        session, run = self._shell.officers, self._run
        self._shell.jobs.run(Lane.STORE, lambda: give_up_import(session, run), done=self._given_up)

    def _given_up(self, _nothing: None) -> None:
        self._run = ""
        self.show_plan(self._plan)

    def _ask_clear(self) -> None:
        session, run, plan = self._shell.officers, self._run, self._plan
        self._shell.jobs.run(
            Lane.STORE, lambda: files_of_run(session, run) if run else (
                files_of_plan(session, plan) if plan is not None else []),
            done=self._confirm_clear)

    def _confirm_clear(self, files: list[OnCard]) -> None:
        root = self._root
        size = size_cn(sum(one.found.size for one in files))
        if root is None or not self._shell.messages.ask(
                tr("从卡上删除{files_count}个已导入的文件（{size}）吗？", files_count=len(files), size=size),
                tr("每个文件删除前都会再核对一次：本机封存的副本和卡上的原件都与导入时一致才删除。"
                   "删除不能恢复，并会记入日志。"), yes=tr("核对并删除")):
            return
        self.running = True
        self._stop.clear()
        self._seen = None
        self._face()
        self.words.setText(tr("正在核对并删除……"))
        session = self._shell.officers

        def told(done: int, total: int) -> None:
            self._seen = ImportProgress(done, total, 0, len(files), "", None)

        self._poll.start()
        self._shell.jobs.run(
            Lane.CARD, lambda: delete_from_card(session, files, root, progress=told,
                                                cancelled=self._stop.is_set),
            done=self._gone, failed=self._clear_failed)

    def _gone(self, done: Deleted) -> None:
        self._rest()
        self.words.setText(tr("已从卡上删除{count}个文件（{bytes}）。", count=done.count, bytes=size_cn(done.bytes)))
        self.problems.setText("\n".join(map(said, done.refused[:3])))
        self._face(clear=bool(done.refused))
        self.ended.emit()

    def _clear_failed(self, error: BaseException) -> None:
        self._rest()
        if not isinstance(error, Cancelled):
            self._shell.messages.error(error)
        self.words.setText(tr("没有删完，卡上还有已导入的文件。"))
        self._face(clear=True)

    def stop(self) -> None:
        """End what runs as soon as its file allows (at closing time)."""
        self._stop.set()

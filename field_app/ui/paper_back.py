"""拍回签字件: signed sheets by camera or from files, looked at before they are kept."""

import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.paper_back import MAX_FILE_BYTES, Returning, SheetBack
from field_app.actions.sheet_camera import SheetCamera, open_sheet_camera
from field_app.actions.signed_pages import PagesBack, papers_to_sign
from field_app.domain.case import PaperRecord
from field_app.domain.ids import DocumentId
from field_app.domain.signed import SignedPage
from field_app.errors import Cancelled, UserError
from field_app.ui.ask_place import choose_files
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.messages import Banner, Messages
from field_app.ui.parts import Flowing, button, chip, label, row, set_tone
from field_app.ui.sheet_look import Picture, SheetLook
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at

_VIEW_MS = 150
_FILES = tr_later("照片和扫描件 (*.jpg *.jpeg *.png *.pdf)")
_SIZE = (1180, 690)
_Papers = list[tuple[PaperRecord, PagesBack]]


class PaperBackDialog(QDialog):
    """Brings sheets in, one look at each, and keeps what is accepted."""

    kept = Signal(object)
    _progressed = Signal(int, int)

    def __init__(self, shell: Shell, parent: QWidget | None, paper: PaperRecord) -> None:
        super().__init__(parent)
        self._shell = shell
        self._paper = paper
        self._returning = Returning(shell.officers, paper.case, paper.id)
        self._stop = threading.Event()
        self._camera: SheetCamera | None = None
        self._busy = False
        self._gone = False
        self._queue: list[SheetBack] = []
        self._total = 0
        self._papers: _Papers = []
        self.setWindowTitle(tr("拍回签字件"))
        open_at(self, *_SIZE)
        self.banner = Banner()
        self.messages = Messages(self.banner)
        self._make_parts()
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setInterval(_VIEW_MS)
        self._timer.timeout.connect(self._show_view)
        self._progressed.connect(self._show_progress)
        self._show_next()
        self._read_papers()

    def _make_parts(self) -> None:
        self.state = chip("")
        self.by_camera = button(tr("用摄像头拍"), "action", tip=tr("对准签好的纸，一次一张或几张"))
        self.by_file = button(tr("选照片或扫描件…"), tip=tr("JPEG、PNG照片，或多页PDF扫描件"))
        self.shoot = button(tr("拍照（空格）"), "action")
        self.leave_camera = button(tr("关闭摄像头"))
        self.live = Picture(tr("摄像头画面"))
        self.look = SheetLook()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("识别进度"))
        self.cancel = button(tr("取消"))
        self.done_ = button(tr("完成"), tip="Esc")
        self.by_camera.clicked.connect(self.open_camera)
        self.by_file.clicked.connect(self._choose_files)
        self.shoot.clicked.connect(self._shoot)
        self.leave_camera.clicked.connect(self._close_camera)
        self.look.accept_it.clicked.connect(self.keep)
        self.look.drop.clicked.connect(self._drop)
        self.cancel.clicked.connect(self._stop.set)
        self.done_.clicked.connect(self.close)
        # Only while the camera looks: elsewhere the space bar presses the button in focus.
        self._space = QShortcut(QKeySequence("Space"), self)
        self._space.setEnabled(False)
        self._space.activated.connect(self._shoot)
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(
            lambda: self.keep() if self._queue else None)

    def _arrange(self) -> None:
        self.pages = QStackedWidget()
        self.pages.addWidget(self._empty_page())
        self.pages.addWidget(self._camera_page())
        self.pages.addWidget(self.look)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(12)
        whose = label(tr("《{title}》{number}", title=said(self._paper.title), number=self._paper.number), "heading")
        outer.addLayout(FlowRow(whose, self.state, self.by_camera, self.by_file, self.done_, right=self.by_camera))
        outer.addWidget(self.pages, 1)
        outer.addWidget(self.banner)
        outer.addLayout(row(self.bar, self.cancel))
        self.bar.hide()
        self.cancel.hide()

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        self.hint = label("", "muted", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.hint)
        column.addStretch(1)
        return page

    def _camera_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.live, 1)
        column.addLayout(FlowRow(Flowing(tr("整张纸放进画面，四边露出一点桌面，避免反光。"), "muted"),
                                 self.leave_camera, self.shoot, right=self.leave_camera))
        return page

    # What stands.

    def _read_papers(self) -> None:
        session, case = self._shell.officers, self._paper.case
        self._shell.jobs.run(Lane.STORE, lambda: papers_to_sign(session, case), done=self._show_papers,
                             failed=self._failed)

    def _show_papers(self, found: _Papers) -> None:
        if self._gone:
            return
        self._papers = found
        mine = next((back for paper, back in found if paper.id == self._paper.id), None)
        self.state.setText(capital(said(mine.words)) if mine is not None else tr("签字件还没有拍回"))
        set_tone(self.state, "soon" if mine is None or mine.owed else "plain")
        missing = "" if mine is None or not mine.missing else (
            tr("第{pages}页还没有拍回。", pages=tr("、").join(map(str, mine.missing))))
        self.hint.setText(
            tr("各页都已拍回，点“完成”。\n要换一张的，可以再拍、再选。") if mine is not None and not mine.owed else
            tr("{missing}\n把签好的纸平放，用摄像头拍，或选手机照片、扫描件。\n二维码认出是哪份文书，"
               "拉正后请看一眼再采用；原图一并封存。", missing=missing))
        next_ = self.by_camera if mine is None or mine.owed else self.done_
        self._lead_to(self.look.accept_it if self._queue else next_)
        if not self._queue and not self._busy and self._camera is None:
            next_.setFocus()
        if self._queue:
            self.look.fill_papers(self._queue[0], [paper for paper, _ in found])

    def _lead_to(self, next_: QPushButton) -> None:
        """What is done next has the colour of action, and nothing else."""
        for each in (self.by_camera, self.done_, self.look.accept_it):
            each.setObjectName("action" if each is next_ else "")
            each.style().unpolish(each)
            each.style().polish(each)

    # Bringing in.

    def open_camera(self) -> None:
        """Look through the camera."""
        if self._camera is not None or self._busy:
            return
        devices, recording = self._shell.devices, self._shell.recording
        self._shell.free_camera()
        self._set_busy(True, tr("正在打开摄像头…"))
        self._shell.jobs.run(Lane.WORK, lambda: open_sheet_camera(devices, recording),
                             done=self._camera_open, failed=self._failed)

    def _camera_open(self, camera: SheetCamera) -> None:
        self._set_busy(False)
        if self._gone:
            camera.close()
            return
        self._camera = camera
        self._queue.clear()
        self.pages.setCurrentIndex(1)
        self.shoot.setFocus()
        self._space.setEnabled(True)
        self._timer.start()

    def _show_view(self) -> None:
        if self._camera is not None:
            self.live.show_jpeg(self._camera.view())

    def _close_camera(self) -> None:
        self._timer.stop()
        self._space.setEnabled(False)
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
        if not self._queue:
            self._show_next()

    def _shoot(self) -> None:
        if self._camera is None or self._busy:
            return
        try:
            picture = self._camera.shoot()
        except UserError as error:
            self.messages.error(error)
            return
        self._close_camera()
        self.take([picture])

    def _choose_files(self) -> None:
        if chosen := choose_files(self, tr("选照片或扫描件"), tr(_FILES)):
            self.take_files(chosen)

    def take_files(self, paths: Sequence[Path]) -> None:
        """Look at these files."""
        pictures = []
        for path in paths:
            try:
                if path.stat().st_size > MAX_FILE_BYTES:
                    raise UserError(tr("“{name}”超过40兆字节，没有打开。", name=path.name), tr("请调小后再选。"))
                pictures.append(path.read_bytes())
            except OSError:
                self.messages.error(UserError(
                    tr("“{name}”读不出来。", name=path.name), tr("请检查U盘或文件后再选一次。")))
                return
            except UserError as error:
                self.messages.error(error)
                return
        self.take(pictures)

    def take(self, pictures: Sequence[bytes]) -> None:
        """Look at these pictures or PDFs, off the screen's thread."""
        if self._busy:
            return
        self.banner.hide()
        self._close_camera()
        self._stop.clear()
        self._set_busy(True, tr("正在识别…"))
        returning, stop, told = self._returning, self._stop.is_set, self._progressed.emit

        def look() -> list[SheetBack]:
            found: list[SheetBack] = []
            for data in pictures:
                found += returning.look(data, progress=told, cancelled=stop)
            return found

        self._shell.jobs.run(Lane.WORK, look, done=self._looked, failed=self._failed)

    def _looked(self, found: list[SheetBack]) -> None:
        self._set_busy(False)
        if self._gone:
            return
        self._queue, self._total = found, len(found)
        self._show_next()

    def _failed(self, error: BaseException) -> None:
        self._set_busy(False)
        if self._gone:
            return
        if isinstance(error, Cancelled):
            self.messages.note(tr("已取消，没有保存。"))
        self.messages.error(error)
        self._show_next()

    def _set_busy(self, busy: bool, words: str = "") -> None:
        self._busy = busy
        for part in (self.by_camera, self.by_file, self.shoot, self.look.accept_it, self.look.drop):
            part.setEnabled(not busy)
        self.bar.setVisible(busy)
        self.cancel.setVisible(busy)
        if busy:
            self.bar.setRange(0, 0)
            self.bar.setFormat(words)
            self.hint.setText(words)

    def _show_progress(self, done: int, total: int) -> None:
        if self._busy and total > 1:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self.hint.setText(tr("正在识别第{done}页，共{total}页…", done=done, total=total))

    # Looking at one sheet.

    def _show_next(self) -> None:
        if not self._queue:
            self.pages.setCurrentIndex(0)
            self._show_papers(self._papers)
            return
        sheet = self._queue[0]
        self.pages.setCurrentIndex(2)
        self._lead_to(self.look.accept_it)
        self.look.show_sheet(sheet, [paper for paper, _ in self._papers],
                             at=self._total - len(self._queue) + 1, total=self._total)
        self.look.accept_it.setFocus()

    def keep(self) -> None:
        """Keep the sheet in view with the chosen paper and page."""
        paper, page = self.look.chosen
        if not self._queue or self._busy:
            return
        if not isinstance(paper, PaperRecord) or not isinstance(page, int):
            self.messages.error(UserError(tr("还没有选定是哪份文书、第几页。"), tr("请在下方选好，再点“采用”。")))
            return
        returning, sheet, paper_id = self._returning, self._queue[0], DocumentId(paper.id)
        self._set_busy(True, tr("正在封存…"))
        self._shell.jobs.run(Lane.STORE, lambda: returning.keep(sheet, paper_id, page),
                             done=self._was_kept, failed=self._failed)

    def _was_kept(self, page: SignedPage) -> None:
        self._set_busy(False)
        self.kept.emit(page)
        if self._gone:
            return
        self._queue.pop(0)
        self.messages.good(tr("第{page}页签字件已封存。", page=page.page))
        self._show_next()
        self._read_papers()

    def _drop(self) -> None:
        if self._queue:
            self._queue.pop(0)
            self._show_next()

    def done(self, result: int) -> None:
        """Closed by whatever way: reading stops, the camera is let go."""
        self._gone = True
        self._stop.set()
        self._close_camera()
        super().done(result)


class PaperBack(QObject):
    """Opens the dialog, one at a time."""

    changed = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self.dialog: PaperBackDialog | None = None

    def start(self, paper: PaperRecord) -> None:
        """Bring back sheets of ``paper``."""
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = PaperBackDialog(self._shell, self._window, paper)
        self.dialog.setWindowModality(Qt.WindowModality.WindowModal)
        kept: list[SignedPage] = []
        self.dialog.kept.connect(kept.append)
        self.dialog.kept.connect(lambda _page: self.changed.emit())
        self.dialog.finished.connect(lambda _: self._tell(paper) if kept else None)
        self.dialog.show()

    def _tell(self, paper: PaperRecord) -> None:
        """How many of its pages are back, on the page that was left for it."""
        session = self._shell.session
        if session is None:
            return

        def tell(found: _Papers) -> None:
            for back in (back for known, back in found if known.id == paper.id):
                self._shell.messages.good(tr("《{title}》{state}。", title=said(paper.title), state=said(back.words)))

        self._shell.jobs.run(Lane.STORE, lambda: papers_to_sign(session, paper.case), done=tell)

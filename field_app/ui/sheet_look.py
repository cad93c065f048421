"""One signed sheet looked at: as it came, straightened, and which paper and page it is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.paper_back import SheetBack, Standing
from field_app.domain.case import PaperRecord
from field_app.ui.language import said, tr
from field_app.ui.parts import button, label, row


class Picture(QLabel):
    """A picture as large as its place allows, its shape kept."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(240, 240)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._whole = QPixmap()

    def show_jpeg(self, data: bytes) -> None:
        """Show a JPEG; nothing for empty bytes."""
        self._whole = QPixmap()
        if data:
            self._whole.loadFromData(data)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            self.clear()
            return
        ratio = self.devicePixelRatioF()
        made = self._whole.scaled(
            self.size() * ratio, Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation)
        made.setDevicePixelRatio(ratio)
        self.setPixmap(made)


class SheetLook(QWidget):
    """The sheet in hand; ``accept_it`` and ``drop`` are for whoever holds the queue."""

    def __init__(self) -> None:
        super().__init__()
        self._sheet: SheetBack | None = None
        self.before, self.after = Picture(tr("原图")), Picture(tr("拉正后的签字件"))
        self.told = label("", "warning", wrap=True)
        self.verdict = label("", "heading", wrap=True)
        self.paper_choice, self.page_choice = QComboBox(), QComboBox()
        self.paper_choice.setAccessibleName(tr("是哪份文书"))
        self.page_choice.setAccessibleName(tr("是第几页"))
        self.paper_choice.currentIndexChanged.connect(self._fill_pages)
        self.accept_it = button(tr("采用"), "action", tip=tr("存入案件，原图一并保存（Ctrl+Enter）"))
        self.drop = button(tr("不用，重拍"), tip=tr("这一张不保存"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        heads = row(label(tr("原图"), "muted"), label(tr("拉正后"), "muted"))
        heads.setStretch(0, 1)
        heads.setStretch(1, 1)
        column.addLayout(heads)
        both = row(self.before, self.after, spacing=12)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        column.addLayout(both, 1)
        column.addWidget(self.verdict)
        column.addWidget(self.told)
        column.addLayout(row(label(tr("文书")), self.paper_choice, label(tr("页码")), self.page_choice, None,
                             self.drop, self.accept_it))

    @property
    def chosen(self) -> tuple[PaperRecord | None, int | None]:
        """The paper and the page that it is said to be, None where nobody said it yet."""
        paper, page = self.paper_choice.currentData(), self.page_choice.currentData()
        return (paper if isinstance(paper, PaperRecord) else None, page if isinstance(page, int) else None)

    def show_sheet(self, sheet: SheetBack, papers: Sequence[PaperRecord], *, at: int, total: int) -> None:
        """Show number ``at`` of ``total`` sheets; ``papers`` are those it may be of."""
        self.before.show_jpeg(sheet.before)
        self.after.show_jpeg(sheet.after)
        count = tr("（第{at}张，共{total}张）", at=at, total=total) if total > 1 else ""
        self.verdict.setText(self._verdict(sheet) + count)
        self.told.setText(tr("；").join(map(said, sheet.told)) + (tr("。") if sheet.told else ""))
        self.told.setVisible(bool(sheet.told))
        self.fill_papers(sheet, papers)

    @staticmethod
    def _verdict(sheet: SheetBack) -> str:
        if sheet.paper is None:
            return tr("没有认出是哪份文书")
        page = tr("第{page}页　共{pages}页", page=sheet.page,
                  pages=sheet.paper.pages) if sheet.page else tr("页码请选择")
        other = tr("另一起案件：") if sheet.standing is Standing.ELSEWHERE else ""
        return tr("{other}《{title}》{number}　{page}", other=other, title=said(sheet.paper.title),
                  number=sheet.paper.number,
                  page=page)

    def fill_papers(self, sheet: SheetBack, papers: Sequence[PaperRecord]) -> None:
        """Offer ``papers``, the one that was recognised chosen."""
        self._sheet = sheet
        listed = {paper.id: paper for paper in papers}
        if sheet.paper is not None:
            listed.setdefault(sheet.paper.id, sheet.paper)
        wanted = sheet.paper.id if sheet.paper is not None else None
        self.paper_choice.blockSignals(True)
        self.paper_choice.clear()
        if wanted is None:
            self.paper_choice.addItem(tr("请选择文书"), None)
        for paper in listed.values():
            self.paper_choice.addItem(tr("《{title}》{number}", title=said(paper.title), number=paper.number), paper)
            if paper.id == wanted:
                self.paper_choice.setCurrentIndex(self.paper_choice.count() - 1)
        self.paper_choice.blockSignals(False)
        self._fill_pages()

    def _fill_pages(self) -> None:
        paper = self.paper_choice.currentData()
        self.page_choice.clear()
        if not isinstance(paper, PaperRecord) or self._sheet is None:
            return
        known = self._sheet.paper
        told = self._sheet.page if known is not None and known.id == paper.id else None
        if told is None and paper.pages > 1:
            self.page_choice.addItem(tr("请选择页码"), None)
        for page in range(1, paper.pages + 1):
            self.page_choice.addItem(tr("第{page}页", page=page), page)
            if page == told:
                self.page_choice.setCurrentIndex(self.page_choice.count() - 1)

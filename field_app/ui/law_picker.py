"""选法条: a statute and its article, chosen instead of typed, inserted in printed form."""

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from field_app.rules.laws import cite, laws
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import answers, label
from field_app.ui.theme import NUMBER_PX, give_size

_DOUBT = tr_later("条文数量没有对照原文，请以正式文本核对。")


class LawPicker(QDialog):
    """``citation`` is what to insert."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("选法条"))
        give_size(self, least_width=520)
        self.law = QComboBox()
        self.law.setAccessibleName(tr("法律法规"))
        self.law.addItems(
            [tr("{title}（{edition}）", title=said(law.title), edition=said(law.edition)) for law in laws()])
        self.article = self._number(tr("条"), least=1)
        self.paragraph = self._number(tr("款"))
        self.item = self._number(tr("项"))
        self.shown = label("", "heading", wrap=True)
        form = QFormLayout()
        for words, widget in ((tr("法律法规"), self.law), (tr("条"), self.article),
                              (tr("款"), self.paragraph), (tr("项"), self.item)):
            form.addRow(words, widget)
        _insert, foot = answers(self, tr("插入"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.shown)
        column.addWidget(label(tr(_DOUBT), "muted", wrap=True))
        column.addLayout(foot)
        self.law.currentIndexChanged.connect(self._show)
        for box in (self.article, self.paragraph, self.item):
            box.valueChanged.connect(self._show)
        self._show()

    @staticmethod
    def _number(name: str, *, least: int = 0) -> QSpinBox:
        box = QSpinBox()
        box.setAccessibleName(name)
        box.setRange(least, 99)
        if not least:
            box.setSpecialValueText(tr("不写"))
        give_size(box, indent=NUMBER_PX)
        return box

    def _show(self) -> None:
        law = laws()[self.law.currentIndex()]
        self.article.setMaximum(law.articles)
        self.shown.setText(self.citation)

    @property
    def citation(self) -> str:
        """``《…》第…条第…款第（…）项``."""
        return cite(laws()[self.law.currentIndex()], self.article.value(),
                    paragraph=self.paragraph.value(), item=self.item.value())

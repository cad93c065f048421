"""常用语…: a button beside a long text or list, with a menu from matter to phrase."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from field_app.actions.phrases import OUTLINE, STANDARD, Offer, PhraseGroup
from field_app.ui.language import said, tr

_SHOWN = 32  # characters of a phrase in the menu; the rest is its tool tip


class PhraseButton(QPushButton):
    """``chosen`` carries one phrase; of an outline, ``asked`` carries all its questions."""

    chosen = Signal(str)
    asked = Signal(list)

    def __init__(self, offer: Offer, field_label: str) -> None:
        super().__init__(tr("插入询问提纲…") if offer.kind == OUTLINE else
                         tr("标准用语…") if offer.kind == STANDARD else tr("常用语…"))
        self.setObjectName("link")
        self.setAccessibleName(
            tr("{field_label}的标准用语", field_label=field_label) if offer.kind == STANDARD else
            tr("{field_label}的{word}常用语", field_label=field_label, word=said(offer.word)))
        self.setToolTip(tr("填入文书格式里的话，代替已填的；填入后可以改") if offer.kind == STANDARD else
                        tr("按事项选常用语，插在光标处；“＿＿”处须改填实际情况"))
        self._offer = offer
        menu = QMenu(self)
        menu.setAccessibleName(said(offer.word))
        menu.setToolTipsVisible(True)
        # Filled when first opened: a form has many of these, and each holds a hundred phrases.
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def _fill(self) -> None:
        menu = self.menu()
        if menu.actions():
            return
        groups = self._offer.groups
        for place, group in enumerate(groups):
            if place and groups[place - 1].own and not group.own:
                menu.addSeparator()
            self._add(menu if len(groups) == 1 else menu.addMenu(self._title(group)), group)

    @staticmethod
    def _title(group: PhraseGroup) -> str:
        return tr("{matter}（本案）", matter=said(group.matter)) if group.own else said(group.matter)

    def _add(self, menu: QMenu, group: PhraseGroup) -> None:
        menu.setToolTipsVisible(True)
        if self._offer.kind == OUTLINE:
            everything = menu.addAction(tr("全部{phrases_count}问", phrases_count=len(group.phrases)))
            everything.triggered.connect(partial(self._ask, group.phrases))
            menu.addSeparator()
        for phrase in group.phrases:
            shown = phrase if len(phrase) <= _SHOWN else phrase[:_SHOWN] + "…"
            action = menu.addAction(shown)
            action.setToolTip(phrase)
            action.triggered.connect(partial(self._choose, phrase))

    def _choose(self, phrase: str, _checked: bool = False) -> None:
        if self._offer.kind == OUTLINE:
            self.asked.emit([phrase])
        else:
            self.chosen.emit(phrase)

    def _ask(self, phrases: tuple[str, ...], _checked: bool = False) -> None:
        self.asked.emit(list(phrases))

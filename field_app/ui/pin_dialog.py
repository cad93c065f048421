"""Both officers confirm with their PINs: one of the few windows that must be answered."""

from PySide6.QtWidgets import QDialog, QFormLayout, QVBoxLayout, QWidget

from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.ui.language import tr
from field_app.ui.parts import button, label, row
from field_app.ui.pin_line import PinLine
from field_app.ui.theme import give_size


class PinDialog(QDialog):
    """Asks both PINs; ``answer`` is what they typed."""

    def __init__(self, parent: QWidget, cards: tuple[Card, Card], what: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("两人确认"))
        give_size(self, least_width=460)
        self._cards = cards
        self._typed: tuple[str, ...] = ()
        self.pins = tuple(PinLine(tr("{name}的证书口令", name=card.officer.name)) for card in cards)
        form = QFormLayout()
        for card, pin in zip(cards, self.pins, strict=True):
            form.addRow(tr("{name}（{cert_no}）", name=card.officer.name, cert_no=card.officer.cert_no), pin)
        sure, back = button(tr("确认并签名"), "action"), button(tr("返回"))
        sure.clicked.connect(self.accept)
        back.clicked.connect(self.reject)
        self.pins[0].returnPressed.connect(self.pins[1].setFocus)
        self.pins[1].returnPressed.connect(self.accept)
        sure.setAutoDefault(False)
        back.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(label(what, "heading", wrap=True))
        column.addWidget(label(tr("由两名执法人员各自输入本人证书口令，共同签名。"), "muted", wrap=True))
        column.addLayout(form)
        column.addLayout(row(None, back, sure))

    def accept(self) -> None:
        self._typed = tuple(pin.taken() for pin in self.pins)
        super().accept()

    def answer(self) -> tuple[CardAndPin, CardAndPin]:
        """What was typed, once: nothing of it is kept here. To be asked after it was accepted."""
        first, second = (CardAndPin(card.place, typed) for card, typed in zip(self._cards, self._typed, strict=True))
        self._typed = ()
        return first, second

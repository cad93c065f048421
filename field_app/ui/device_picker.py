"""Chooses a camera or a microphone by its name; one that is not plugged in stays chosen and says so."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from field_app.actions.find_devices import Choice, Device, choices
from field_app.ui.language import tr
from field_app.ui.parts import ElidedBox

_TYPED = "\0typed"


class DevicePicker(QWidget):
    """``none``: the words for none at all; ``hint``: what may be typed for one that is not listed;
    ``usual``: the value that leaves it to the system, where there is such a one."""

    def __init__(self, name: str, *, none: str, hint: str, usual: str = "") -> None:
        super().__init__()
        self._none, self._usual, self._usually = none, usual, ""
        self._devices: Sequence[Device] | None = None
        self._called: dict[str, str] = {}
        self.box = ElidedBox()
        self.box.setAccessibleName(name)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line = QLineEdit()
        self.line.setAccessibleName(tr("{name}：自己填写", name=name))
        self.line.setPlaceholderText(hint)
        self.line.setToolTip(hint)
        self.line.setMaxLength(400)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.box, 1)
        line.addWidget(self.line, 1)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(lambda _index: self._show_line())
        self.box.activated.connect(lambda _index: self.line.setFocus() if self._typing else None)
        self.show_chosen("", "")

    @property
    def _typing(self) -> bool:
        return bool(self.box.currentData() == _TYPED)

    def chosen(self) -> tuple[str, str]:
        """The value for the settings and what the device calls itself, empty for what was typed."""
        if self._typing:
            return self.line.text().strip(), ""
        value = str(self.box.currentData() or "")
        return value, self._called.get(value, "")

    def show_chosen(self, value: str, called: str, *, typing: bool = False) -> None:
        """Choose ``value`` among what is there; ``typing``: the line for what is not listed is open."""
        made, at = choices(self._devices or (), value, called)
        offered = [("", self._none)]
        if self._usual:
            offered.append((self._usual, tr("系统默认（现在是{name}）", name=self._usually) if self._usually
                            else tr("系统默认")))
        fixed = [each for each, _words in offered]
        offered += [(one.value, self._words(one)) for one in made]
        self._called = {one.value: one.name for one in made}
        self.box.blockSignals(True)
        self.box.clear()
        for each, words in (*offered, (_TYPED, tr("其他（自己填写）…"))):
            self.box.addItem(words, each)
        if value in fixed and not typing:
            self.box.setCurrentIndex(fixed.index(value))
        elif at >= 0 and not typing:
            self.box.setCurrentIndex(len(fixed) + at)
        else:
            self.box.setCurrentIndex(self.box.count() - 1)
            self.line.setText(value)
        self.box.blockSignals(False)
        self._show_line()

    def offer(self, devices: Sequence[Device], usually: str = "") -> None:
        """What is plugged in now; what is chosen stays chosen. ``usually``: what the system would take."""
        (value, called), typing = self.chosen(), self._typing
        self._devices, self._usually = devices, usually
        self.show_chosen(value, called, typing=typing)

    def take_over(self, other: "DevicePicker") -> None:
        """What another one shows, chosen and not saved yet."""
        self._devices, self._usually = other._devices, other._usually
        (value, called), typing = other.chosen(), other._typing
        self.show_chosen(value, called, typing=typing)

    def _words(self, one: Choice) -> str:
        name = one.name or tr("{number}号摄像头", number=one.value)
        return name if one.there or self._devices is None else tr("{name}（未接上）", name=name)

    def _show_line(self) -> None:
        self.line.setVisible(self._typing)

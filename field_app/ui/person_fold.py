"""Folds away what a form could ask of a person but the paper does not print: a name is often enough."""

from collections.abc import Collection

from PySide6.QtWidgets import QPushButton, QWidget

from field_app.ui.language import tr
from field_app.ui.parts import button

PERSON = "PERSON"  # the shared block of fields
FOLDED = frozenset({PERSON, "PARTY"})  # a company has no birthday, a citizen no legal representative


class PersonFold:
    """The lines of one person's members, by member; ``more`` shows again what is folded away."""

    def __init__(self) -> None:
        self._lines: dict[str, list[QWidget]] = {}
        self._away: set[str] = set()
        self._open = False
        self.more: QPushButton = button("", "link")
        self.more.clicked.connect(self.unfold)
        self.more.hide()

    @property
    def whole(self) -> bool:
        """Whether all its lines are built, and ``more`` stands below them."""
        return self.more.parentWidget() is not None

    def add(self, member: str, *widgets: QWidget) -> None:
        """A member's label and editor."""
        self._lines.setdefault(member, []).extend(widgets)

    def fold(self, members: Collection[str]) -> None:
        """Only these are away; nothing more once somebody asked for all."""
        wanted = set() if self._open else set(members)
        if wanted == self._away:
            return
        for member in wanted ^ self._away:
            for widget in self._lines.get(member, ()):
                widget.setVisible(member not in wanted)
        self._away = wanted
        self.more.setText(tr("其余{n}项不印在文书上，需要时展开", n=len(wanted)))
        self.more.setAccessibleName(self.more.text())
        self.more.setVisible(bool(wanted))

    def unfold(self) -> None:
        """Show everything from now on."""
        self._open = True
        first = next((m for m in self._lines if m in self._away), None)
        self.fold(())
        if first is not None:
            self._lines[first][-1].setFocus()

    def show(self, member: str) -> None:
        """Show a member that has something to say."""
        if member in self._away:
            self.fold(self._away - {member})

"""Binds the keys of the window to what they do; which keys there are stands in ``shortcuts``."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from field_app.ui.shortcuts import MORE, bound


def bind(window: QWidget, calls: Mapping[str, Callable[[], object]], *, at_work: Callable[[], bool]) -> None:
    """Bind every named key; those not for always work only while ``at_work``.

    Raises ``KeyError`` when a named key has no call: the sheet would promise what does nothing.
    """
    always = {k.name for k in bound() if k.always} | {"smaller", "normal"}
    for keys, name in (*((k.keys, k.name) for k in bound() if k.name != "page"), *MORE):
        call, free = calls[name], name in always

        def press(call: Callable[[], object] = call, free: bool = free) -> None:
            if free or at_work():
                call()

        QShortcut(QKeySequence(keys), window).activated.connect(press)


def regions(parts: tuple[QWidget, ...], *, back: bool = False) -> None:
    """Put the focus into the next of ``parts``, at the first control that takes it."""
    at = next((i for i, part in enumerate(parts) if _holds_focus(part)), 0 if back else -1)
    for step in range(1, len(parts) + 1):
        part = parts[(at - step if back else at + step) % len(parts)]
        first = _first(part)
        if first is not None:
            first.setFocus()
            return


def _holds_focus(part: QWidget) -> bool:
    found = part.window().focusWidget()
    return found is not None and (found is part or part.isAncestorOf(found))


def _first(part: QWidget) -> QWidget | None:
    """The first control in the order of Tab that can take the focus."""
    one = part.nextInFocusChain()
    while one is not None and one is not part:
        if part.isAncestorOf(one) and one.isVisible() and one.isEnabled() and (
                one.focusPolicy().value & Qt.FocusPolicy.TabFocus.value):
            return one
        one = one.nextInFocusChain()
    return None

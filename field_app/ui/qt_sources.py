"""Qt's bindings read the source of each module that is imported after them, to see whether it wants their
names in another style. None of ours does, and a thousand sources cost a tenth of a cold start."""

import PySide6.QtCore  # noqa: F401 - it brings the next
from PySide6.support import feature  # type: ignore[attr-defined]


def read_no_sources() -> None:
    """Take every module for one that wants nothing. Once, before the others are imported."""
    feature._mod_uses_pyside = lambda _module: False

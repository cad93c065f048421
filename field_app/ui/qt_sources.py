"""Qt's bindings read the source of each module that is imported after them, to see whether it wants their
names in another style. None of ours does, and a thousand sources cost a tenth of a cold start."""

import sys

import PySide6.QtCore  # noqa: F401 - brings what is looked up below


def read_no_sources() -> None:
    """Take every module for one that wants nothing. Once, before the others are imported."""
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None:
        vars(feature)["_mod_uses_pyside"] = lambda _module: False

"""Which print service this machine has: CUPS where there is one, else the system's through Qt."""

import sys

from field_app.actions.print_cups import CupsPrinting
from field_app.actions.printing import Printing


def system_printing() -> Printing:
    """Windows prints through Qt; everything else is a CUPS machine."""
    if sys.platform == "win32":
        from field_app.ui.print_qt import QtPrinting

        return QtPrinting()
    return CupsPrinting()

"""What of Python's own habits would stop or end the desk."""

import gc
import subprocess
import sys

from field_app.interpreter import no_collection

# More calls than these constants have references in a desk: without them being held, this ends with
# "Fatal Python error: none_dealloc" or "bool_dealloc".
_MANY = """
import field_app.ui
from PySide6.QtCore import QCoreApplication, QDate, QObject, Signal

class Sender(QObject):
    sent = Signal(object)

app, sender, day = QCoreApplication([]), Sender(), QDate(2026, 1, 1)
sender.sent.connect(lambda value: None)
for number in range(100_000):
    sender.sent.emit(number)
    app.processEvents()
    sender.blockSignals(False)
    assert day != "a day"
print("alive", flush=True)
"""


def test_a_hundred_thousand_calls_do_not_end_the_program() -> None:
    done = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_the_collector_rests_and_goes_on() -> None:
    assert gc.isenabled()
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()  # Whoever turned it off turns it on.
    assert gc.isenabled()


def test_the_window_is_made_without_what_only_some_actions_need() -> None:
    code = ("import sys, field_app.app, field_app.ui.window;"
            "print([n for n in ('numpy', 'openpyxl', 'av', 'pillow_heif', 'alembic') if n in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]", "each costs every cold start"

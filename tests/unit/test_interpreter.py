"""What of Python's own habits would stop or end the desk."""

import gc
import subprocess
import sys

import pytest

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


def _said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
                          check=True).stdout.strip()


def test_a_start_collects_nothing_and_then_goes_on() -> None:
    assert _said("import gc; from field_app.interpreter import hurry, settle; hurry(); before = gc.isenabled();"
                 "settle(); print(before, gc.isenabled(), gc.get_freeze_count() > 0)") == "False True True"


@pytest.mark.skipif(sys.platform != "linux", reason="others know no such slack")
def test_threads_wake_when_their_turn_comes() -> None:
    """A wait of 20 microseconds takes no 50 more."""
    assert _said("from pathlib import Path; from field_app.interpreter import settle; settle();"
                 "print(Path('/proc/self/timerslack_ns').read_text())") == "1000"


def test_qt_reads_no_sources() -> None:
    assert _said("import inspect, field_app.ui; read = []; inspect.getsource = lambda m: read.append(m) or '';"
                 "import field_app.ui.parts, field_app.actions.overview, html.parser; print(read)") == "[]"


def test_the_window_is_made_without_what_only_some_actions_need() -> None:
    code = ("import sys, field_app.app, field_app.ui.window;"
            "print([n for n in ('numpy', 'openpyxl', 'av', 'pillow_heif', 'alembic', 'PIL',"
            " 'reportlab', 'pypdfium2') if n in sys.modules])")
    assert _said(code) == "[]", "each costs every cold start"

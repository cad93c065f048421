"""One cold start: opens the desk on a data folder as the program does, and tells when it is usable.

    python -m benchmarks.desk.start FOLDER

Usable: the login page is painted, both certificates are offered, nothing is still at work. Prints
resident and peak memory in MiB.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.interpreter import hurry

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer


def _memory_mib(name: str) -> int:
    """``VmRSS`` or ``VmHWM``. Not getrusage: there a process begins with the peak of the one that started it."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return int(lines[name].split()[0]) >> 10


def _look() -> None:
    """Ends the program when the first page is there."""
    from PySide6.QtWidgets import QApplication

    from field_app.ui.window import MainWindow

    window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
    if (window is not None and window.login.isVisible() and window.shell.jobs.idle()
            and all(half.choice.count() > 1 for half in window.login.halves)):
        window.grab()
        print(f"USABLE {_memory_mib('VmRSS')} {_memory_mib('VmHWM')}", flush=True)
        QApplication.quit()


def _watch() -> "QTimer":
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    timer = QTimer(QApplication(sys.argv[:1]))
    timer.timeout.connect(_look)
    timer.start(5)
    return timer


def main() -> int:
    """As the command line does it, in its order: what is imported before Qt costs less."""
    hurry()
    from field_app import app

    timer = _watch()
    done = app.run(Path(sys.argv[1]))
    timer.stop()
    return done


if __name__ == "__main__":
    sys.exit(main())

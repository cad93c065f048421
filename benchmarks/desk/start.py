"""One cold start: opens the desk on a data folder as the program does, and tells when it is usable.

    python -m benchmarks.desk.start FOLDER

Usable: the login page is painted, both certificates are offered, nothing is still at work. Prints
resident and peak memory in MiB.
"""

import resource
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from field_app import app


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def _watch() -> None:
    """Ends the program when the first page is there."""
    from field_app.ui.window import MainWindow

    def look() -> None:
        window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
        if (window is not None and window.login.isVisible() and window.shell.jobs.idle()
                and all(half.choice.count() > 1 for half in window.login.halves)):
            window.grab()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"USABLE {_resident_mib():.0f} {peak:.0f}", flush=True)
            QApplication.quit()

    timer.timeout.connect(look)
    timer.start(5)


if __name__ == "__main__":
    program = QApplication(sys.argv[:1])
    timer = QTimer()
    _watch()
    sys.exit(app.run(Path(sys.argv[1])))

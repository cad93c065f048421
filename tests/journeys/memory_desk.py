"""A desk as a process of its own, worked through a pipe, whose memory another process looks at.

PINs come as single keys and are typed as such, and nothing is imported that knows them, so that no
copy is this driver's own.
Usage: python -m tests.journeys.memory_desk DATA; commands and answers are lines.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from field_app.actions.context import AppContext
from field_app.actions.open_case import NewCase, open_case
from field_app.domain.clock import SystemClock
from field_app.memory import forbid_core_dumps
from field_app.paths import DataFolder
from field_app.ui import qt_messages, theme
from field_app.ui.language import speak
from field_app.ui.window import MainWindow

_BOUND_S = 120.0


class Desk:
    """The window and what is done with it."""

    def __init__(self, data: Path) -> None:
        self.app = QApplication(["desk"])
        qt_messages.install()
        speak("zh")
        theme.load_fonts()
        theme.apply(self.app, "light")
        self.window = MainWindow(AppContext(SystemClock(), DataFolder(data).make()))
        self.window.show()
        self.window.login.look()
        self.until(self.window.shell.jobs.idle)

    def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + _BOUND_S
        while not what():
            if time.monotonic() > end:
                raise TimeoutError
            self.app.processEvents()
            time.sleep(0.005)

    def do(self, command: str, *words: str) -> None:
        window = self.window
        if command == "choose":
            for slot, half in enumerate(window.login.halves):
                half.choice.setCurrentIndex(slot + 1)
        elif command == "key":
            QTest.keyClicks(window.login.halves[int(words[0])].pin, chr(int(words[1])))
        elif command == "forget":
            for half in window.login.halves:
                half.forget()
        elif command == "enter":
            window.login.enter.click()
            self.until(lambda: window.shell.session is not None and window.shell.jobs.idle())
        elif command == "case":
            told = json.loads(Path(words[0]).read_bytes())
            case = open_case(window.shell.officers, NewCase(**told))
            window.open_case(case.id)
            self.until(window.shell.jobs.idle)
        elif command == "leave":
            window.leave()
            self.gone()
        elif command == "lock":  # and nobody comes back; the half hour is over at once
            window.guard._out.setInterval(1)
            window.guard.lock("asked")
            self.gone()

    def gone(self) -> None:
        self.until(lambda: self.window.shell.session is None and self.window.shell.jobs.idle())
        for _turn in range(20):  # deferred deletions
            self.app.processEvents()


def main() -> int:
    forbid_core_dumps()
    desk = Desk(Path(sys.argv[1]))
    print("ready", flush=True)
    for line in sys.stdin:
        desk.do(*line.split())
        print("done", flush=True)
    desk.window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

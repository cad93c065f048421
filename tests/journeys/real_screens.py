"""Run by a test in a process of its own, on a real X server whose second screen is pulled out, put in again
and changed while the party reads on it. Prints what was seen after each step, as JSON."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from field_app.actions.case_desk import case_desk
from field_app.actions.fill_document import start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.ui.paper_editor import PaperEditor
from tests.journeys.conftest import at

FIRST, SECOND = "DUMMY0", "DUMMY1"
_PATIENCE_S = 10.0
# How long a window must lie still before it is looked at.
_STILL_S = 0.6
_TYPED = "second floor, east"


def turn(*words: str) -> None:
    """Plug, unplug or change screens, as the system's own tool does."""
    subprocess.run(["xrandr", *words], check=True, capture_output=True, timeout=30)


def _there() -> list[tuple[int, int]]:
    """How many pixels each lit screen has, by the system's own tool."""
    told = subprocess.run(["xrandr", "--listmonitors"], check=True, capture_output=True, text=True, timeout=30).stdout
    return sorted((int(wide), int(high)) for wide, high in re.findall(r" (\d+)/\d+x(\d+)/", told))


def _known() -> list[tuple[int, int]]:
    """The same as the desk's program knows it."""
    sizes = ((s.size(), s.devicePixelRatio()) for s in QGuiApplication.screens())
    return sorted((round(size.width() * dots), round(size.height() * dots)) for size, dots in sizes)


class Trial:
    """The desk with a paper open, and what can be seen of it."""

    def __init__(self, root: Path, scale: Path) -> None:
        world = at(root)
        self.scale = scale
        self.desk = Photographer(world.laptop.data, world.pictures)
        self.desk.log_in()
        session = self.desk.window.shell.officers
        case = open_case(session, NewCase(cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
        start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
        self.desk.window.open_case(case.id)
        self.desk.until(lambda: self.desk.window.desk.desk is not None)
        shown = self.desk.window.desk.desk
        assert shown is not None
        self.desk.window.desk.open_paper(shown.steps[0].papers[0])
        self.desk.until(lambda: self.desk.window.desk.editor is not None and bool(self.editor.view.pages))
        self.line = next(line for line in self.editor.form.findChildren(QLineEdit)
                         if line.isVisible() and line.isEnabled() and not line.text())
        self.seen: dict[str, dict[str, object]] = {}

    @property
    def editor(self) -> PaperEditor:
        editor = self.desk.window.desk.editor
        assert editor is not None
        return editor

    def spin(self, true: Callable[[], bool] = lambda: False, within_s: float = _PATIENCE_S) -> bool:
        """Let the window work until ``true``; whether it came true."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            self.desk.app.processEvents()
            time.sleep(0.01)
            if true():
                return True
        return False

    def settle(self) -> None:
        """Wait until the screens are known as they are, and nothing moves any more."""
        there = _there()
        self.spin(lambda: _known() == there)
        last, since = self._where(), time.monotonic()
        end = since + _PATIENCE_S
        while time.monotonic() < min(since + _STILL_S, end):
            self.spin(within_s=0.05)
            if (now := self._where()) != last:
                last, since = now, time.monotonic()

    def _where(self) -> tuple[QRect, QRect | None, bool]:
        party = self.editor.party
        return (self.desk.window.geometry(), party.geometry() if party is not None else None, self.shown)

    @property
    def shown(self) -> bool:
        """Whether the party's view is open."""
        return self.editor.party is not None and self.editor.party.isVisible()

    def look(self, name: str) -> None:
        """Write down what an officer and a party have before them."""
        self.settle()
        window, party = self.desk.window, self.editor.party
        lit = [screen.geometry() for screen in QGuiApplication.screens()]
        self.seen[name] = {
            "desk": _share(window, lit), "party": self.shown,
            "covers": _over(party, window) if self.shown and party is not None else 0.0,
            "party seen": _share(party, lit) if self.shown and party is not None else 0.0,
            "party wide": party.width() if self.shown and party is not None else 0,
            "told": window.banner.text if window.banner.isVisible() else "", "typed": self.line.text(),
            "line": self.line.isVisible() and self.line.visibleRegion().boundingRect().height() > 0}
        window.shell.messages.clear()

    def party_again(self) -> None:
        """F5 with the desk in hand."""
        self.desk.window.activateWindow()
        self.editor.show_party()
        self.spin(lambda: self.shown)

    def dots(self, dpi: int) -> None:
        """Another scale for all programs, as the system's settings give it out."""
        self.scale.write_text(f"Xft/DPI {dpi * 1024}\n")
        daemon = int(self.scale.with_suffix(".pid").read_text())
        subprocess.run(["kill", "-HUP", str(daemon)], check=True)


def _over(party: QWidget, desk: QWidget) -> float:
    """How much of the desk the party's view lies over."""
    part = party.geometry().intersected(desk.geometry())
    return round(part.width() * part.height() / (desk.width() * desk.height()), 2) if part.isValid() else 0.0


def _share(window: QWidget, lit: list[QRect]) -> float:
    """How much of a window, with its frame if it has one, lies on one screen."""
    frame = window.geometry() if window.isFullScreen() else window.frameGeometry()
    whole = frame.width() * frame.height()
    parts = [frame.intersected(each) for each in lit]
    return round(max((p.width() * p.height() / whole for p in parts if p.isValid()), default=0.0), 2)


def main(root: Path, scale: Path) -> None:
    beside = ["--output", SECOND, "--mode", "1280x720", "--right-of", FIRST]
    trial = Trial(root, scale)
    QTest.keyClicks(trial.line, _TYPED)
    trial.party_again()
    trial.look("reads")
    turn("--output", SECOND, "--off")
    trial.look("pulled")
    turn(*beside)
    trial.look("put in")
    trial.party_again()
    trial.look("reads again")
    turn("--output", SECOND, "--mode", "1024x768", "--right-of", FIRST)
    trial.look("smaller")
    turn("--output", FIRST, "--mode", "1920x1080", "--output", SECOND, "--mode", "1280x720", "--right-of", FIRST)
    trial.settle()
    trial.dots(144)
    trial.look("scaled")
    trial.dots(96)
    turn("--output", FIRST, "--mode", "1366x768", "--output", SECOND, "--mode", "1280x720", "--right-of", FIRST)
    trial.look("scaled back")
    turn("--output", SECOND, "--mode", "1280x720", "--same-as", FIRST)
    trial.look("mirrored")
    turn(*beside)
    trial.settle()
    trial.party_again()
    trial.look("side by side")
    turn("--output", FIRST, "--off", "--output", SECOND, "--pos", "0x0", "--primary")
    trial.look("officers' pulled")
    turn("--output", FIRST, "--mode", "1366x768", "--pos", "0x0", "--primary", *beside)
    trial.look("officers' put in")
    desk = trial.desk.window
    desk.move(QGuiApplication.screens()[-1].geometry().topLeft())
    trial.settle()
    trial.party_again()
    trial.look("changed places")
    turn("--output", SECOND, "--off")
    trial.look("desk's pulled")
    turn("--output", FIRST, "--mode", "1024x768")
    trial.look("smallest")
    trial.editor.save()
    trial.desk.until(lambda: True)
    session, paper = desk.shell.officers, trial.editor.paper
    kept = next(p for s in case_desk(session, paper.case).steps for p in s.papers if p.id == paper.id)
    trial.seen["kept"] = {"saved": _TYPED in json.dumps(kept.answers, ensure_ascii=False)}
    trial.desk.close()
    print(json.dumps(trial.seen, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

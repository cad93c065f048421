"""Screens of a real X server are pulled out, put in again, changed, scaled and mirrored under a desk at work.

Wants packages that the other tests do without: xserver-xorg-core, xserver-xorg-video-dummy (0.4 or later),
x11-xserver-utils, openbox and xsettingsd.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.cli.demo.world import World

_PROGRAMS = ("Xorg", "xrandr", "openbox", "xsettingsd")
_MISSING = [name for name in _PROGRAMS if shutil.which(name) is None]
pytestmark = [pytest.mark.soak, pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")]

_CONFIG = """
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoAddGPU" "false"
EndSection
Section "Device"
  Identifier "dummy"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "any"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
  Modeline "1366x768" 85.25 1366 1436 1579 1792 768 771 774 798
EndSection
Section "Screen"
  Identifier "both"
  Device "dummy"
  Monitor "any"
  DefaultDepth 24
EndSection
"""


def _started(words: list[str], *, env: dict[str, str] | None = None, keep: tuple[int, ...] = ()
             ) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, pass_fds=keep)


@pytest.fixture
def screens(tmp_path: Path) -> Iterator[tuple[dict[str, str], Path]]:
    """A display with two screens side by side, a window manager and the system's settings of scale."""
    config, scale = tmp_path / "xorg.conf", tmp_path / "scale"
    config.write_text(_CONFIG)
    scale.write_text("Xft/DPI 98304\n")
    ours, theirs = os.pipe()
    # The number of a display that is free is the server's to find.
    running = [_started(["Xorg", "-displayfd", str(theirs), "-noreset", "-nolisten", "tcp", "-config", str(config),
                         "-logfile", str(tmp_path / "xorg.log")], keep=(theirs,))]
    os.close(theirs)
    try:
        with os.fdopen(ours) as told:
            number = told.readline().strip()
        assert number, (tmp_path / "xorg.log").read_text()
        env = {**os.environ, "DISPLAY": f":{number}", "HOME": str(tmp_path)}
        for words in (["--addmode", "DUMMY1", "1280x720"], ["--addmode", "DUMMY1", "1024x768"],
                      ["--output", "DUMMY0", "--mode", "1366x768", "--primary",
                       "--output", "DUMMY1", "--mode", "1280x720", "--right-of", "DUMMY0"]):
            subprocess.run(["xrandr", *words], env=env, check=True, capture_output=True)
        running.append(_started(["openbox"], env=env))
        running.append(_started(["xsettingsd", "-c", str(scale)], env=env))
        scale.with_suffix(".pid").write_text(str(running[-1].pid))
        time.sleep(0.5)
        yield env, scale
    finally:
        for each in reversed(running):
            each.terminate()
            each.wait(10)


def test_screens_come_and_go_under_a_desk_at_work(world: World, screens: tuple[dict[str, str], Path]) -> None:
    env, scale = screens
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.real_screens", str(world.root), str(scale)],
        capture_output=True, text=True, timeout=240, check=False, env={**env, "QT_QPA_PLATFORM": "xcb"})
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen.pop("kept")["saved"], "what was typed is in the store"
    for name, each in seen.items():
        assert each["desk"] >= 0.95, f"{name}: the desk is not seen whole"
        assert each["covers"] <= 0.01, f"{name}: the party's paper lies over the desk"
        assert each["typed"] == "second floor, east" and each["line"], name
        if each["party"]:
            assert each["party seen"] == 1.0, f"{name}: the party's paper is not seen whole"
    assert seen["reads"]["party wide"] == 1280 and seen["smaller"]["party wide"] == 1024
    assert seen["scaled"]["party wide"] == 853 and seen["scaled back"]["party wide"] == 1280
    reading = {name for name, each in seen.items() if each["party"]}
    assert reading == {"reads", "reads again", "smaller", "scaled", "scaled back", "side by side", "changed places"}
    assert "屏幕断开" in seen["pulled"]["told"] and "F5" in seen["pulled"]["told"]
    for name in ("mirrored", "officers' pulled", "desk's pulled"):
        assert "已收起" in seen[name]["told"] and "F5" in seen[name]["told"], name

"""The party reads on a screen of its own; when that is pulled, the paper does not jump onto the officers'."""

import json
import os
import subprocess
import sys
from pathlib import Path

from field_app.cli.demo.world import World

_DPI = {"logicalDpi": 96, "logicalBaseDpi": 96}
_SCREENS = {"screens": [
    {"name": "officers", "x": 0, "y": 0, "width": 1366, "height": 768, **_DPI},
    {"name": "party", "x": 1366, "y": 0, "width": 1280, "height": 720, **_DPI}]}


def test_the_partys_screen_is_pulled(world: World, tmp_path: Path) -> None:
    config = tmp_path / "screens.json"
    config.write_text(json.dumps(_SCREENS))
    # Screens are the platform's and made when the program starts, hence a program of its own.
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.two_screens", str(world.root)], capture_output=True, text=True,
        timeout=60, check=False, env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"})
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["on"] == "party" and seen["whole"] and seen["wide"] == 1280
    assert seen["pixels"] > 1100, "drawn for the larger screen"
    assert seen["stays"] and seen["gone"] and seen["editor"]
    assert "屏幕断开" in seen["told"] and "F5" in seen["told"]
    assert "已移到这块屏幕上" in seen["moved"], "the desk lay where no screen is"
    assert seen["again"]

"""The desk's gallery: every page and window, photographed in each size and theme, from a real day.

Each look has a process and a copy of the world of its own, because the scale of a screen is set
before its program starts.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from field_app.cli.telling import say
from field_app.errors import UserError


@dataclass(frozen=True)
class Look:
    """One way of looking at the desk: window in logical pixels, the screen's scale, the theme, the
    language, and the size that officers choose in 设置, in percent."""

    name: str
    size: tuple[int, int]
    scale: str
    theme: str
    language: str = "zh"
    percent: int = 100


# The taskbar takes 40 of the screen's rows.
LOOKS = (
    Look("1366x768", (1366, 728), "1", "light"),
    Look("1920x1080-150", (1280, 680), "1.5", "light"),
    Look("sunlight", (1366, 728), "1", "sunlight"),
    Look("dark", (1366, 728), "1", "dark"),
    Look("size-200", (1920, 1020), "1", "light", percent=200),
    Look("english", (1366, 728), "1", "light", "en"),
    Look("english-1920x1080-150", (1280, 680), "1.5", "light", "en"),
    Look("english-sunlight", (1366, 728), "1", "sunlight", "en"),
    Look("english-dark", (1366, 728), "1", "dark", "en"),
)


def take_gallery(root: Path, out: Path, *, only: str = "", language: str = "") -> int:
    """Photograph the played day in ``root`` into ``out/LOOK``; returns how many pictures there are.

    ``only``: the name of one look; ``language``: those in this language. Raises UserError when a
    look's pictures could not be taken.
    """
    wanted = [look for look in LOOKS if only in ("", look.name) and language in ("", look.language)]
    if not wanted:
        raise UserError(f"没有“{only}”这种样式。", f"可选：{'、'.join(look.name for look in LOOKS)}。")
    for look in wanted:
        folder = out / look.name
        folder.mkdir(parents=True, exist_ok=True)
        copy = root.with_name(f"{root.name}-{look.name}")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)
        done = subprocess.run(
            [sys.executable, "-m", "field_app.cli.demo.gallery", str(copy), str(folder), look.name],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": look.scale},
            check=False)
        shutil.rmtree(copy, ignore_errors=True)
        if done.returncode:
            raise UserError(f"样式“{look.name}”的照片没有拍完。", "请看上面的说明。")
        say(f"  {look.name}: {len(list(folder.glob('*.png')))}张　{folder}")
    return sum(len(list((out / look.name).glob("*.png"))) for look in wanted)


def main() -> int:
    """``ROOT OUT LOOK``: one look's pictures."""
    from field_app.actions.context import AppContext
    from field_app.cli.demo.photographs import take_photographs
    from field_app.cli.demo.world import World
    from field_app.domain.clock import SystemClock
    from field_app.paths import DataFolder

    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    look = next(one for one in LOOKS if one.name == sys.argv[3])
    world = World(root, AppContext(SystemClock(), DataFolder(root / "laptop")), root / "headquarters",
                  root / "cards", root / "papers", out)
    take_photographs(world, size=look.size, theme=look.theme, language=look.language, percent=look.percent)
    return 0


if __name__ == "__main__":
    sys.exit(main())

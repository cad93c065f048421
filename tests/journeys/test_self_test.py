"""The self-test passes where the program is whole, without a screen, and says what it found."""

import json
import os
import subprocess
import sys


def test_it_passes_here() -> None:
    env = {k: v for k, v in os.environ.items()
           if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([sys.executable, "-m", "field_app", "--json", "self-test"], env=env,
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout)
    assert [r["name"] for r in results] == [
        "文书", "资料库", "封存", "录制", "声音", "窗口", "本机资料"]
    assert all(r["ok"] for r in results)
    assert "98种文书" in results[0]["text"]

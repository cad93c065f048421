"""A recorder whose program is halted, as when the computer is busy with itself or asleep."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from field_app.media.clip import GapKind
from field_app.media.recorder import Recorder
from field_app.media.session import Session

pytestmark = pytest.mark.alone

# Other threads of the program go on here, and what they work is no halt: enough is left on slow machines too.
HALT_S = 5.5


def test_a_halt_in_the_midst_of_a_turn_is_a_gap_too(
        folder: Path, *, make_plan: Any, camera: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorder's thread may be halted while it works, not only while it waits."""
    emit, halted = Session._emit, threading.Event()

    def halt(self: Session, now_ns: int) -> None:
        if self.elapsed_s > 1 and not halted.is_set():
            halted.set()
            time.sleep(HALT_S)
        emit(self, now_ns)

    monkeypatch.setattr(Session, "_emit", halt)
    recorder = Recorder()
    recorder.start(make_plan(folder, camera=camera.url))
    wait_until(lambda: recorder.status().elapsed_s > 2.5)
    result = recorder.stop()
    (gap,) = [gap for gap in result.gaps if gap.kind is GapKind.CLOCK]
    assert 3000 < gap.ended.mono_ms - gap.started.mono_ms < HALT_S * 1000 + 1500
    assert result.clean and len(result.segments) == 2
    assert sum(segment.duration_s for segment in result.segments) < 5  # The halt itself is no part of the film.

"""Looks at a running recording from outside, twice a second, and tells what is wrong with it.

Believes no flag of the recorder: it looks at the pictures' content, at the sound's level and at
what can be read back from the disk. Each trouble is told once when it begins and once when it ends.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from field_app import logs
from field_app.domain.clock import Moment
from field_app.media.battery import Battery, battery
from field_app.media.clip import Alarm, Trouble
from field_app.media.memory import give_back
from field_app.media.session import Session
from field_app.media.witness import SegmentWitness, grown

EVERY_S = 0.5
# With the half second between looks, each is told within three seconds.
UNWELL_AFTER_S = 2.3
SLOW_BELOW = 0.6
BATTERY_PERCENT = 15
_BATTERY_EVERY_S = 10.0
_GIVE_BACK_EVERY_S = 30.0
# The first second is on disk at the latest so long after the start.
_FIRST_WRITE_S = 4.0


class _Disk:
    """What lies on the disk of the present segment, and since when it did not get more."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._path: Path | None = None
        self._witness: SegmentWitness | None = None
        self._seen: tuple[int, ...] = ()
        self._grew_ns = self._looked_ns = 0
        self.safe_s: float | None = None
        self.wait(time.monotonic_ns())

    def wait(self, now_ns: int) -> None:
        """Nothing is written yet; the first second may take longer than others."""
        self._grew_ns = now_ns + round((_FIRST_WRITE_S - UNWELL_AFTER_S) * 1e9)

    def look(self, now_ns: int) -> bool:
        """Whether more is there than a while ago."""
        segments, identity = self._session.segments, self._session.plan.witness
        if segments is None or not segments.paths:
            return now_ns - self._grew_ns < UNWELL_AFTER_S * 1e9
        path = segments.paths[-1]
        if not grown(path)[1]:  # Named already, and opened in its turn.
            return now_ns - self._grew_ns < UNWELL_AFTER_S * 1e9
        if path != self._path:
            self._path = path
            self._witness = SegmentWitness(path, [identity]) if identity is not None else None
        fragments = self._witness.look() if self._witness is not None else 0
        seen = (len(segments.paths), fragments) if self._witness else (
            len(segments.paths), *grown(path))
        if seen != self._seen:
            self._seen, self._grew_ns = seen, self._written_ns(path, now_ns)
        self._looked_ns = now_ns
        if self._witness is not None:
            closed = sum(s.duration_s for s in tuple(segments.sealed) if s.path != path)
            self.safe_s = min(closed + fragments, self._session.elapsed_s)
        return now_ns - self._grew_ns < UNWELL_AFTER_S * 1e9

    def _written_ns(self, path: Path, now_ns: int) -> int:
        """When what is new was written: told by the file, but not before the last look."""
        age_ns = max(0, time.time_ns() - grown(path)[1])
        return max(self._looked_ns, now_ns - age_ns)


class Watchdog:
    """``told`` is called on the watchdog's thread with each alarm, after it is on record."""

    def __init__(self, session: Session, *, told: Callable[[Alarm], None] | None = None,
                 power: Callable[[], Battery | None] = battery) -> None:
        self._session = session
        self._told = told
        self._power = power
        self._power_at = 0.0
        self._battery_low = False
        self._disk = _Disk(session)
        self._present: dict[Trouble, None] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now, most pressing first."""
        return tuple(trouble for trouble in _ORDER if trouble in self._present)

    @property
    def safe_s(self) -> float | None:
        """Seconds of the clip read back whole from the disk; ``None`` without a witness."""
        return self._disk.safe_s

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        gave_back = time.monotonic()
        while not self._stop.wait(EVERY_S):
            if time.monotonic() - gave_back > _GIVE_BACK_EVERY_S:
                gave_back = time.monotonic()
                give_back()
            try:
                self._compare(self.look(time.monotonic_ns()))
            except Exception as error:  # Never the reason that nobody watches any more.
                logs.defect(error)

    def look(self, now_ns: int) -> set[Trouble]:
        """All that is wrong at this instant."""
        session = self._session
        found = {
            Trouble.DISK_FULL: session.disk_full,
            Trouble.ENCODER_FAILED: session.failed and not session.disk_full,
            Trouble.DISK_LOW: session.free_bytes < session.plan.reserve_bytes,
            Trouble.FALLING_BEHIND: session.behind,
            Trouble.BATTERY_LOW: self._is_battery_low(),
            Trouble.NOT_WRITTEN: self._is_not_written(now_ns)}
        return {t for t, true in found.items() if true} | self._senses(now_ns)

    def _is_not_written(self, now_ns: int) -> bool:
        if self._session.segments is None or not self._session.running:
            self._disk.wait(now_ns)
            return False
        return not self._disk.look(now_ns)

    def _senses(self, now_ns: int) -> set[Trouble]:
        session, senses = self._session, self._session.intake.senses
        if not session.running:
            return set()

        def unwell(since_ns: int) -> bool:
            return now_ns - since_ns > UNWELL_AFTER_S * 1e9

        found: set[Trouble] = set()
        camera, microphone = session.camera, session.microphone
        if camera is not None and (camera.lost or unwell(senses.frame_ns)):
            found.add(Trouble.CAMERA_LOST)
        elif camera is not None:
            if unwell(senses.bright_ns):
                found.add(Trouble.BLACK)
            elif unwell(senses.changed_ns):
                found.add(Trouble.FROZEN)
            elif 0 < camera.fps < SLOW_BELOW * session.plan.fps:
                found.add(Trouble.SLOW)
        if microphone is not None and microphone.lost:
            found.add(Trouble.MICROPHONE_LOST)
        elif microphone is not None and unwell(senses.loud_ns):
            found.add(Trouble.SILENT)
        return found

    def _is_battery_low(self) -> bool:
        if time.monotonic() - self._power_at > _BATTERY_EVERY_S:
            self._power_at = time.monotonic()
            now = self._power()
            self._battery_low = (now is not None and not now.charging
                                 and now.percent <= BATTERY_PERCENT)
        return self._battery_low

    def _compare(self, found: set[Trouble]) -> None:
        for trouble in [t for t in self._present if t not in found]:
            del self._present[trouble]
            self._tell(trouble, over=True)
        for trouble in _ORDER:
            if trouble in found and trouble not in self._present:
                self._present[trouble] = None
                self._tell(trouble, over=False)

    def _tell(self, trouble: Trouble, *, over: bool) -> None:
        alarm = Alarm(trouble, self._now(), over)
        self._session.alarm(alarm)
        if self._told is not None:
            self._told(alarm)

    def _now(self) -> Moment:
        return self._session.plan.clock.now()


_ORDER = (
    Trouble.DISK_FULL, Trouble.ENCODER_FAILED, Trouble.NOT_WRITTEN, Trouble.CAMERA_LOST,
    Trouble.MICROPHONE_LOST, Trouble.FROZEN, Trouble.BLACK, Trouble.SILENT, Trouble.DISK_LOW,
    Trouble.BATTERY_LOW, Trouble.SLOW, Trouble.FALLING_BEHIND)

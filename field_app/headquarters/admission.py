"""Who may speak: the device behind a TLS connection, judged by fresh trust, and how often."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from field_app import logs
from field_app.credentials.cms import load_certificate
from field_app.credentials.profile import Purpose, fingerprint, subject_name
from field_app.credentials.trust import (
    BUNDLE_NAME,
    SIGNATURE_NAME,
    CertificateRefused,
    Trust,
    TrustRefused,
    check_certificate,
)
from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
from field_app.protocol.errors import WireError, WireRefused
from field_app.protocol.limits import CALL_BURST, CALLS_PER_SECOND

_JUDGED_FOR_S = 5.0
_FORGET_EVERY_S = 60.0


@dataclass(frozen=True)
class Device:
    """The laptop that speaks; ``fingerprint`` is the hash of its certificate."""

    number: str
    fingerprint: str


class FreshTrust:
    """The folder's trust bundle, read again whenever its files change."""

    def __init__(self, folder: HqFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] = ()
        self._trust = folder.load_trust()

    def _stamps(self) -> tuple[int, ...]:
        files = (self._folder.trust / name for name in (BUNDLE_NAME, SIGNATURE_NAME))
        return tuple(value for status in (file.stat() for file in files)
                     for value in (status.st_mtime_ns, status.st_size))

    def _read(self) -> Trust:
        """What lies there now; the one before when that is newer: it may know who was withdrawn since."""
        try:
            return self._folder.load_trust(current=self._trust)
        except TrustRefused as error:
            if not error.code.startswith("older"):
                raise
            logs.warn("trust bundle is older", code=error.code)
            return self._trust

    def unchanged(self) -> Trust | None:
        """The bundle as it was read, when that is certain without waiting or reading; else None."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._trust if self._stamps() == self._stamp else None
        except OSError:
            return None
        finally:
            self._lock.release()

    def now(self) -> Trust:
        """The newest bundle; the one before while a new one is unreadable, or older."""
        with self._lock:
            try:
                stamp = self._stamps()
                if stamp != self._stamp:
                    self._trust = self._read()
                    self._stamp = stamp
            except (OSError, TrustRefused, HeadquartersIncomplete):
                logs.warn("trust bundle unreadable")
            return self._trust


class Gate:
    """Admits devices; refuses with ``device_refused`` or ``too_many_requests``."""

    def __init__(self, trust: FreshTrust, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._trust = trust
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        self._admitted: dict[bytes, tuple[Trust, float, Device]] = {}
        self._looked = clock()

    def admit(self, certificate: bytes | None) -> Device:
        """The device of a DER client certificate; raises :class:`WireRefused`."""
        if certificate is None:
            raise WireRefused(WireError.DEVICE_REFUSED, reason="no certificate")
        device = self._judged(certificate)
        self.count(device)
        return device

    def recall(self, certificate: bytes | None) -> Device | None:
        """The device when it was judged just now by the bundle that still counts; never waits.

        Its call is still to be counted (:meth:`count`).
        """
        known = None if certificate is None else self._admitted.get(certificate)
        if known is None or self._clock() >= known[1] or self._trust.unchanged() is not known[0]:
            return None
        return known[2]

    def _judged(self, certificate: bytes) -> Device:
        """Judged anew with every new bundle, and every few seconds, but not on every call."""
        trust, now = self._trust.now(), self._clock()
        known = self._admitted.get(certificate)
        if known is not None and known[0] is not trust:
            self._admitted.clear()
        elif known is not None and now < known[1]:
            return known[2]
        try:
            parsed = load_certificate(certificate)
            check_certificate(parsed, trust, at=datetime.now(UTC), purpose=Purpose.DEVICE)
        except CertificateRefused as error:
            raise WireRefused(WireError.DEVICE_REFUSED, reason=error.code) from error
        except ValueError as error:
            raise WireRefused(WireError.DEVICE_REFUSED, reason="malformed") from error
        device = Device(subject_name(parsed), fingerprint(parsed))
        self._forget(now)
        self._admitted[certificate] = (trust, now + _JUDGED_FOR_S, device)
        return device

    def _forget(self, now: float) -> None:
        """Devices that said nothing for a while, now and then: they would be judged anew anyway."""
        if now < self._looked + _FORGET_EVERY_S:
            return
        with self._lock:
            self._looked = now
            self._admitted = {c: known for c, known in list(self._admitted.items()) if now < known[1]}
            self._buckets = {who: (left, at) for who, (left, at) in self._buckets.items()
                             if left + (now - at) * CALLS_PER_SECOND < CALL_BURST}

    def count(self, device: Device) -> None:
        """One call more; :class:`WireRefused` with ``too_many_requests``."""
        who = device.fingerprint
        with self._lock:
            now = self._clock()
            left, at = self._buckets.get(who, (float(CALL_BURST), now))
            left = min(CALL_BURST, left + (now - at) * CALLS_PER_SECOND) - 1
            self._buckets[who] = (max(left, 0.0), now)
        if left < 0:
            raise WireRefused(WireError.TOO_MANY_REQUESTS)

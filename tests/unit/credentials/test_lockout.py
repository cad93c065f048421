"""Wrong PINs bring growing delays; a file that was edited, cut or is of another machine is noticed."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from field_app.credentials.lockout import DELAYS, Lockout, read_lockout, write_lockout
from field_app.domain.clock import CHINA

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)
MACHINE = b"m" * 32


def wrong(times: int, *, start: Lockout | None = None, at: datetime = NOW) -> Lockout:
    lockout = start or Lockout()
    for _ in range(times):
        lockout = lockout.after_wrong("a", at)
    return lockout


@pytest.mark.parametrize(("times", "wait"), [
    (0, timedelta()), (4, timedelta()), (5, DELAYS[0]), (9, timedelta()), (10, DELAYS[1]),
    (15, DELAYS[2]), (20, DELAYS[2]), (50, DELAYS[2])])
def test_each_fifth_brings_a_longer_wait(times: int, wait: timedelta) -> None:
    assert wrong(times).wait("a", NOW) == wait
    assert wrong(times).wait("b", NOW) == timedelta()
    assert wrong(times).wait("a", NOW + DELAYS[2]) == timedelta()


def test_a_login_forgets_and_others_are_kept(tmp_path: Path) -> None:
    lockout = wrong(7).after_wrong("b", NOW)
    path = tmp_path / "lockout.json"
    write_lockout(path, lockout, MACHINE)
    assert read_lockout(path, MACHINE, now=NOW) == lockout
    after = lockout.after_login("a")
    assert after.wait("a", NOW) == timedelta() and after.tries["b"].wrong == 1 and after.total == 0
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", [
    lambda t: t.replace(b"[7,", b"[0,").replace(b"[7", b"[0"), lambda t: t[:-5], lambda t: b"[]",
    lambda t: b"", lambda t: b"\xff\xfe", lambda t: b'{"mac": 3}', lambda t: b"{" * 9000,
    lambda t: t + b" " * 70_000])
def test_another_hand_is_noticed(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "lockout.json"
    write_lockout(path, wrong(7), MACHINE)
    changed = spoil(path.read_bytes())
    path.write_bytes(changed)
    assert read_lockout(path, MACHINE, now=NOW).edited


def test_a_copy_from_another_machine_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "lockout.json"
    write_lockout(path, wrong(7), b"n" * 32)
    assert read_lockout(path, MACHINE, now=NOW).edited
    assert not read_lockout(tmp_path / "none.json", MACHINE, now=NOW).edited


def test_a_clock_set_back_does_not_lengthen_a_wait(tmp_path: Path) -> None:
    path = tmp_path / "lockout.json"
    write_lockout(path, wrong(15), MACHINE)
    earlier = NOW - timedelta(days=365)
    assert read_lockout(path, MACHINE, now=earlier).wait("a", earlier) == DELAYS[2]


def test_only_so_many_keys_are_remembered(tmp_path: Path) -> None:
    lockout = Lockout()
    for n in range(500):
        lockout = lockout.after_wrong(f"k{n}", NOW)
    assert len(lockout.tries) <= 200 and "k499" in lockout.tries
    write_lockout(tmp_path / "l.json", lockout, MACHINE)
    assert len(json.loads((tmp_path / "l.json").read_bytes())["tries"]) <= 200

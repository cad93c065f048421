"""Login guards: wrong PINs bring waits, key files stay off the disk, a clock set back is on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from field_app.actions import administer, take_bundle
from field_app.actions.context import AppContext
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, World
from field_app.credentials.key_file import load_key_file
from field_app.credentials.medium import Medium
from field_app.credentials.token_keys import TokenPlace
from field_app.credentials.wrapped_key import wrap
from field_app.crypto.machine_secret import machine_secret
from field_app.domain.clock import Moment, SystemClock
from field_app.errors import UserError
from field_app.storage import events


class Shifted:
    """A clock so far from the machine's."""

    def __init__(self, by: timedelta) -> None:
        self._clock, self.by = SystemClock(), by

    def now(self) -> Moment:
        real = self._clock.now()
        return Moment(real.wall + self.by, real.mono_ms, real.boot)


def code(world: World, *cards: CardAndPin) -> tuple[str, str]:
    with pytest.raises(UserError) as error:
        log_in(world.laptop, *cards)
    return error.value.code, error.value.what


def test_wrong_pins_bring_a_wait_and_a_login_forgets_them(world: World) -> None:
    first, second = world.both()
    for left in (4, 3, 2, 1):
        told = code(world, first, replace(second, pin="000000"))
        assert told[0] == "login.wrong_pin" and f"再输错{left}次" in told[1]
    assert "1分钟后才能再试" in code(world, first, replace(second, pin="000000"))[1]
    assert code(world, first, second)[0] == "login.locked"  # the right PIN must wait as well
    assert code(world, replace(first, pin="0"), second)[0] == "login.wrong_pin"  # the other has tries
    later = AppContext(Shifted(timedelta(minutes=2)), world.laptop.data)
    session = log_in(later, first, second)
    log_out(session)
    told = code(replace(world, laptop=later), first, replace(second, pin="000000"))
    assert "再输错4次" in told[1]


def test_an_edited_count_makes_each_wait(world: World) -> None:
    first, second = world.both()
    code(world, first, replace(second, pin="000000"))
    path = world.laptop.data.lockout
    path.write_bytes(path.read_bytes().replace(b'"total": 1', b'"total": 0'))
    assert code(world, first, second)[0] == "login.locked"


def real_bundle(world: World) -> None:
    """The laptop of a real district: no training."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    administer.make_bundle(
        world.laptop, authority, world.headquarters, world.root / "bundle",
        recipients=[administer.headquarters_recipient(world.headquarters, HQ_UNIT)],
        agency={"name": AGENCY})
    take_bundle.import_bundle(world.laptop, world.root / "bundle")


def test_a_key_file_on_the_disk_of_a_real_laptop_is_refused(
        world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real_bundle(world)
    monkeypatch.setattr("field_app.actions.unlock_card.medium_of", lambda _path: Medium.FIXED)
    told = code(world, *world.both())
    assert told[0] == "login.on_disk" and "电脑硬盘" in told[1]
    monkeypatch.setattr("field_app.actions.unlock_card.medium_of", lambda _path: Medium.REMOVABLE)
    log_out(log_in(world.laptop, *world.both()))


def test_a_wrapped_key_may_lie_on_the_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real_bundle(world)
    monkeypatch.setattr("field_app.actions.unlock_card.medium_of", lambda _path: Medium.FIXED)
    cards = []
    for card in world.both():
        assert not isinstance(card.place, TokenPlace)
        path = card.place.with_suffix(".lek")
        path.write_bytes(wrap(load_key_file(card.place, card.pin), "很长的加固口令-0123",
                              machine_secret(), memory_kib=8 << 10, passes=1, lanes=1))
        cards.append(CardAndPin(path, "很长的加固口令-0123"))
    log_out(log_in(world.laptop, *cards))


def test_a_clock_set_back_is_on_record_and_certificates_are_judged_by_what_was_seen(
        world: World) -> None:
    log_out(log_in(AppContext(Shifted(timedelta(days=20)), world.laptop.data), *world.both()))
    session = log_in(AppContext(Shifted(timedelta(days=1)), world.laptop.data), *world.both())
    with session.begin() as tx:
        told = [e.members() for e in events.since(tx, 0)]
    (back,) = [e for e in told if e["typ"] == "clock_set_back"]
    assert back["body"]["behind_s"] > 18 * 86400
    assert told[-1]["at"]["wall"] < told[0]["at"]["wall"]  # what was recorded stays as it was
    log_out(session)

"""Lost keys: two of three custodians recover a laptop; a lost one wipes itself and tells first."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from field_app.actions import administer, take_bundle
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.actions.lost_keys import Custodian, recover, wipe
from field_app.actions.unsent import unsent
from field_app.cli import main
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, UNIT, World
from field_app.credentials.device import read_header
from field_app.errors import UserError
from field_app.storage import events

WORDS = "保管人的长口令-0123456789"


def new_bundle(world: World, **facts: object) -> None:
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    administer.make_bundle(
        world.laptop, authority, world.headquarters, world.root / "bundle",
        recipients=[administer.headquarters_recipient(world.headquarters, HQ_UNIT)],
        agency={"name": AGENCY, "training": True, **facts})
    authority.save_register(world.root / "ca")


@pytest.fixture
def world(either_world: World) -> World:
    """A laptop is recovered and wiped alike in either suite."""
    return either_world


@pytest.fixture
def custodians(world: World) -> list[Custodian]:
    """Three custodians, known to the laptop since a login."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    made = [Custodian(administer.issue_custodian(
        world.laptop, authority, world.root / "custodians", f"保管人{n}", f"K-{n}", WORDS), WORDS)
        for n in (1, 2, 3)]
    authority.save_register(world.root / "ca")
    new_bundle(world)
    take_bundle.import_bundle(world.laptop, world.root / "bundle")
    log_out(log_in(world.laptop, *world.both()))
    assert len(read_header(world.laptop.data.device_header).escrow) == 3
    return made


def newcomers(world: World) -> list[CardAndPin]:
    """Both officers' keys are lost: two others get theirs."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    for number in ("YL50015600101", "YL50015600102"):
        administer.withdraw_officer(world.laptop, authority, number)
    paths = [administer.issue_officer(world.laptop, authority, world.cards, administer.NewOfficer(
        name=f"新人{n}（演练）", number=f"N-{n}", agency=AGENCY, unit=UNIT), "演练口令-111111")
        for n in (1, 2)]
    authority.save_register(world.root / "ca")
    new_bundle(world)
    return [CardAndPin(p, "演练口令-111111") for p in paths]


@pytest.mark.parametrize("pair", [(0, 1), *(pytest.param(pair, marks=pytest.mark.soak)
                                           for pair in list(combinations(range(3), 2))[1:])])
def test_any_two_of_three_recover_without_losing_a_case(
        world: World, custodians: list[Custodian], pair: tuple[int, int]) -> None:
    session = log_in(world.laptop, *world.both())
    with session.begin() as tx:
        before = events.count(tx)
    log_out(session)
    cards = newcomers(world)
    one, two = (custodians[n] for n in pair)
    assert recover(world.laptop, world.root / "bundle", one, two) == 1
    session = log_in(world.laptop, *cards)
    with session.begin() as tx:
        told = [e.members() for e in events.since(tx, before)]
        assert events.first_break(tx) is None
    (body,) = [e["body"] for e in told if e["typ"] == "vault_recovered"]
    assert body["names"] == [f"保管人{n + 1}" for n in pair]
    log_out(session)


def refused(call: object) -> str:
    with pytest.raises(UserError) as error:
        call()  # type: ignore[operator]
    return error.value.code


def test_one_custodian_or_a_stranger_recovers_nothing(
        world: World, custodians: list[Custodian]) -> None:
    one, two, _ = custodians
    header = world.laptop.data.device_header.read_bytes()
    assert refused(lambda: recover(world.laptop, None, one, one)) == "custodian.pair"
    wrong = replace(two, passphrase="不是这个口令-000000")
    assert refused(lambda: recover(world.laptop, None, one, wrong)) == "custodian.pin"
    officer = world.both()[0]
    assert isinstance(officer.place, Path)
    stranger = Custodian(officer.place, officer.pin)
    assert refused(lambda: recover(world.laptop, None, one, stranger)) == "custodian.refused"
    assert world.laptop.data.device_header.read_bytes() == header


def test_the_command_recovers(world: World, custodians: list[Custodian], tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text(WORDS)
    newcomers(world)
    assert main(["--data", str(world.laptop.data.root), "admin", "recover",
                 "--bundle", str(world.root / "bundle"),
                 "--custodian", str(custodians[0].path), "--custodian", str(custodians[2].path),
                 "--pin-file", str(words), "--pin-file", str(words)]) == 0


def test_a_wipe_asks_for_the_number_and_leaves_nothing_to_open(
        world: World, capsys: pytest.CaptureFixture[str]) -> None:
    log_out(log_in(world.laptop, *world.both()))
    data, header = world.laptop.data, world.laptop.data.device_header
    sealed = header.read_bytes()
    assert refused(lambda: wipe(world.laptop, sure="D999")) == "wipe.number"
    assert header.read_bytes() == sealed
    assert unsent(world.laptop) is not None
    told = data.unsent.read_bytes()
    for spoilt in (b"[" * 4096, b"{", b"[]", b'{"cases": "many"}'):
        data.unsent.write_bytes(spoilt)
        assert unsent(world.laptop) is None
    data.unsent.write_bytes(told)
    assert main(["--data", str(data.root), "admin", "wipe", "--sure", "D001"]) == 0
    assert "0件" in capsys.readouterr().out
    assert not header.exists()
    assert refused(lambda: log_in(world.laptop, *world.both())) == "device.not_enrolled"


def test_too_many_wrong_pins_wipe_where_headquarters_says_so(
        world: World, new_case: object) -> None:
    new_bundle(world, wipe_after_wrong_pins=4)
    take_bundle.import_bundle(world.laptop, world.root / "bundle")
    session = log_in(world.laptop, *world.both())
    new_case(session)  # type: ignore[operator]
    log_out(session)
    first, second = world.both()
    said = []
    for _ in range(4):
        with pytest.raises(UserError) as error:
            log_in(world.laptop, first, replace(second, pin="000000"))
        said.append((error.value.code, error.value.what))
    assert "再输错1次，本机的密钥将被清除，总部还没有签收的1件案件将无法恢复" in said[2][1]
    assert said[3][0] == "login.wiped" and not world.laptop.data.device_header.exists()

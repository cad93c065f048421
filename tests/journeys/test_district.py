"""The district's authority as the desk and the command line use it: kept at once, or not at all."""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest

from field_app.actions import district
from field_app.actions.administer import NewOfficer
from field_app.actions.ceremony import ceremony_pdf, write_ceremony
from field_app.actions.context import AppContext
from field_app.actions.district_register import Holder, Standing, grouped
from field_app.actions.log_in import log_in, log_out
from field_app.actions.lost_keys import Custodian, try_share
from field_app.actions.take_bundle import import_bundle
from field_app.actions.take_from_stick import is_enrolled, take_from_stick
from field_app.cli import main
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, UNIT, World
from field_app.credentials.trust import load_trust
from field_app.domain.clock import Moment, SystemClock
from field_app.domain.people import Role
from field_app.domain.withdrawal import Withdrawal
from field_app.errors import UserError
from field_app.paths import DataFolder

PIN, LONG = "246810", "保管人的长口令-0123456789"
NEW = NewOfficer("新来的（演练）", "YL50015600109", AGENCY, UNIT, "YL12", Role.AUXILIARY)


@dataclass(frozen=True)
class Shifted:
    """The laptop's clock, so many days on."""

    days: int

    def now(self) -> Moment:
        moment = SystemClock().now()
        return replace(moment, wall=moment.wall + timedelta(days=self.days))


@pytest.fixture
def opened(world: World) -> district.District:
    return district.open_district(world.laptop, world.root / "ca", CA_WORDS)


def later(opened: district.District, days: int) -> district.District:
    context = AppContext(Shifted(days), opened.context.data)
    return district.open_district(context, opened.folder, CA_WORDS)


def refused(call: object) -> str:
    with pytest.raises(UserError) as error:
        call()  # type: ignore[operator]
    assert error.value.what and error.value.remedy
    return error.value.code


def officers(opened: district.District, number: str) -> list[Standing]:
    now = opened.context.clock.now().wall
    return [one.standing(now) for one in opened.issued() if one.number == number]


def test_a_folder_that_does_not_open_says_why(world: World, tmp_path: Path) -> None:
    ca = world.root / "ca"

    def code(folder: Path, words: str = CA_WORDS) -> str:
        return refused(lambda: district.open_district(world.laptop, folder, words))

    assert code(ca, "不是这个口令-0123") == "ca.passphrase" == code(ca, "")
    assert code(tmp_path) == "ca.missing" == code(tmp_path / "none") == code(world.cards)
    for name, spoilt, want in (
            ("register.json", b"{", "ca.damaged"), ("register.json", b'{"issued": [1]}', "ca.damaged"),
            ("register.json", b'{"bundle_number": "7"}', "ca.damaged"),
            ("register.json", b"[" * 100_000, "ca.damaged"),
            ("district.pem", b"no certificate", "ca.damaged"),
            ("district.pem", (ca / "root.pem").read_bytes(), "ca.damaged"),
            ("root.key", (ca / "district.key").read_bytes(), "ca.damaged"),
            ("root.key", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", "ca.damaged"),
            ("root.key", None, "ca.missing")):
        copy = tmp_path / "copy"
        shutil.copytree(ca, copy, dirs_exist_ok=True)
        (copy / name).unlink()
        if spoilt is not None:
            (copy / name).write_bytes(spoilt)
        assert code(copy) == want, (name, spoilt)


def test_only_what_can_stand_is_issued(
        opened: district.District, tmp_path: Path) -> None:
    def code(pin: str = PIN, **changed: object) -> str:
        return refused(lambda: district.issue_officer(
            opened, tmp_path / "stick", replace(NEW, **changed), pin))  # type: ignore[arg-type]

    before = (opened.folder / "register.json").read_bytes()
    for number in ("../../x", "A 1", "A/1", "执1", "", "A" * 41, "-A", "A\n"):
        assert code(number=number) == "officer.number", number
    for name in ("../../root", "甲/乙", ".甲", "", "  ", "甲\u202e乙", "甲\x00", "甲" * 65, "a\\b"):
        assert code(name=name) == "officer.name", name
    assert code(agency="甲:乙") == code(unit="") == "officer.name"
    assert code(number="YL50015600101") == "officer.exists"
    assert code(days=0) == code(days=100_000) == "officer.days"
    assert code("12345") == "officer.pin"
    (tmp_path / "photo.jpg").write_bytes(b"GIF89a")
    assert code(photo=tmp_path / "photo.jpg") == code(photo=tmp_path / "none.jpg") == "officer.photo"
    assert (opened.folder / "register.json").read_bytes() == before
    assert not (tmp_path / "stick").exists()
    tired = later(opened, 9 * 365 + 300)
    assert refused(lambda: district.issue_officer(tired, tmp_path, NEW, PIN)) == "ca.too_long"
    over = later(opened, 11 * 365)
    assert refused(lambda: district.issue_officer(over, tmp_path, NEW, PIN)) == "ca.expired"
    assert refused(lambda: district.issue_custodian(over, tmp_path, "甲", "K-1", LONG)) == "ca.expired"
    early = later(opened, -30)
    assert refused(lambda: district.issue_officer(early, tmp_path, NEW, PIN)) == "ca.clock"


def test_a_full_stick_hands_over_nothing_that_counts(
        opened: district.District, small_disk: Path) -> None:
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free)
    assert refused(lambda: district.issue_officer(opened, small_disk, NEW, PIN)) == "write.full"
    assert not [p for p in small_disk.iterdir() if p != filler]
    assert officers(opened, NEW.number) == [Standing.WITHDRAWN]
    assert opened.issued()[-1].note == district.NOT_DELIVERED
    filler.unlink()
    path = district.issue_officer(opened, small_disk, NEW, PIN)  # The number is free again.
    assert path.is_file() and officers(opened, NEW.number) == [Standing.WITHDRAWN, Standing.VALID]
    assert path.stat().st_mode & 0o077 == 0
    # A stick that was pulled is not there to be written to.
    assert refused(lambda: district.on_fixed_disk(small_disk / "gone")) == "write.gone"


def test_two_programs_at_one_folder_lose_nothing(
        world: World, opened: district.District, tmp_path: Path) -> None:
    other = district.open_district(world.laptop, opened.folder, CA_WORDS)
    district.issue_officer(other, tmp_path, NEW, PIN)
    district.issue_officer(opened, tmp_path, replace(NEW, number="YL2", name="乙"), PIN)
    assert officers(opened, NEW.number) == [Standing.VALID] == officers(other, "YL2")


def test_renewed_withdrawn_and_told_in_the_next_bundle(
        world: World, opened: district.District, tmp_path: Path) -> None:
    number = "YL50015600102"
    (first,) = [one for one in opened.issued() if one.number == number]
    renewed = district.renewal(opened, number, days=30)
    assert (renewed.name, renewed.unit_code, renewed.role) == (first.name, "YL12", Role.QUALIFIED)
    district.issue_officer(opened, tmp_path / "stick", renewed, PIN)
    assert officers(opened, number) == [Standing.VALID, Standing.SOON]  # 30 days are few.
    assert "还有29天到期" in opened.issued()[-1].told(opened.context.clock.now().wall) \
        or "还有30天到期" in opened.issued()[-1].told(opened.context.clock.now().wall)
    today = date.today()  # noqa: DTZ011 - far enough from midnight by the days added
    assert refused(lambda: district.withdraw(
        opened, first.serials, reason=Withdrawal.LOST, day=today + timedelta(days=3))) == "withdraw.day"
    assert district.withdraw(opened, first.serials, reason=Withdrawal.LOST, note="途中遗失",
                             day=today - timedelta(days=1)) == 2
    assert refused(lambda: district.withdraw(opened, first.serials, reason=Withdrawal.LOST)) \
        == "officer.unknown"
    assert officers(opened, number) == [Standing.WITHDRAWN, Standing.SOON]
    made = district.make_bundle(opened, world.headquarters, HQ_UNIT, tmp_path / "bundle")
    assert len(made.officers) == 2 and made.agency  # The agency's facts are those of the last one.
    (crl,) = [c for c in made.crls if list(c)]
    assert {str(entry.serial_number) for entry in crl} == set(first.serials)
    assert {entry.extensions[0].value.reason.value for entry in crl} \
        == {"keyCompromise"}
    kept = load_trust(tmp_path / "bundle", pinned_root_sha256=opened.root_sha256)
    assert import_bundle(world.laptop, tmp_path / "bundle").number == kept.number == made.number
    other = tmp_path / "other"
    district.found_district(world.laptop, other, "另一区", CA_WORDS)
    stranger = district.open_district(world.laptop, other, CA_WORDS)
    assert refused(lambda: district.make_bundle(
        stranger, world.headquarters, HQ_UNIT, tmp_path / "x")) == "agency.none"
    agency = Path(__file__).parents[2] / "resources" / "training" / "agency.toml"
    assert refused(lambda: district.make_bundle(
        stranger, world.headquarters, HQ_UNIT, tmp_path / "x", agency=agency)) == "trust.signature"
    assert not (tmp_path / "x").exists()


def test_headquarters_keys_are_never_written_over(
        world: World, opened: district.District, tmp_path: Path) -> None:
    key = (world.headquarters / "keys" / "age.key").read_bytes()
    assert refused(lambda: district.make_headquarters(
        opened, world.headquarters, HQ_UNIT, ["localhost"])) == "hq.exists"
    assert (world.headquarters / "keys" / "age.key").read_bytes() == key
    for unit, host, code in (("司法局/甲", "localhost", "officer.name"), ("司法局", "主机", "hq.host")):
        assert refused(lambda u=unit, h=host: district.make_headquarters(
            opened, tmp_path / "hq", u, [h])) == code
    before = len(opened.issued())
    district.make_headquarters(opened, tmp_path / "hq", "司法局", ["hq.example", "10.0.0.1"])
    assert len(opened.issued()) == before + 3 and (tmp_path / "hq" / "keys" / "age.key").is_file()


def test_a_laptop_enrolled_on_a_stick_is_taken_there(
        world: World, opened: district.District, tmp_path: Path) -> None:
    folder = tmp_path / "执法电脑-D007"
    assert refused(lambda: district.enrol(opened, world.root / "bundle", "D001", folder)) \
        == "officer.exists"
    assert refused(lambda: district.enrol(opened, world.root / "bundle", "../D", folder)) \
        == "officer.number"
    assert refused(lambda: district.enrol(opened, tmp_path, "D007", folder)) == "trust.missing"
    assert [one.number for one in opened.issued() if one.holder is Holder.DEVICE] == ["D001"]
    district.enrol(opened, world.root / "bundle", "D007", folder)
    laptop = AppContext(SystemClock(), DataFolder(tmp_path / "new"))
    assert refused(lambda: take_from_stick(laptop, tmp_path / "hq")) == "trust.missing"
    # A bundle alone makes no laptop; several laptops' files are not guessed at.
    assert refused(lambda: take_from_stick(laptop, world.root / "bundle")) == "device.not_enrolled"
    shutil.copytree(folder, other := tmp_path / "执法电脑-D008")
    assert refused(lambda: take_from_stick(laptop, tmp_path)) == "device.several"
    shutil.rmtree(other)
    assert not is_enrolled(laptop)
    assert "D007" in take_from_stick(laptop, tmp_path), "the stick itself is chosen"
    assert is_enrolled(laptop)
    assert refused(lambda: take_from_stick(laptop, folder)) == "device.exists"
    log_out(log_in(laptop, *world.both()))
    district.make_bundle(opened, world.headquarters, HQ_UNIT, tmp_path / "信任包")
    assert "信任包" in take_from_stick(laptop, tmp_path)
    (header := folder / "device.hdr").write_bytes(header.read_bytes()[:100])
    fresh = AppContext(SystemClock(), DataFolder(tmp_path / "fresh"))
    assert refused(lambda: take_from_stick(fresh, folder)) == "device.damaged"


def test_one_share_is_tried_without_opening_anything(
        world: World, opened: district.District, tmp_path: Path) -> None:
    keys = [Custodian(district.issue_custodian(opened, tmp_path, f"保管人{n}", f"K-{n}", LONG), LONG)
            for n in (1, 2, 3)]
    district.make_bundle(opened, world.headquarters, HQ_UNIT, tmp_path / "bundle")
    import_bundle(world.laptop, tmp_path / "bundle")
    assert refused(lambda: try_share(world.laptop, keys[0])) == "custodian.unknown"
    log_out(log_in(world.laptop, *world.both()))
    assert [try_share(world.laptop, key) for key in keys] == [2, 2, 2]
    assert refused(lambda: try_share(world.laptop, replace(keys[0], passphrase="别的口令"))) \
        == "custodian.pin"
    header = world.laptop.data.device_header
    told = header.read_text("utf-8")
    at = told.index('"escrow"')
    sealed = told.index('"sealed": "', at) + 80
    header.write_text(told[:sealed] + ("A" if told[sealed] != "A" else "B") + told[sealed + 1:], "utf-8")

    def tried(key: Custodian) -> str:
        try:
            return str(try_share(world.laptop, key))
        except UserError as error:
            return error.code

    # One seal is spoilt: its outer custodian finds it, the others' own layers are whole.
    assert sorted(map(tried, keys)) == ["2", "2", "custodian.broken"]


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_the_ceremony_is_filled_from_the_folder(
        world: World, opened: district.District, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    district.issue_custodian(opened, tmp_path, "保管人甲", "BG-01", LONG)
    district.withdraw_number(opened, "YL50015600102", reason=Withdrawal.MOVED)
    out = tmp_path / "r.pdf"
    assert main(["admin", "ceremony", "--ca", str(opened.folder), "--out", str(out)]) == 0
    assert "3页" in capsys.readouterr().out
    flat = "".join(text_of(out.read_bytes()).split())
    for one in opened.issued():
        if one.holder in (Holder.OFFICER, Holder.CUSTODIAN, Holder.DEVICE) and one.withdrawn is None:
            assert one.number in flat and all(sha in flat for sha in one.sha256), one.name
    assert opened.root_sha256 in flat and "保管人甲" in flat and "调离本机关" in flat
    assert all(word in flat for word in ("试用保管人的钥匙", "签名", "完成时间", "第1页共3页"))
    (withdrawn,) = [one for one in opened.issued() if one.withdrawn]
    assert withdrawn.sha256[0] not in flat
    blank, pages = ceremony_pdf(world.laptop, None)
    assert pages >= 2 and opened.root_sha256 not in "".join(text_of(blank).split())
    assert ceremony_pdf(world.laptop, None) == (blank, pages)  # The same input, the same bytes.
    assert refused(lambda: write_ceremony(world.laptop, tmp_path, tmp_path / "x.pdf")) == "ca.missing"
    assert refused(lambda: write_ceremony(world.laptop, None, tmp_path / "x.txt")) == "ceremony.name"
    assert grouped("ab" * 32).count(" ") == 15


def test_the_command_renews_and_withdraws_with_a_reason(
        world: World, opened: district.District, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    words, pin = tmp_path / "words", tmp_path / "pin"
    words.write_text(CA_WORDS, "utf-8")
    pin.write_text(PIN)
    ca = ["--ca", str(opened.folder), "--passphrase-file", str(words)]
    assert main(["admin", "renew", *ca, "--number", "YL50015600101", "--out", str(tmp_path / "s"),
                 "--days", "20", "--pin-file", str(pin)]) == 0
    assert main(["admin", "withdraw", *ca, "--number", "D001", "--reason", "cessation_of_operation",
                 "--note", "电脑报废", "--date", "2020-01-01"]) == 0
    assert main(["admin", "list", *ca]) == 0
    told = capsys.readouterr().out
    assert "已于2020-01-01吊销（电脑报废）" in told and "天到期" in told
    assert main(["admin", "renew", *ca, "--number", "NONE", "--out", str(tmp_path / "s"),
                 "--pin-file", str(pin)]) == 1
    assert "怎么办" in capsys.readouterr().err

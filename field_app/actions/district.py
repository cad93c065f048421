"""The district's authority opened for work: what it issued, and every change kept at once or not at all.

The screen and the command line both work through this. A change begins from the register as it is on
the disk, the register is written before any key or bundle leaves, and what could then not be handed
over is withdrawn again.
"""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from field_app.actions import administer, more_keys
from field_app.actions.administer import Keep, NewOfficer
from field_app.actions.context import AppContext, refuse
from field_app.actions.district_register import Holder, Issued, issued_from
from field_app.actions.write_files import not_written
from field_app.credentials.authority import AnyAuthority, load_register
from field_app.credentials.issuing import AuthorityRefused
from field_app.credentials.medium import Medium, medium_of
from field_app.credentials.profile import fingerprint, subject_name
from field_app.credentials.token_keys import TokenPlace
from field_app.credentials.trust import Trust, TrustRefused, load_trust
from field_app.crypto.suite_keys import recipient_text
from field_app.crypto.suites import INTL
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from field_app.domain.withdrawal import Withdrawal
from field_app.paths import DataFolder

MAX_AGENCY_BYTES = 4 << 20
NOT_DELIVERED = "没有写到U盘或钥匙，未交付"


class District:
    """An opened authority and its folder; :func:`open_district` and :func:`found_district` make one."""

    def __init__(self, context: AppContext, folder: Path, authority: AnyAuthority) -> None:
        self.context = context
        self.folder = folder
        self._authority = authority

    @property
    def name(self) -> str:
        """The district, as its root says."""
        return subject_name(self._authority.root).removesuffix("（国密）").removesuffix("执法证书根")

    @property
    def suite(self) -> str:
        """The suite of everything that it issues."""
        return self._authority.suite

    @property
    def root_sha256(self) -> str:
        return fingerprint(self._authority.root)

    @property
    def valid_to(self) -> date:
        """Until when it can issue."""
        return min(self._authority.root.not_valid_after_utc,
                   self._authority.district.not_valid_after_utc).date()

    def issued(self) -> list[Issued]:
        """What was issued, as the folder tells it now, newest last."""
        with _told():
            try:
                return issued_from(load_register(self.folder))
            except ValueError as error:
                raise AuthorityRefused("a certificate in the register", code="damaged") from error

    @contextmanager
    def changing(self) -> Iterator[tuple[AnyAuthority, Keep]]:
        """The authority to change, and the call that keeps its register on the disk.

        Whatever fails before the register is kept leaves all as it was; certificates that were
        kept and then not handed over are withdrawn.
        """
        authority, kept = self._authority, False
        with _told():
            authority.reload_register(self.folder)
        before = len(authority.issued)

        def keep() -> None:
            nonlocal kept
            self._save()
            kept = True

        try:
            yield authority, keep
            keep()
        except BaseException:
            if kept and len(authority.issued) > before:
                for row in authority.issued[before:]:
                    authority.withdraw(row["serial"], at=self.context.clock.now().wall, note=NOT_DELIVERED)
                self._save()
            elif not kept:
                with _told():
                    authority.reload_register(self.folder)
            raise

    def _save(self) -> None:
        try:
            self._authority.save_register(self.folder)
        except OSError as error:
            raise not_written(error, self.folder) from error


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except AuthorityRefused as error:
        raise administer.wrong_ca(error) from error


def found_district(context: AppContext, folder: Path, name: str, passphrase: str, *,
                   suite: str = INTL) -> District:
    """A new authority in ``folder``, of one suite for good; refuses to overwrite one."""
    return District(context, folder, administer.make_ca(context, folder, name, passphrase, suite=suite))


def open_district(context: AppContext, folder: Path, passphrase: str) -> District:
    """Open an authority's folder; ``UserError`` tells a wrong passphrase from damage and no authority."""
    return District(context, folder, administer.open_ca(folder, passphrase))


def on_fixed_disk(folder: Path) -> bool:
    """Whether a folder lies on a disk that is not carried away; refuses one that is not there."""
    if not folder.is_dir():
        raise refuse(f"找不到{folder}。", "请插好U盘，再选择它的文件夹。", code="write.gone")
    return medium_of(folder) is Medium.FIXED


def make_headquarters(district: District, folder: Path, unit: str, hosts: Sequence[str]) -> str:
    """Keys of a headquarters unit in ``folder``; the recipient that objects are sealed to."""
    with district.changing() as (authority, _keep):
        made = administer.make_headquarters(district.context, authority, folder, unit, hosts=hosts)
    return recipient_text(made.recipient)


def make_time_key(district: District, folder: Path, unit: str) -> None:
    """The key that signs the time, for a headquarters that has none; see
    :func:`administer.make_time_key`."""
    with district.changing() as (authority, _keep):
        administer.make_time_key(district.context, authority, folder, unit)


def issue_officer(district: District, folder: Path, officer: NewOfficer, pin: str) -> Path:
    """An officer's key files on a stick; see :func:`administer.issue_officer`."""
    with district.changing() as (authority, keep):
        return administer.issue_officer(district.context, authority, folder, officer, pin, keep=keep)


def issue_on_token(district: District, driver: Path, label: str, officer: NewOfficer,
                   pin: str) -> TokenPlace:
    """An officer's keys made inside a token; see :func:`more_keys.issue_on_token`."""
    with district.changing() as (authority, keep):
        return more_keys.issue_on_token(district.context, authority, driver, label, officer, pin,
                                        keep=keep)


def issue_custodian(district: District, folder: Path, name: str, number: str, passphrase: str) -> Path:
    """A custodian's key file; see :func:`administer.issue_custodian`."""
    with district.changing() as (authority, keep):
        return administer.issue_custodian(district.context, authority, folder, name, number,
                                          passphrase, keep=keep)


def renewal(district: District, number: str, *, days: int = 365, photo: Path | None = None) -> NewOfficer:
    """What to issue to renew a number: name, unit and role as in its newest certificate."""
    found = [one for one in district.issued() if one.holder is Holder.OFFICER and one.number == number]
    if not found:
        raise refuse(f"没有证号为{number}的证书可以换发。", "请核对证号；新人员请用签发。", code="officer.unknown")
    return renewal_of(found[-1], days=days, photo=photo)


def renewal_of(one: Issued, *, days: int = 365, photo: Path | None = None) -> NewOfficer:
    """What to issue to renew this one."""
    return NewOfficer(one.name, one.number, one.agency, one.unit, one.unit_code, one.role or Role.QUALIFIED,
                      days, photo, renews=True)


def register_rows(district: District) -> list[dict[str, Any]]:
    """The register for machines: its rows without the certificates themselves."""
    with _told():
        return [{k: v for k, v in row.items() if k != "pem"} for row in load_register(district.folder)]


def withdraw_number(district: District, number: str, *, reason: Withdrawal, note: str = "",
                    day: date | None = None) -> int:
    """Withdraw all certificates of a number; how many."""
    with district.changing() as (authority, _keep):
        return administer.withdraw_officer(district.context, authority, number, reason=reason, note=note,
                                           day=day)


def withdraw(district: District, serials: Sequence[str], *, reason: Withdrawal, note: str = "",
             day: date | None = None) -> int:
    """Withdraw certificates by their serials; how many."""
    with district.changing() as (authority, _keep):
        return administer.withdraw(district.context, authority, serials, reason=reason, note=note, day=day)


def enrol(district: District, bundle: Path, number: str, folder: Path) -> DeviceId:
    """Make ``folder`` the data folder of a new laptop: this one's, or on a stick for another."""
    with district.changing() as (authority, keep):
        return administer.enrol_device(AppContext(district.context.clock, DataFolder(folder)), authority,
                                       bundle, number, keep=keep)


def read_agency(path: Path) -> dict[str, Any]:
    """The agency's facts for papers from a TOML file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_AGENCY_BYTES + 1)
        if len(data) > MAX_AGENCY_BYTES:
            raise ValueError("too large")
        return tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refuse(f"机关信息文件{path}读不出来。", "请核对路径，文件应为 TOML 格式。", code="agency.file") from error


def last_bundle(district: District, headquarters: Path) -> Trust | None:
    """The bundle that headquarters made last under this authority, None without one."""
    try:
        return load_trust(headquarters / "trust", pinned_root_sha256=district.root_sha256)
    except TrustRefused:
        return None


def make_bundle(district: District, headquarters: Path, unit: str, out: Path, *,
                agency: Path | None = None) -> Trust:
    """A new trust bundle in ``out``; without an agency's file its facts are those of the last one."""
    last = None if agency else last_bundle(district, headquarters)
    if agency is None and last is None:
        raise refuse("总部还没有信任包可以沿用。", "请选择机关信息文件（写法同resources/training/agency.toml）。",
                     code="agency.none")
    facts = read_agency(agency) if agency else dict(last.agency) if last else {}
    recipient = administer.headquarters_recipient(headquarters, unit)
    with district.changing() as (authority, keep):
        return administer.make_bundle(district.context, authority, headquarters, out,
                                      recipients=[recipient], agency=facts, keep=keep)

"""Makes and renews a district's credentials: CA, headquarters, officers, laptops, bundles.

Folders written here: a CA folder (``root.key`` ... ``register.json``), a headquarters folder
(``keys/``, ``trust/``), officers' key files (``NAME.p12``, ``NAME.enc.p12``, ``NAME.cer``), and the
enrolment of a laptop's data folder.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from field_app.actions.context import AppContext, refuse
from field_app.credentials.authority import (
    Authority,
    AuthorityRefused,
    encryption_key_file,
    key_file,
    load_authority,
    new_authority,
    private_pem,
)
from field_app.credentials.certificate_file import pem_of, write_certificate_file
from field_app.credentials.cms import load_pem_signer
from field_app.credentials.device import NotEnrolled, enrol, read_header, write_header
from field_app.credentials.key_file import encryption_file
from field_app.credentials.keys import NotAKeyFile
from field_app.credentials.profile import OfficerInfo, fingerprint
from field_app.credentials.trust import (
    BUNDLE_NAME,
    SIGNATURE_NAME,
    HqRecipient,
    Trust,
    TrustRefused,
    load_trust,
    parse_bundle,
)
from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_file
from field_app.crypto.vault import new_vault_key
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from field_app.domain.workdays import CalendarBroken, read_calendar
from field_app.errors import UserError

MIN_PASSPHRASE, MIN_PIN = 12, 6
HQ_YEARS, DEVICE_YEARS = 5, 5


@dataclass(frozen=True)
class NewOfficer:
    """Whom to issue a certificate; ``days`` of validity from now."""

    name: str
    number: str
    agency: str
    unit: str
    unit_code: str = ""
    role: Role = Role.QUALIFIED
    days: int = 365
    photo: Path | None = None


def _wrong_ca(error: AuthorityRefused) -> UserError:
    return refuse("证书机构文件夹打不开：口令不对，或文件已损坏。", "请核对口令和文件夹。", code="ca.refused")


def make_ca(context: AppContext, folder: Path, district: str, passphrase: str) -> Authority:
    """A new district CA; refuses to overwrite one."""
    if (folder / "register.json").exists():
        raise refuse("这个文件夹里已有证书机构。", "请另选一个空文件夹。", code="ca.exists")
    if len(passphrase) < MIN_PASSPHRASE:
        raise refuse(f"口令少于{MIN_PASSPHRASE}个字符。", "请使用更长的口令。", code="ca.passphrase")
    made = new_authority(district, at=context.clock.now().wall)
    made.save(folder, passphrase)
    return made


def open_ca(folder: Path, passphrase: str) -> Authority:
    """Open a CA folder."""
    try:
        return load_authority(folder, passphrase)
    except AuthorityRefused as error:
        raise _wrong_ca(error) from error


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner reads."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)


def make_headquarters(context: AppContext, authority: Authority, folder: Path, unit: str, *,
                      hosts: Sequence[str]) -> HqRecipient:
    """Keys of a headquarters unit: TLS, receipt signing, and the age identity objects go to."""
    now = context.clock.now().wall
    valid = (now - timedelta(minutes=5), now + timedelta(days=365 * HQ_YEARS))
    keys = folder / "keys"
    for stem, key in (("tls", authority.issue_server(unit, hosts=hosts, valid=valid)),
                      ("signer", authority.issue_headquarters(unit, valid=valid))):
        write_private(keys / f"{stem}.key", private_pem(key))
        write_certificate_file(keys / f"{stem}.crt", key.certificate)
    # A TLS server shows its issuer too; laptops pin the root only.
    with (keys / "tls.crt").open("ab") as file:
        file.write(pem_of(authority.district))
    (folder / "trust").mkdir(mode=0o700, exist_ok=True)
    write_certificate_file(folder / "trust" / "root.pem", authority.root)
    identity = Identity.generate()
    write_private(keys / "age.key", f"# {identity.recipient}\n{identity.secret_text()}\n".encode())
    return HqRecipient(unit, identity.recipient)


def headquarters_recipient(folder: Path, unit: str) -> HqRecipient:
    """The recipient of an existing headquarters folder."""
    try:
        text = (folder / "keys" / "age.key").read_text("ascii")
        return HqRecipient(unit, Identity.parse(text).recipient)
    except (OSError, ValueError) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请先执行 admin headquarters。", code="hq.keys") from error


def issue_officer(context: AppContext, authority: Authority, folder: Path, officer: NewOfficer,
                  pin: str) -> Path:
    """An officer's ``.p12`` and ``.enc.p12`` (under ``pin``), ``.cer`` and photo in ``folder``."""
    if len(pin) < MIN_PIN:
        raise refuse(f"证书口令少于{MIN_PIN}个字符。", "请使用更长的口令。", code="officer.pin")
    now = context.clock.now().wall
    photo_sha256 = sha256_file(officer.photo) if officer.photo else ""
    try:
        key = authority.issue_officer(
            officer.name, OfficerInfo(officer.role, officer.unit_code, officer.number, photo_sha256),
            agency=officer.agency, unit=officer.unit,
            valid=(now - timedelta(minutes=5), now + timedelta(days=officer.days)))
    except AuthorityRefused as error:
        raise refuse("执法证号只能用数字、字母和横线。", "请填写证件上印的证号。", code="officer.number") from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = folder / f"{officer.name}-{officer.number}"
    path = stem.with_name(stem.name + ".p12")
    write_private(path, key_file(key, pin))
    write_private(encryption_file(path), encryption_key_file(key, pin))
    write_certificate_file(stem.with_name(stem.name + ".cer"), key.certificate)
    if officer.photo:
        shutil.copyfile(officer.photo, stem.with_name(stem.name + ".jpg"))
    return path


def issue_custodian(context: AppContext, authority: Authority, folder: Path, name: str, number: str,
                    passphrase: str) -> Path:
    """A custodian's key file under a long passphrase; two of them together recover a laptop."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise refuse(f"口令少于{MIN_PASSPHRASE}个字符。", "保管人的口令请使用更长的。", code="ca.passphrase")
    now = context.clock.now().wall
    try:
        key = authority.issue_custodian(
            name, number, valid=(now - timedelta(minutes=5), now + timedelta(days=365 * HQ_YEARS)))
    except AuthorityRefused as error:
        raise refuse("编号只能用数字、字母和横线。", "请改正编号。", code="officer.number") from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}-{number}.p12"
    write_private(path, key_file(key, passphrase))
    write_certificate_file(path.with_suffix(".cer"), key.certificate)
    return path


def withdraw_officer(context: AppContext, authority: Authority, number: str) -> int:
    """Withdraw all certificates of a certificate number; returns how many."""
    rows = [r for r in authority.issued if r["number"] == number and not r["withdrawn"]]
    for row in rows:
        authority.withdraw(row["serial"], at=context.clock.now().wall)
    if not rows:
        raise refuse(f"没有证号为{number}的有效证书。", "请核对证号。", code="officer.unknown")
    return len(rows)


def make_bundle(context: AppContext, authority: Authority, headquarters: Path, out: Path, *,
                recipients: Sequence[HqRecipient], agency: Mapping[str, Any]) -> Trust:
    """A new trust bundle, signed by headquarters, written to ``out`` and kept at headquarters."""
    try:
        keys = headquarters / "keys"
        signer = load_pem_signer((keys / "signer.crt").read_bytes(),
                                 (keys / "signer.key").read_bytes())
    except (OSError, NotAKeyFile) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请先执行 admin headquarters。", code="hq.keys") from error
    data, signature = authority.bundle(
        signer, at=context.clock.now().wall, hq_recipients=recipients, agency=dict(agency))
    for folder in (out, headquarters / "trust"):
        _install(folder, data, signature)
    return parse_bundle(data, signature, pinned_root_sha256=fingerprint(authority.root))


def _install(folder: Path, data: bytes, signature: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in ((BUNDLE_NAME, data), (SIGNATURE_NAME, signature)):
        beside = folder / (name + ".part")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)


def enrol_device(context: AppContext, authority: Authority, bundle: Path, number: str) -> DeviceId:
    """Make this context's data folder an enrolled laptop; refuses to overwrite one."""
    data = context.data
    if data.device_header.exists() or data.store.exists():
        raise refuse("这个文件夹已登记为执法电脑。", "请另选一个空文件夹，不要覆盖已有资料。", code="device.exists")
    try:
        trust = load_trust(bundle, pinned_root_sha256=fingerprint(authority.root))
    except TrustRefused as error:
        raise refuse("信任包缺失或不可信。", "请重新执行 admin bundle。", code=f"trust.{error.code}") from error
    now: datetime = context.clock.now().wall
    agency = str(trust.agency.get("name", ""))
    key = authority.issue_device(
        number, agency=agency,
        valid=(now - timedelta(minutes=5), now + timedelta(days=365 * DEVICE_YEARS)))
    header = enrol(key, device=DeviceId(number), agency=agency, root=authority.root,
                   officers=[trust.encryption_of(c) for c in trust.officers],
                   vault_key=new_vault_key(), custodians=trust.custodians)
    if not header.pairs:
        raise refuse("信任包里不足两名执法人员，登记后也无人能打开本机。",
                     "请先为至少两名执法人员签发证书，再制作信任包。", code="device.no_pair")
    data.make()
    _install(data.trust, (bundle / BUNDLE_NAME).read_bytes(),
             (bundle / SIGNATURE_NAME).read_bytes())
    write_header(data.device_header, header)
    return header.device


def import_calendar(context: AppContext, path: Path) -> list[int]:
    """Take days off of further years into this laptop; the years that the file tells."""
    try:
        years = sorted(read_calendar(path).years)
    except CalendarBroken as error:
        raise refuse(f"放假安排读不出来：{error}。", "请照 resources/calendars 的写法核对文件。",
                     code="calendar.broken") from error
    folder = context.data.calendars
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "-".join(map(str, years)) + ".toml"
    beside = folder / f"{name}.part"
    beside.write_bytes(path.read_bytes())
    beside.replace(folder / name)
    return years


def import_bundle(context: AppContext, bundle: Path) -> Trust:
    """Take a newer trust bundle from a folder or stick; refuses an older or foreign one."""
    try:
        header = read_header(context.data.device_header)
        current = load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
        data = (bundle / BUNDLE_NAME).read_bytes()
        signature = (bundle / SIGNATURE_NAME).read_bytes()
        trust = parse_bundle(data, signature, pinned_root_sha256=header.root_sha256, current=current)
    except NotEnrolled as error:
        raise refuse("本机还没有登记为执法电脑。", "请先登记本机。", code="device.not_enrolled") from error
    except OSError as error:
        raise refuse("所选位置没有信任包。", "请选择含有 bundle.json 的文件夹。", code="trust.missing") from error
    except TrustRefused as error:
        raise refuse("这个信任包不可信，或比本机的旧，没有导入。", "请从总部取得最新的信任包。",
                     code=f"trust.{error.code}") from error
    _install(context.data.trust, data, signature)
    return trust

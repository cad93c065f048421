"""Makes and renews a district's credentials: CA, headquarters, officers, laptops, bundles.

Folders written here: a CA folder (``root.key`` ... ``register.json``), a headquarters folder
(``keys/``, ``trust/``), officers' key files (``NAME.p12``, ``NAME.enc.p12``, ``NAME.cer``), and the
enrolment of a laptop's data folder.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from field_app.actions.context import AppContext, refuse
from field_app.actions.issue_checks import check_name, check_new, check_number, check_valid
from field_app.actions.take_bundle import install_bundle
from field_app.actions.write_files import not_written, write_together
from field_app.credentials.authority import (
    AnyAuthority,
    key_files,
    load_authority,
    new_authority,
    new_gm_authority,
)
from field_app.credentials.certificate_file import pem_of, write_certificate_file
from field_app.credentials.device import DeviceKey, enrol, write_header
from field_app.credentials.gm.key_file import SUFFIX
from field_app.credentials.issuing import AuthorityRefused
from field_app.credentials.key_file import KEY_FILE
from field_app.credentials.keys import NotAKeyFile
from field_app.credentials.pem_keys import identity_name, load_pem_signer, private_pem, read_identity
from field_app.credentials.profile import OfficerInfo, Purpose, fingerprint
from field_app.credentials.trust import (
    BUNDLE_NAME,
    SIGNATURE_NAME,
    HqRecipient,
    Trust,
    TrustRefused,
    load_trust,
    parse_bundle,
)
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.suite_keys import new_identity, recipient_text, secret_text
from field_app.crypto.suites import GM, INTL, SUITES
from field_app.crypto.vault import new_vault_key
from field_app.domain.clock import CHINA
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from field_app.domain.withdrawal import Withdrawal
from field_app.errors import UserError

MIN_PASSPHRASE, MIN_PIN = 12, 6
HQ_YEARS, DEVICE_YEARS = 5, 5
MAX_PHOTO_BYTES, MAX_NOTE = 4 << 20, 200


Keep = Callable[[], None]


def nothing() -> None:
    """The register is saved by the caller."""


@dataclass(frozen=True)
class NewOfficer:
    """Whom to issue a certificate; ``days`` of validity from now. ``renews``: a certificate of the
    same number may still be in force; without it such a number is refused."""

    name: str
    number: str
    agency: str
    unit: str
    unit_code: str = ""
    role: Role = Role.QUALIFIED
    days: int = 365
    photo: Path | None = None
    renews: bool = False


_CA_REFUSED = {
    "missing": ("这个文件夹里没有证书机构。", "请选择建立证书机构时的文件夹，里面应有root.pem和register.json。"),
    "passphrase": ("证书机构的口令不对。", "请由保管口令的人重新输入；注意大小写和输入法。"),
    "damaged": ("证书机构文件夹里的文件已损坏，或不属于同一个证书机构。",
                "请改用备份的文件夹，不要在这个文件夹里继续签发。")}


def wrong_ca(error: AuthorityRefused) -> UserError:
    """Why a CA folder does not open, in words."""
    what, remedy = _CA_REFUSED.get(error.code, _CA_REFUSED["damaged"])
    return refuse(what, remedy, code=f"ca.{error.code}")


def no_sm2() -> UserError:
    """Nothing on this machine does SM2."""
    return refuse("本机没有安装国密组件，用不了国密证书。", "请安装带 gm 组件的版本后再试。", code="gm.missing")


def make_ca(context: AppContext, folder: Path, district: str, passphrase: str, *,
            suite: str = INTL) -> AnyAuthority:
    """A new district CA of one suite for good; refuses to overwrite one."""
    name = check_name(district, "区县名称")
    if any((folder / part).exists() for part in ("register.json", "root.key", "root.pem")):
        raise refuse("这个文件夹里已有证书机构。", "请另选一个空文件夹。", code="ca.exists")
    if len(passphrase) < MIN_PASSPHRASE:
        raise refuse(f"口令少于{MIN_PASSPHRASE}个字符。", "请使用更长的口令。", code="ca.passphrase")
    now = context.clock.now().wall
    try:
        made: AnyAuthority = (new_gm_authority(name, at=now) if suite == GM
                              else new_authority(name, at=now))
        made.save(folder, passphrase)
    except GmUnavailable as error:
        raise no_sm2() from error
    except OSError as error:
        raise not_written(error, folder) from error
    return made


def open_ca(folder: Path, passphrase: str) -> AnyAuthority:
    """Open a CA folder."""
    try:
        return load_authority(folder, passphrase)
    except GmUnavailable as error:
        raise no_sm2() from error
    except AuthorityRefused as error:
        raise wrong_ca(error) from error


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner reads."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)


def make_headquarters(context: AppContext, authority: AnyAuthority, folder: Path, unit: str, *,
                      hosts: Sequence[str]) -> HqRecipient:
    """Keys of a headquarters unit: receipt signing, the identity objects go to, and TLS.

    A national district has no key for TLS, which speaks no SM2 here: its cases come by stick. Refuses a
    folder that has any: what was sealed to its identity opens with nothing else.
    """
    valid, keys = check_valid(authority, context.clock.now().wall, 365 * HQ_YEARS), folder / "keys"
    if any((keys / identity_name(suite)).exists() for suite in SUITES):
        raise refuse("这个文件夹里已有总部密钥，没有改动。", "请另选空文件夹；旧密钥没了，已收到的案件就打不开。",
                     code="hq.exists")
    name = check_name(unit, "总部单位")
    try:
        issued: list[tuple[str, DeviceKey]] = [
            ("signer", authority.issue_headquarters(name, valid=valid))]
        if authority.suite == INTL:
            issued += [("tls", authority.issue_server(name, hosts=hosts, valid=valid)),
                       ("time", authority.issue_time(name, valid=valid))]
    except ValueError as error:
        raise refuse("主机名不对，没有建立总部密钥。", "主机名请写英文域名或者IP地址。", code="hq.host") from error
    try:
        return _write_headquarters(authority, folder, unit, issued)
    except OSError as error:
        raise not_written(error, folder) from error


def _write_headquarters(authority: AnyAuthority, folder: Path, unit: str,
                        issued: Sequence[tuple[str, DeviceKey]]) -> HqRecipient:
    keys = folder / "keys"
    for stem, key in issued:
        write_private(keys / f"{stem}.key", private_pem(key))
        # A TLS server shows its issuer too; laptops pin the root only.
        issuer = pem_of(authority.district) if stem == "tls" else b""
        (keys / f"{stem}.crt").write_bytes(pem_of(key.certificate) + issuer)
    (folder / "trust").mkdir(mode=0o700, exist_ok=True)
    write_certificate_file(folder / "trust" / "root.pem", authority.root)
    identity = new_identity(authority.suite)
    write_private(keys / identity_name(authority.suite), (
        f"# {recipient_text(identity.recipient)}\n{secret_text(identity)}\n" if authority.suite == INTL
        else secret_text(identity)).encode("ascii"))
    return HqRecipient(unit, identity.recipient)


def make_time_key(context: AppContext, authority: AnyAuthority, folder: Path, unit: str) -> None:
    """The key that signs the time, for a headquarters folder that has none; never over another."""
    keys = folder / "keys"
    if not (keys / "signer.key").is_file():
        raise refuse("总部文件夹里没有可用的密钥。", "请先执行 admin headquarters。", code="hq.keys")
    if (keys / "time.key").exists():
        raise refuse("这个总部已有授时密钥。", "需要更换的，请先移走 keys 里的 time.key 和 time.crt。",
                     code="hq.time_exists")
    key = authority.issue_time(
        check_name(unit, "总部单位"), valid=check_valid(authority, context.clock.now().wall, 365 * HQ_YEARS))
    try:
        write_certificate_file(keys / "time.crt", key.certificate)
        write_private(keys / "time.key", private_pem(key))
    except OSError as error:
        raise not_written(error, folder) from error


def headquarters_recipient(folder: Path, unit: str) -> HqRecipient:
    """The recipient of an existing headquarters folder."""
    try:
        return HqRecipient(unit, read_identity(folder / "keys").recipient)
    except (OSError, ValueError) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请先执行 admin headquarters。", code="hq.keys") from error


def photo_of(officer: NewOfficer) -> bytes:
    """The photo's bytes, empty without one; refuses one that is no JPEG or above 4 MiB."""
    if officer.photo is None:
        return b""
    try:
        with officer.photo.open("rb") as file:
            data = file.read(MAX_PHOTO_BYTES + 1)
    except OSError as error:
        raise refuse("照片读不出来。", "请核对照片的位置。", code="officer.photo") from error
    if len(data) > MAX_PHOTO_BYTES or not data.startswith(b"\xff\xd8\xff"):
        raise refuse("照片不是JPEG，或超过4MB。", "请选用较小的JPEG照片。", code="officer.photo")
    return data


def officer_terms(context: AppContext, authority: AnyAuthority, officer: NewOfficer, photo: bytes,
                  ) -> tuple[NewOfficer, OfficerInfo, tuple[datetime, datetime]]:
    """The officer with names as they are certified, the extension and validity, once all is checked."""
    now = context.clock.now().wall
    number = check_number(officer.number)
    made = replace(officer, name=check_name(officer.name), agency=check_name(officer.agency, "机关"),
                   unit=check_name(officer.unit, "单位"),
                   unit_code=check_name(officer.unit_code, "单位代码", may_be_empty=True))
    if not officer.renews:
        check_new(authority, Purpose.OFFICER, number, now, what="证号",
                  remedy="要换新证书的请用换发；钥匙遗失的请先吊销旧证书，再签发。")
    valid = check_valid(authority, now, officer.days)
    sha256 = sha256_hex(photo) if photo else ""
    return made, OfficerInfo(officer.role, made.unit_code, number, sha256), valid


def issue_officer(context: AppContext, authority: AnyAuthority, folder: Path, officer: NewOfficer,
                  pin: str, *, keep: Keep = nothing) -> Path:
    """An officer's key files (``.p12`` and ``.enc.p12``, or ``.sm2``) under ``pin``, ``.cer`` and photo
    in ``folder``; returns the one that is named at a login.

    ``keep`` is called when the register tells of the certificates, before anything is written.
    """
    if len(pin) < MIN_PIN:
        raise refuse(f"证书口令少于{MIN_PIN}个字符。", "请使用更长的口令。", code="officer.pin")
    photo = photo_of(officer)
    made, info, valid = officer_terms(context, authority, officer, photo)
    path = folder / f"{made.name}-{made.number}{_ending(authority)}"
    _refuse_taken(path, officer.renews)
    key = authority.issue_officer(made.name, info, agency=made.agency, unit=made.unit, valid=valid)
    files = _carried(key, path, pin)
    if photo:
        files[path.with_suffix(".jpg")] = photo
    keep()
    write_together(files)
    return path


def _ending(authority: AnyAuthority) -> str:
    """Of the file that is named at a login."""
    return SUFFIX if authority.suite == GM else KEY_FILE


def _carried(key: DeviceKey, path: Path, pin: str) -> dict[Path, bytes]:
    """What a holder's stick carries: the key files and the certificate."""
    stem = path.name.removesuffix(path.suffix)
    files = {path.with_name(stem + ending): data for ending, data in key_files(key, pin)}
    return files | {path.with_name(f"{stem}.cer"): pem_of(key.certificate)}


def _refuse_taken(path: Path, renews: bool) -> None:
    """A key file is never written over by chance: its private key stands nowhere else."""
    if path.exists() and not renews:
        raise refuse(f"所选位置已有{path.name}，没有签发。", "请换一个U盘，或先移走旧的证书文件。", code="officer.file")


def issue_custodian(context: AppContext, authority: AnyAuthority, folder: Path, name: str, number: str,
                    passphrase: str, *, keep: Keep = nothing) -> Path:
    """A custodian's key file under a long passphrase; two of them together recover a laptop."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise refuse(f"口令少于{MIN_PASSPHRASE}个字符。", "保管人的口令请使用更长的。", code="ca.passphrase")
    now = context.clock.now().wall
    named, number = check_name(name), check_number(number, "编号")
    check_new(authority, Purpose.CUSTODIAN, number, now, what="编号",
              remedy="请另编一个号；更换保管人的，请先吊销旧证书。")
    path = folder / f"{named}-{number}{_ending(authority)}"
    _refuse_taken(path, renews=False)
    key = authority.issue_custodian(named, number, valid=check_valid(authority, now, 365 * HQ_YEARS))
    keep()
    write_together(_carried(key, path, passphrase))
    return path


def withdraw(context: AppContext, authority: AnyAuthority, serials: Sequence[str], *,
             reason: Withdrawal = Withdrawal.OTHER, note: str = "", day: date | None = None) -> int:
    """Withdraw certificates from now on, or from the beginning of an earlier ``day`` (China's time).

    Returns how many were not withdrawn yet. A day to come is refused.
    """
    now, said = context.clock.now().wall, note.strip()
    today = now.astimezone(CHINA).date()
    if day is not None and day > today:
        raise refuse("吊销日期不能晚于今天。", "吊销自所写日期零时起算；将来的，请到时再办。", code="withdraw.day")
    if len(said) > MAX_NOTE:
        raise refuse(f"吊销说明超过{MAX_NOTE}字。", "请写得简短些。", code="withdraw.note")
    rows = [r for r in authority.issued if r["serial"] in serials and not r["withdrawn"]]
    if not rows:
        raise refuse("没有可以吊销的证书。", "请核对证号；已经吊销的不用再办。", code="officer.unknown")
    at = now if day in (None, today) else datetime.combine(day or today, time(), CHINA)
    for row in rows:
        authority.withdraw(row["serial"], at=at, reason=reason, note=said)
    return len(rows)


def withdraw_officer(context: AppContext, authority: AnyAuthority, number: str, *,
                     reason: Withdrawal = Withdrawal.OTHER, note: str = "",
                     day: date | None = None) -> int:
    """Withdraw all certificates of a certificate number; returns how many."""
    serials = [r["serial"] for r in authority.issued if r["number"] == number and not r["withdrawn"]]
    if not serials:
        raise refuse(f"没有证号为{number}的有效证书。", "请核对证号。", code="officer.unknown")
    return withdraw(context, authority, serials, reason=reason, note=note, day=day)


def make_bundle(context: AppContext, authority: AnyAuthority, headquarters: Path, out: Path, *,
                recipients: Sequence[HqRecipient], agency: Mapping[str, Any],
                keep: Keep = nothing) -> Trust:
    """A new trust bundle, signed by headquarters, written to ``out`` and kept at headquarters.

    ``keep`` is called when its number is taken, before it is written anywhere.
    """
    now = context.clock.now().wall
    check_valid(authority, now, 1)
    try:
        keys = headquarters / "keys"
        signer = load_pem_signer((keys / "signer.crt").read_bytes(),
                                 (keys / "signer.key").read_bytes())
    except (OSError, NotAKeyFile) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请先执行 admin headquarters。", code="hq.keys") from error
    data, signature = authority.bundle(signer, at=now, hq_recipients=recipients, agency=dict(agency))
    try:
        # Read as a laptop will: a signer of another district, or withdrawn, is found here.
        made = parse_bundle(data, signature, pinned_root_sha256=fingerprint(authority.root))
    except TrustRefused as error:
        raise refuse("总部的签名证书不属于这个证书机构，或已过期、已吊销、算法不同，没有制作信任包。",
                     "请核对总部文件夹；需要的请重新执行 admin headquarters。", code=f"trust.{error.code}") from error
    keep()
    for folder in (out, headquarters / "trust"):
        install_bundle(folder, data, signature)
    return made


def enrol_device(context: AppContext, authority: AnyAuthority, bundle: Path, number: str, *,
                 keep: Keep = nothing) -> DeviceId:
    """Make this context's data folder an enrolled laptop; refuses to overwrite one.

    ``keep`` is called when the register tells of the laptop, before anything is written.
    """
    data = context.data
    if data.device_header.exists() or data.store.exists():
        raise refuse("这个文件夹已登记为执法电脑。", "请另选一个空文件夹，不要覆盖已有资料。", code="device.exists")
    now: datetime = context.clock.now().wall
    check_number(number, "电脑编号")
    check_new(authority, Purpose.DEVICE, number, now, what="编号",
              remedy="请另编一个号；旧电脑停用的，请先吊销它的证书。")
    valid = check_valid(authority, now, 365 * DEVICE_YEARS)
    try:
        trust = load_trust(bundle, pinned_root_sha256=fingerprint(authority.root))
    except TrustRefused as error:
        raise refuse("信任包缺失或不可信。", "请用这个证书机构重新制作信任包，再选它所在的文件夹。",
                     code=f"trust.{error.code}") from error
    agency = str(trust.agency.get("name", ""))
    key = authority.issue_device(number, agency=agency, valid=valid)
    header = enrol(key, device=DeviceId(number), agency=agency, root=authority.root,
                   officers=[trust.encryption_of(c) for c in trust.officers],
                   vault_key=new_vault_key(), custodians=trust.custodians)
    if not header.pairs:
        raise refuse("信任包里不足两名执法人员，登记后也无人能打开本机。",
                     "请先为至少两名执法人员签发证书，再制作信任包。", code="device.no_pair")
    keep()
    try:
        data.make()
        install_bundle(data.trust, (bundle / BUNDLE_NAME).read_bytes(),
                 (bundle / SIGNATURE_NAME).read_bytes())
        write_header(data.device_header, header)  # Last: without it nothing is enrolled.
    except OSError as error:
        raise not_written(error, data.root) from error
    return header.device

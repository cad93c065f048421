"""The agency's catalogue: checked, signed and released by headquarters, taken in, read for a case.

A release is two files: ``<number>.json`` (canonical JSON, ``le-catalogue/1``) and
``<number>.p7s``, a detached CMS signature of a headquarters certificate over it. A laptop keeps
what it took and uses the highest number; the number never goes back.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.actions.context import AppContext, Session, refuse
from field_app.credentials.cms import CmsRefused, sign_detached, verify_detached
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.keys import NotAKeyFile
from field_app.credentials.pem_keys import load_pem_signer
from field_app.credentials.profile import Purpose, fingerprint
from field_app.credentials.trust import (
    CertificateRefused,
    Trust,
    TrustRefused,
    check_certificate,
    load_trust,
)
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.domain.case import Case
from field_app.domain.clock import CHINA
from field_app.errors import UserError
from field_app.rules.catalogue import (
    Catalogue,
    CatalogueBroken,
    CatalogueMatter,
    read_catalogue,
    stored,
)
from field_app.rules.catalogue_checks import Finding, findings

_MAX_BYTES, _MAX_SIGNATURE = 8 << 20, 64 << 10
_RELEASE = re.compile(r"([1-9][0-9]{0,5})\.json")


def _broken(path: Path, why: object) -> UserError:
    return refuse(f"{path.name}不是可用的清单：{why}。", "请核对文件，写法见 resources/catalogues/README.md。",
                  code="catalogue.broken")


def _bytes(path: Path, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise refuse(f"{path.name}过大，没有读取。", "请核对是不是清单文件。", code="catalogue.large")
    return path.read_bytes()


def empty_catalogue(title: str) -> Catalogue:
    """A new draft without rows."""
    return Catalogue(0, title, False, "", {})


def read_draft(path: Path) -> Catalogue:
    """A catalogue at work: TOML or JSON, no signature asked for."""
    try:
        data = _bytes(path, _MAX_BYTES)
        raw = (tomllib.loads(data.decode("utf-8")) if path.suffix == ".toml"
               else parse(data, must_be_canonical=False))
        return read_catalogue(raw)
    except OSError as error:
        raise refuse(f"{path}读不出来。", "请核对路径。", code="catalogue.missing") from error
    except (CatalogueBroken, MalformedJson, ValueError, RecursionError) as error:
        raise _broken(path, error) from error


def write_draft(catalogue: Catalogue, path: Path) -> None:
    """Write a draft as canonical JSON, whole or not at all."""
    _install(path, canonical(stored(catalogue)))


def _install(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def check_catalogue(path: Path) -> list[Finding]:
    """Everything that stands against releasing a draft, what stops first."""
    return findings(read_draft(path))


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    found = (_RELEASE.fullmatch(p.name) for p in folder.iterdir())
    return sorted(int(match[1]) for match in found if match is not None)


def release_catalogue(context: AppContext, path: Path, *, headquarters: Path, out: Path) -> Path:
    """Check, number and sign a draft; the number follows the last one in ``out``."""
    draft = read_draft(path)
    stops = [f for f in findings(draft) if f.stops]
    if stops:
        raise refuse(f"清单还有{len(stops)}处问题，没有发布：{stops[0]}。",
                     "请用 catalogue check 查看全部问题，改正后再发布。", code="catalogue.problems")
    at = context.clock.now().wall
    try:
        keys = headquarters / "keys"
        signer = load_pem_signer((keys / "signer.crt").read_bytes(),
                                 (keys / "signer.key").read_bytes())
    except (OSError, NotAKeyFile) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请核对 --headquarters 的位置。", code="hq.keys") from error
    number = max([0, *_numbers(out)]) + 1
    data = canonical(stored(replace(draft, number=number, issued=at.isoformat())))
    released = out / f"{number}.json"
    # The .json comes last: a release without it is none.
    _install(released.with_suffix(".p7s"), sign_detached(data, [signer], at=at))
    _install(released, data)
    return released


def _believed(path: Path, trust: Trust) -> tuple[Catalogue, bytes, bytes]:
    """A release whose signature holds below the pinned root; ``UserError``."""
    try:
        data = _bytes(path, _MAX_BYTES)
        signature = _bytes(path.with_suffix(".p7s"), _MAX_SIGNATURE)
    except OSError as error:
        raise refuse(f"{path.name}缺少总部签名（.p7s）。", "请从总部重新取得清单。",
                     code="catalogue.unsigned") from error
    try:
        made = _checked(data, signature, _By((trust.number, fingerprint(trust.root)), trust))
    except (CmsRefused, CertificateRefused) as error:
        raise refuse(f"{path.name}的总部签名不成立，文件可能被改动。", "请从总部重新取得清单。",
                     code="catalogue.signature") from error
    except (CatalogueBroken, MalformedJson) as error:
        raise _broken(path, error) from error
    if path.name != f"{made.number}.json":
        raise _broken(path, "文件名与清单的版本号不一致")
    return made, data, signature


@dataclass(frozen=True)
class _By:
    """A trust bundle, told apart by its number and root."""

    key: tuple[int, str]
    trust: Trust = field(compare=False)


@lru_cache(maxsize=4)
def _checked(data: bytes, signature: bytes, by: _By) -> Catalogue:
    """These very bytes, verified and read once for as long as the trust bundle stays the same."""
    for signer in verify_detached(data, signature):
        check_certificate(signer.certificate, by.trust, at=signer.signing_time,
                          purpose=Purpose.HEADQUARTERS)
    return read_catalogue(parse(data))


def take_catalogue(context: AppContext, folder: Path) -> Catalogue:
    """Take the newest release of a folder or stick into this laptop; refuses an older one."""
    numbers = _numbers(folder)
    if not numbers:
        raise refuse("这个位置没有发布的清单。", "请选择 catalogue release 写出的文件夹。",
                     code="catalogue.missing")
    place = context.data.catalogues
    try:
        trust = load_trust(context.data.trust, pinned_root_sha256=read_header(
            context.data.device_header).root_sha256)
    except (NotEnrolled, TrustRefused) as error:
        raise refuse("本机还没有登记为执法电脑，或信任包不可信。", "请先登记本机。",
                     code="device.not_enrolled") from error
    made, data, signature = _believed(folder / f"{numbers[-1]}.json", trust)
    newest = max([0, *_numbers(place)])
    if made.number < newest:
        raise refuse(f"第{made.number}号清单比本机的第{newest}号旧，没有导入。", "请从总部取得最新的清单。",
                     code="catalogue.older")
    if made.number == newest and (place / f"{newest}.json").read_bytes() != data:
        raise refuse(f"第{made.number}号清单与本机同号的清单内容不同，没有导入。",
                     "请告知总部：同一个号发布了两份清单。", code="catalogue.same_number")
    _install(place / f"{made.number}.p7s", signature)
    _install(place / f"{made.number}.json", data)
    return made


def catalogue_in_use(session: Session) -> Catalogue | None:
    """The newest catalogue taken in, believed again; None when this laptop has none.

    ``UserError`` when the newest is damaged: nothing older is used in its place unaware.
    """
    numbers = _numbers(session.context.data.catalogues)
    if not numbers:
        return None
    path = session.context.data.catalogues / f"{numbers[-1]}.json"
    try:
        told = path.stat()
    except OSError as error:
        raise _broken(path, "文件读不出来") from error
    return _read_once(path, (told.st_mtime_ns, told.st_size, told.st_ino),
                      _By((session.trust.number, fingerprint(session.trust.root)), session.trust))


@lru_cache(maxsize=4)
def _read_once(path: Path, _state: tuple[int, int, int], by: _By) -> Catalogue:
    """What was believed stays so for as long as the file on disk is the same one."""
    return _believed(path, by.trust)[0]


def today(session: Session) -> date:
    """The calendar day in China."""
    return session.at.astimezone(CHINA).date()


def matters_today(session: Session) -> tuple[CatalogueMatter, ...]:
    """What may be acted on today, to choose from; empty without a catalogue."""
    made = catalogue_in_use(session)
    return () if made is None else made.matters_of(own_name(session), today(session))


def own_name(session: Session) -> str:
    """The full name of the agency this laptop belongs to."""
    return str(session.trust.agency.get("name", ""))


def matter_of(session: Session, case: Case) -> CatalogueMatter | None:
    """The case's matter as it stood on the day the case was opened."""
    return matter_in(catalogue_in_use(session), session, case)


def matter_in(made: Catalogue | None, session: Session, case: Case) -> CatalogueMatter | None:
    """As :func:`matter_of`, by a catalogue that was read before; None without one."""
    if made is None or not case.matter:
        return None
    day = case.opened.astimezone(CHINA).date()
    matter = made.matter(case.matter, day)
    own = matter is not None and made.acted_on_by(matter, own_name(session), day)
    return matter if own else None


def agency_of(session: Session, case: Case) -> dict[str, Any]:
    """What papers of a case say of the agency: the trust bundle's, led by the case's matter.

    An entrusted matter goes out in the entrusting agency's name, seal and number series, and its
    remedies are that agency's (AU-04, AU-07).
    """
    given: dict[str, Any] = dict(session.trust.agency)
    matter = matter_of(session, case)
    if matter is None:
        return given
    ent = {**_table(given, "ENT"), "capacity": matter.capacity, "item_code": matter.code}
    if matter.agency.name != given.get("name"):
        ent |= {"agency_name": matter.agency.name, "agency_seal_id": matter.agency.seal,
                "entrusted_org": str(given.get("name", ""))}
        given |= {"name": matter.agency.name, "area": matter.agency.area, "word": matter.agency.word}
    if matter.entrustment is not None:
        ent["entrust_ref"] = matter.entrustment.code
    remedy = _table(given, "REMEDY")
    if matter.agency.reconsideration:
        remedy["recon_org"] = matter.agency.reconsideration
    if matter.agency.court:
        remedy["court"] = matter.agency.court
    return given | {"ENT": ent, "REMEDY": remedy}


def _table(agency: dict[str, Any], key: str) -> dict[str, Any]:
    value = agency.get(key)
    return dict(value) if isinstance(value, dict) else {}

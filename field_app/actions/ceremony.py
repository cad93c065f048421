"""证书签发与密钥托管仪式记录: the steps of founding an authority and giving out its keys, to be signed.

What the authority's folder holds is filled in; no passphrase is needed for it, since certificates and
register are public. The steps and their words stand in ``resources/ceremony``.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.actions.administer import no_sm2, wrong_ca
from field_app.actions.context import AppContext, refuse
from field_app.actions.district_register import Holder, Issued, grouped, issued_from
from field_app.actions.write_files import write_together
from field_app.credentials.authority import (
    bundle_number,
    load_certificates,
    load_register,
)
from field_app.credentials.issuing import AuthorityRefused
from field_app.credentials.key_places import Certificate
from field_app.credentials.profile import fingerprint, subject_name
from field_app.crypto.gm.provider import GmUnavailable
from field_app.documents.list_pdf import ListColumn
from field_app.documents.steps_pdf import RecordStep, steps_pdf
from field_app.domain.clock import CHINA
from field_app.paths import RESOURCES

_PEOPLE = ("主持人", "证书管理员", "见证人", "密钥保管人", "密钥保管人", "密钥保管人")
_SIGNED = "完成时间 ______年____月____日____时____分，主持人______________，见证人______________"
_GROUPS_OF_LINE = 8
_BLANK_ROWS = {"people": 1, "authority": 2, "custodians": 3, "officers": 4, "bundle": 1, "devices": 2,
               "share": 1, "withdrawn": 1, "closing": 3}


@dataclass(frozen=True)
class _Known:
    """What the folder tells; an empty one gives places to write."""

    certificates: tuple[Certificate, ...] = ()
    issued: tuple[Issued, ...] = ()
    bundle: int = 0

    def of(self, holder: Holder) -> list[Issued]:
        return [one for one in self.issued if one.holder is holder and one.withdrawn is None]


@lru_cache(maxsize=1)
def _text() -> dict[str, Any]:
    return tomllib.loads((RESOURCES / "ceremony" / "1.toml").read_text("utf-8"))


def _day(moment: Any) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d}"


def _print(sha256: str) -> str:
    """A fingerprint on two lines of eight groups."""
    groups = grouped(sha256).split()
    return "\n".join(" ".join(groups[at:at + _GROUPS_OF_LINE])
                     for at in range(0, len(groups), _GROUPS_OF_LINE))


def _prints(one: Issued) -> str:
    return "\n".join(map(_print, one.sha256))


def _people(known: _Known) -> list[tuple[str, ...]]:
    names = [one.name for one in known.of(Holder.CUSTODIAN)]
    rest = iter(names)
    return [(role, next(rest, "") if role == "密钥保管人" else "", "", "", "") for role in _PEOPLE]


def _authority(known: _Known) -> list[tuple[str, ...]]:
    return [(kind, subject_name(c), _print(fingerprint(c)), _day(c.not_valid_after_utc), "□")
            for kind, c in zip(("根证书", "签发证书"), known.certificates, strict=False)]


def _custodians(known: _Known) -> list[tuple[str, ...]]:
    return [(f"{one.name}\n{one.number}", _prints(one), _day(one.valid_to), "", "")
            for one in known.of(Holder.CUSTODIAN)]


def _officers(known: _Known) -> list[tuple[str, ...]]:
    return [(f"{one.name}\n{one.number}\n{one.role.label if one.role else ''}", _prints(one),
             _day(one.valid_to), "□", "") for one in known.of(Holder.OFFICER)]


def _bundle(known: _Known) -> list[tuple[str, ...]]:
    if not known.bundle:
        return []
    return [(f"第{known.bundle}号", f"{len(known.of(Holder.OFFICER))}份", "", "")]


def _devices(known: _Known) -> list[tuple[str, ...]]:
    return [(one.number, _prints(one), _day(one.valid_to), "") for one in known.of(Holder.DEVICE)]


def _share(known: _Known) -> list[tuple[str, ...]]:
    return [(f"{one.name}　{one.number}", "", "□ 能用　□ 不能用", "", "")
            for one in known.of(Holder.CUSTODIAN)]


def _withdrawn(known: _Known) -> list[tuple[str, ...]]:
    return [(f"{one.number}　{one.name}", _day(one.withdrawn), one.note or one.reason.label, "")
            for one in known.issued if one.withdrawn is not None]


def _closing(_known: _Known) -> list[tuple[str, ...]]:
    return [("证书机构介质（正本）", "", "", ""), ("证书机构介质（备份）", "", "", ""),
            ("证书机构口令", "", "", "")]


_ROWS: dict[str, Callable[[_Known], list[tuple[str, ...]]]] = {
    "people": _people, "authority": _authority, "custodians": _custodians, "officers": _officers,
    "bundle": _bundle, "devices": _devices, "share": _share, "withdrawn": _withdrawn,
    "closing": _closing}


def _step(raw: dict[str, Any], known: _Known) -> RecordStep:
    columns = tuple(ListColumn(str(t), float(w)) for t, w in raw["columns"])
    rows: Sequence[tuple[str, ...]] = _ROWS[raw["key"]](known)
    blank = max(0, _BLANK_ROWS[raw["key"]] - len(rows)) if rows else _BLANK_ROWS[raw["key"]]
    return RecordStep(str(raw["title"]), tuple(map(str, raw["lines"])), columns,
                      (*rows, *(("",) * len(columns) for _ in range(blank))), _SIGNED)


def _known(folder: Path) -> _Known:
    try:
        return _Known(load_certificates(folder), tuple(issued_from(load_register(folder))),
                      bundle_number(folder))
    except GmUnavailable as error:
        raise no_sm2() from error
    except AuthorityRefused as error:
        raise wrong_ca(error) from error
    except ValueError as error:
        raise wrong_ca(AuthorityRefused("register", code="damaged")) from error


def ceremony_pdf(context: AppContext, folder: Path | None) -> tuple[bytes, int]:
    """The record as PDF and its pages: of the authority in ``folder``, or all blank; ``UserError``."""
    text, known = _text(), _Known() if folder is None else _known(folder)
    made = context.clock.now().wall.astimezone(CHINA)
    facts = list(map(str, text["intro"]))
    footer = str(text["title"])
    if known.certificates:
        name = subject_name(known.certificates[0]).removesuffix("执法证书根")
        facts.insert(0, f"{name}　按{made:%Y年%m月%d日 %H:%M}证书机构登记簿的内容打印")
        footer += f"　{name}　根证书 {fingerprint(known.certificates[0])[:16]}"
    return steps_pdf(str(text["title"]), facts, [_step(raw, known) for raw in text["step"]],
                     footer=footer)


def write_ceremony(context: AppContext, folder: Path | None, out: Path) -> int:
    """Write the record to ``out``; how many pages it has."""
    if out.suffix.lower() != ".pdf":
        raise refuse(f"{out.name}不是PDF文件名。", "文件名请以.pdf结尾。", code="ceremony.name")
    data, pages = ceremony_pdf(context, folder)
    write_together({out: data})
    return pages

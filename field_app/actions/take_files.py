"""Takes bundles, catalogues and templates that came down: the same checks as from a stick."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from field_app.actions.applied import Applied
from field_app.actions.catalogues import take_catalogue
from field_app.actions.context import Session, refuse
from field_app.actions.own_templates import take_own
from field_app.actions.take_bundle import import_bundle
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME, load_trust
from field_app.crypto.canonical import MalformedJson, parse
from field_app.documents.own_templates import OWN_FROM
from field_app.documents.templates import meta_files
from field_app.errors import UserError
from field_app.forms import FormUnknown, load_form
from field_app.protocol.messages import SignedDocument
from field_app.protocol.orders import Order, TemplateRelease
from field_app.protocol.strict import Malformed, checked_integer, require


@contextmanager
def _laid_out(session: Session, files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder of their own, gone afterwards; what lies in it is public."""
    try:
        with tempfile.TemporaryDirectory(prefix="down-", dir=session.context.data.root) as name:
            for place, data in files.items():
                path = Path(name) / place
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            yield Path(name)
    except OSError as error:
        raise refuse("磁盘写不进去，总部下发的内容没有收下。", "请清理磁盘空间后再同步。",
                     code="disk.write") from error


def _number(document: bytes) -> int:
    """The number that a bundle or catalogue gives itself."""
    try:
        value = parse(document)
        require(isinstance(value, dict), "document", "not an object")
        return checked_integer(value.get("number"), "document.number", high=999_999)
    except MalformedJson as error:
        raise Malformed("document", str(error)) from error


def take_bundle(session: Session, signed: SignedDocument) -> Applied:
    """Take a trust bundle; an older one than is here changes nothing. ``UserError``, ``Malformed``."""
    data, number = session.context.data, _number(signed.document)
    here = load_trust(data.trust, pinned_root_sha256=session.header.root_sha256).number
    title = f"第{number}号信任包"
    if number < here:
        return Applied(title, older=True, problem=f"本机已有更新的第{here}号信任包。", facts={"number": number})
    if number == here and (data.trust / BUNDLE_NAME).read_bytes() == signed.document:
        return Applied(title, older=True, problem="本机已是这一号。", facts={"number": number})
    with _laid_out(session, {BUNDLE_NAME: signed.document, SIGNATURE_NAME: signed.signature}) as folder:
        import_bundle(session.context, folder)
    return Applied(f"{title}，下次登录起生效", facts={"number": number})


def _newest_catalogue(folder: Path) -> int:
    numbers = [int(p.stem) for p in folder.glob("*.json") if p.stem.isdecimal()]
    return max(numbers, default=0)


def take_released_catalogue(session: Session, signed: SignedDocument) -> Applied:
    """Take a released catalogue; an older one changes nothing. ``UserError``, ``Malformed``."""
    number = _number(signed.document)
    here = _newest_catalogue(session.context.data.catalogues)
    if number < here:
        return Applied(f"第{number}号执法事项清单", older=True, problem=f"本机已有更新的第{here}号清单。",
                       facts={"number": number})
    if number == here and (session.context.data.catalogues / f"{here}.json").read_bytes() == signed.document:
        return Applied(f"第{number}号执法事项清单", older=True, problem="本机已是这一号。",
                       facts={"number": number})
    with _laid_out(session, {f"{number}.json": signed.document,
                             f"{number}.p7s": signed.signature}) as folder:
        made = take_catalogue(session.context, folder)
    return Applied(f"第{made.number}号执法事项清单“{made.title}”", facts={"number": made.number})


def take_template(session: Session, _order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    """Take the agency's own template of a form; an older version changes nothing."""
    told = TemplateRelease.from_json(body)
    try:
        form = load_form(told.form)
    except FormUnknown as error:
        raise refuse(f"本机没有文书{told.form}，模板没有收下。", "请先升级本机程序。", code="form.unknown") from error
    name = f"{form.form_id}-{form.title}"
    title = f"《{form.title}》模板第{told.version}版"
    facts = {"form": told.form, "version": told.version}
    place = session.context.data.templates / name
    own = [int(p.stem) for p in meta_files(place)]
    if told.version < max(own, default=OWN_FROM - 1):
        return Applied(title, older=True, problem=f"本机已有更新的第{max(own)}版。", facts=facts)
    if told.version in own and (place / f"{told.version}.toml").read_bytes() != told.toml:
        raise UserError(f"{title}与本机同号的模板内容不同，没有采用。", "请告知总部：同一个号发布了两份模板。",
                        code="template.same_number")
    with _laid_out(session, {f"{name}/{told.version}{suffix}": data for suffix, data in (
            (".docx", told.docx), (".p7s", told.signature), (".toml", told.toml))}) as folder:
        take_own(session.context, folder)
    return Applied(title, facts=facts)

"""What headquarters sends down: signed by the worker's key, put into a laptop's inbox (``le-order/1``).

What speaks of a case is sealed to the laptop's own inbox key, which its log told; so neither the
upload service nor a stick can read it.
"""

import io
import tomllib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, insert, select

from field_app import logs
from field_app.credentials.cms import CmsRefused, sign_detached, verify_detached
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, check_certificate
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.suite_keys import parse_recipient
from field_app.crypto.suites import AnyRecipient, SealedWriter
from field_app.errors import FieldAppError
from field_app.headquarters.examine import Examiner
from field_app.headquarters.intake import post
from field_app.headquarters.tables import event, inbox, number_block
from field_app.protocol.limits import MAX_ORDER_BYTES
from field_app.protocol.messages import InboxKind, SignedDocument
from field_app.protocol.orders import (
    MAX_BLOCK,
    MAX_TEMPLATE,
    NumberBlock,
    NumberBlocks,
    Order,
    OrderKind,
    TemplateRelease,
)
from field_app.protocol.strict import MAX_INTEGER
from field_app.rules.catalogue import FORMAT as CATALOGUE_FORMAT
from field_app.rules.catalogue import Catalogue, CatalogueBroken, read_catalogue

_INBOX_KEY = "inbox_key"
_MAX_RELEASE, _MAX_SIGNATURE = 8 << 20, 64 << 10


class NotSent(FieldAppError):
    """Nothing was sent down.

    ``code``: ``no_key`` (the laptop has not told its inbox key yet), ``overlap``, ``numbers``,
    ``release`` (not a release, or not signed by headquarters), ``large``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class Body(Protocol):
    """What an order says."""

    def to_json(self) -> dict[str, Any]: ...


def inbox_recipient(connection: Connection, device: str) -> AnyRecipient | None:
    """What to seal to for a laptop, as its own log told last; None before it did."""
    line = connection.execute(
        select(event.c.data).where(event.c.device == device, event.c.kind == _INBOX_KEY)
        .order_by(event.c.seq.desc()).limit(1)).scalar()
    try:
        return None if line is None else parse_recipient(parse(line)["body"]["recipient"])
    except (MalformedJson, ValueError, KeyError, TypeError):
        return None


def _sealed(body: dict[str, Any], recipient: AnyRecipient) -> bytes:
    made = io.BytesIO()
    writer = SealedWriter(made, [recipient])
    writer.write(canonical(body))
    writer.close()
    return made.getvalue()


def sign(examiner: Examiner, document: bytes, *, at: datetime) -> SignedDocument:
    """A document under headquarters' key."""
    return SignedDocument(document, sign_detached(
        document, [examiner.signer], at=at, extra_certs=examiner.trust.intermediates))


def send_order(examiner: Examiner, connection: Connection, kind: OrderKind, body: Body, *,
               device: str, sealed: bool = True) -> Order:
    """Sign an order and put it into the inbox of ``device`` (empty: of all), in the caller's
    transaction. Raises :class:`NotSent`."""
    at, said = datetime.now(UTC), body.to_json()
    recipient = inbox_recipient(connection, device) if sealed else None
    if sealed and recipient is None:
        raise NotSent("no_key", device)
    made = Order(str(uuid.uuid4()), kind, device, examiner.unit, at,
                 body=None if recipient is not None else said,
                 sealed=None if recipient is None else _sealed(said, recipient))
    document = canonical(made.to_json())
    if len(document) > MAX_ORDER_BYTES:
        raise NotSent("large", kind.value)
    post(connection, InboxKind.ORDER, sign(examiner, document, at=at), device=device)
    return made


@dataclass(frozen=True)
class _Given:
    first: int
    last: int


def _given(examiner: Examiner, connection: Connection, series: str, year: int) -> list[_Given]:
    """Every block of a series and year that anybody has, by orders or by the bundle."""
    found = [_Given(row.first, row.last) for row in connection.execute(
        select(number_block.c.first, number_block.c.last)
        .where(number_block.c.series == series, number_block.c.year == year))]
    rows = examiner.trust.agency.get("number_blocks")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and (row.get("series"), row.get("year")) == (series, year):
            found.append(_Given(int(row["first"]), int(row["last"])))
    return found


def send_numbers(examiner: Examiner, *, device: str, series: str, year: int, count: int,
                 first: int | None = None) -> NumberBlock:
    """Give a laptop the next ``count`` numbers of a series, or those from ``first`` on; no number is
    ever given twice. Raises :class:`NotSent`."""
    if not 1 <= count <= MAX_BLOCK:
        raise NotSent("numbers", str(count))
    with examiner.store.write() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's writers stand in line anyway.
            connection.exec_driver_sql("LOCK TABLE number_block IN EXCLUSIVE MODE")
        given = _given(examiner, connection, series, year)
        begin = first if first is not None else max((g.last for g in given), default=0) + 1
        block = NumberBlock(series, year, begin, begin + count - 1)
        if not 1 <= begin <= MAX_INTEGER - count:
            raise NotSent("numbers", str(begin))
        if any(block.first <= g.last and g.first <= block.last for g in given):
            raise NotSent("overlap", f"{block.first}-{block.last}")
        connection.execute(insert(number_block).values(
            series=series, year=year, first=block.first, last=block.last, device=device,
            at=datetime.now(UTC).isoformat()))
        send_order(examiner, connection, OrderKind.NUMBERS, NumberBlocks((block,)), device=device,
                   sealed=False)
    return block


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise NotSent("large", path.name)
        return path.read_bytes()
    except OSError as error:
        raise NotSent("release", path.name) from error


def _check_signed(examiner: Examiner, data: bytes, signature: bytes, name: str) -> None:
    """As laptops will: a release that they would refuse is not sent."""
    try:
        for signer in verify_detached(data, signature):
            check_certificate(signer.certificate, examiner.trust, at=signer.signing_time,
                              purpose=Purpose.HEADQUARTERS)
    except (CmsRefused, CertificateRefused) as error:
        raise NotSent("release", name) from error


def send_catalogue(examiner: Examiner, release: Path) -> int:
    """Send a released catalogue (``<number>.json`` with its ``.p7s``) to all; its number."""
    data = _read(release, _MAX_RELEASE)
    signature = _read(release.with_suffix(".p7s"), _MAX_SIGNATURE)
    _check_signed(examiner, data, signature, release.name)
    try:
        told = parse(data)
        number = int(told["number"]) if told["format"] == CATALOGUE_FORMAT else 0
    except (MalformedJson, KeyError, TypeError, ValueError) as error:
        raise NotSent("release", release.name) from error
    if number < 1:
        raise NotSent("release", release.name)
    with examiner.store.write() as connection:
        post(connection, InboxKind.CATALOGUE, SignedDocument(data, signature))
    return number


def catalogue_sent(connection: Connection) -> Catalogue | None:
    """The catalogue that all laptops were sent last; None when there is none that can be read."""
    data = connection.execute(
        select(inbox.c.data).where(inbox.c.device == "", inbox.c.kind == InboxKind.CATALOGUE.value)
        .order_by(inbox.c.cursor.desc()).limit(1)).scalar()
    return None if data is None else _read_sent(data)


@lru_cache(maxsize=2)
def _read_sent(data: bytes) -> Catalogue | None:
    try:
        return read_catalogue(parse(data, limit=_MAX_RELEASE))
    except (MalformedJson, CatalogueBroken) as error:
        logs.warn("catalogue sent cannot be read", exception=type(error).__name__)
        return None


def send_template(examiner: Examiner, release: Path, *, device: str = "") -> TemplateRelease:
    """Send a released template, given its ``<version>.toml``, to one laptop or all."""
    toml = _read(release, _MAX_SIGNATURE)
    signature = _read(release.with_suffix(".p7s"), _MAX_SIGNATURE)
    _check_signed(examiner, toml, signature, release.name)
    try:
        told = tomllib.loads(toml.decode("utf-8"))
        form, version = str(told["form"]), int(told["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotSent("release", release.name) from error
    if release.stem != str(version):
        raise NotSent("release", release.name)
    body = TemplateRelease(form, version, toml, signature,
                           _read(release.with_suffix(".docx"), MAX_TEMPLATE))
    with examiner.store.write() as connection:
        send_order(examiner, connection, OrderKind.TEMPLATE, body, device=device, sealed=False)
    return body

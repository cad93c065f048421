"""Readers of whole files and bodies that others made: orders, batches, recordings, pictures, tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from field_app.actions.spreadsheets import read_sheets
from field_app.crypto.canonical import MalformedJson, parse
from field_app.documents.own_templates import OWN_FROM, read_own
from field_app.documents.refusal import TemplateRefused
from field_app.documents.scan_file import ScanRefused, look_at_file, pictures_of
from field_app.errors import UserError
from field_app.forms.catalogue import load_form
from field_app.media.containers import comment, probe
from field_app.media.errors import Unplayable
from field_app.media.fragment_walk import walk
from field_app.media.heic import PhotoTooLarge, PhotoUnreadable, heic_as_jpeg
from field_app.media.importing.head import read_head
from field_app.protocol.batch import read_batch
from field_app.protocol.orders import (
    AssignedCase,
    Notice,
    NumberBlocks,
    Order,
    OtherEvents,
    ReturnedCase,
    TemplateRelease,
)
from field_app.protocol.strict import Malformed
from tests.unit.fuzz.file_seeds import TEMPLATE_FORM
from tests.unit.fuzz.reader import Reader
from tests.unit.fuzz.seeds import Seeds

_FILMS = ("film", "fragments", "avi", "wav", "mp3")


class _Plain:
    """Plaintext by place, as an opened recording gives it."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read_at(self, offset: int, length: int) -> bytes | None:
        return self._data[offset:offset + length]


def _order(kind: Any) -> Callable[[Seeds, bytes], object]:
    def read(_: Seeds, data: bytes) -> object:
        order = Order.from_json(parse(data, must_be_canonical=False))
        return kind.from_json(order.body)
    return read


def _film(_: Seeds, data: bytes) -> object:
    return probe(BytesIO(data)), comment(BytesIO(data))


def _scan(_: Seeds, data: bytes) -> object:
    return look_at_file(data), [picture.size for picture in pictures_of(data)]


def _template(s: Seeds, data: bytes) -> object:
    return read_own(s.scratch(data, "own.docx"), load_form(TEMPLATE_FORM), version=OWN_FROM,
                    at=datetime(2026, 5, 14, tzinfo=UTC))


FILE_READERS: tuple[Reader, ...] = (
    *(Reader(f"order {name}", (f"order_{name}",), _order(kind), (Malformed, MalformedJson))
      for name, kind in (("numbers", NumberBlocks), ("template", TemplateRelease), ("returned", ReturnedCase),
                         ("assigned", AssignedCase), ("events", OtherEvents), ("notice", Notice))),
    Reader("batch body", ("batch",), lambda _, d: [*read_batch(d)], (Malformed,)),
    Reader("head of a recording", (*_FILMS, "jpeg"), lambda _, d: read_head(BytesIO(d), len(d))),
    Reader("recording", _FILMS, _film, (Unplayable,)),
    Reader("fragments of a recording", ("fragments",), lambda _, d: walk(_Plain(d))),
    Reader("photo of a phone", ("heic",), lambda _, d: heic_as_jpeg(d), (PhotoTooLarge, PhotoUnreadable)),
    Reader("signed paper brought back", ("scan_pdf", "png", "jpeg"), _scan, (ScanRefused,)),
    Reader("table of a district", ("csv", "xlsx"), lambda s, d: read_sheets(s.scratch(d, "t.csv")), (UserError,)),
    Reader("template of an agency", ("docx",), _template, (TemplateRefused,)),
)

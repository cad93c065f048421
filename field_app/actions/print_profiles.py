"""Each printer's offset and the printer used last; a small file in the data folder, nothing secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from field_app.actions.context import AppContext, refuse

MAX_OFFSET_UM = 20_000
_MAX_BYTES, _MAX_PRINTERS = 64 << 10, 200
_PT_PER_UM = 72 / 25_400


@dataclass(frozen=True)
class PrinterProfile:
    """How far a printer's print is moved, in micrometres: to the right and down, never scaled."""

    right_um: int = 0
    down_um: int = 0

    def __post_init__(self) -> None:
        if max(abs(self.right_um), abs(self.down_um)) > MAX_OFFSET_UM:
            raise ValueError(f"a printer is moved by {MAX_OFFSET_UM} micrometres at most")

    @property
    def moved(self) -> bool:
        return bool(self.right_um or self.down_um)

    @property
    def words(self) -> str:
        """For officers, empty when nothing is moved."""
        if not self.moved:
            return ""
        across = f"{'右' if self.right_um > 0 else '左'}移{abs(self.right_um) / 1000:g}毫米"
        along = f"{'下' if self.down_um > 0 else '上'}移{abs(self.down_um) / 1000:g}毫米"
        return "、".join(w for w, um in ((across, self.right_um), (along, self.down_um)) if um)


@dataclass(frozen=True)
class Profiles:
    """``last``: the printer used last, empty at first; ``by_name``: those that are moved."""

    last: str = ""
    by_name: Mapping[str, PrinterProfile] = field(default_factory=dict)

    def of(self, printer: str) -> PrinterProfile:
        return self.by_name.get(printer, PrinterProfile())


def _path(context: AppContext) -> Path:
    return context.data.root / "printers.json"


def load_profiles(context: AppContext) -> Profiles:
    """Read them; a missing or malformed file is as if nothing was set."""
    path = _path(context)
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Profiles()
        raw = json.loads(path.read_text("utf-8"))
        rows = raw["printers"]
        made = {str(name): _profile(row) for name, row in list(rows.items())[:_MAX_PRINTERS]}
        return Profiles(str(raw["last"]), made)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Profiles()


def _profile(row: Any) -> PrinterProfile:
    right, down = row["right_um"], row["down_um"]
    if type(right) is not int or type(down) is not int:
        raise ValueError("offsets are whole micrometres")
    return PrinterProfile(right, down)


def _save(context: AppContext, profiles: Profiles) -> None:
    """Write beside and rename."""
    path = _path(context)
    beside = path.with_name(path.name + ".part")
    rows = {name: {"right_um": p.right_um, "down_um": p.down_um}
            for name, p in profiles.by_name.items() if p.moved}
    try:
        beside.write_text(json.dumps({"last": profiles.last, "printers": rows},
                                     ensure_ascii=False, indent=1), "utf-8")
        beside.replace(path)
    except OSError as error:
        raise refuse("打印机的设置没有保存。", "请检查磁盘空间后再试；打印不受影响。",
                     code="print.profile") from error


def keep_profile(context: AppContext, printer: str, profile: PrinterProfile) -> None:
    """Store a printer's offset."""
    profiles = load_profiles(context)
    _save(context, replace(profiles, by_name={**profiles.by_name, printer: profile}))


def remember_printer(context: AppContext, printer: str) -> None:
    """The printer offered first next time."""
    profiles = load_profiles(context)
    if profiles.last != printer:
        _save(context, replace(profiles, last=printer))


def moved_pages(pdf: bytes, profile: PrinterProfile) -> bytes:
    """The PDF with every page's content moved; the very same bytes when nothing is to be moved."""
    if not profile.moved:
        return pdf
    import pypdfium2 as pdfium
    from pypdfium2 import raw

    right, up = profile.right_um * _PT_PER_UM, -profile.down_um * _PT_PER_UM
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            left, bottom, far, top = page.get_mediabox()
            matrix = raw.FS_MATRIX(1, 0, 0, 1, right, up)
            # Content moves as a whole; the sheet, given again as the clip, stays where it is.
            sheet = raw.FS_RECTF(left - right, top - up, far - right, bottom - up)
            if not raw.FPDFPage_TransFormWithClip(page, matrix, sheet):
                raise refuse("这份文书不能按打印机的偏移量打印。", "请在设置中把偏移量改为0后再打印。",
                             code="print.offset")
            page.close()
        moved = BytesIO()
        document.save(moved)
    return moved.getvalue()

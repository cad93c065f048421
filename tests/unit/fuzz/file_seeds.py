"""Small real files of the kinds that cards, scanners, agencies and headquarters bring."""

import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pillow_heif
from PIL import Image

from field_app.crypto.canonical import canonical
from field_app.paths import TEMPLATES
from field_app.protocol.batch import write_batch
from field_app.protocol.orders import (
    AssignedCase,
    Notice,
    NumberBlock,
    NumberBlocks,
    Order,
    OrderKind,
    OtherEvents,
    ReturnedCase,
    TemplateRelease,
)
from field_app.protocol.plan_order import InspectionPlan, PlannedLine
from field_app.protocol.receipt import ReceiptReason
from tests.unit.credentials.conftest import NOW

TEMPLATE_FORM = "G1-02"
_ID = "00000000-0000-4000-8000-000000000001"
_SOURCES = ("-f", "lavfi", "-i", "testsrc=s=96x64:r=5:d=1", "-f", "lavfi", "-i", "sine=440:d=1")
_FILMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("film", "a.mp4", ("-c:v", "libx264", "-c:a", "aac")),
    ("fragments", "b.mp4", ("-c:v", "libx264", "-g", "5", "-bf", "0", "-c:a", "aac", "-movflags",
                            "frag_keyframe+empty_moov+default_base_moof")),
    ("avi", "a.avi", ("-c:v", "mpeg4", "-c:a", "mp3")), ("wav", "a.wav", ("-map", "1:a")),
    ("mp3", "a.mp3", ("-map", "1:a")))


def _films(folder: Path) -> dict[str, bytes]:
    made = {}
    for name, file, options in _FILMS:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *_SOURCES, *options, folder / file], check=True)
        made[name] = (folder / file).read_bytes()
    return made


def _pictures() -> dict[str, bytes]:
    picture = Image.effect_noise((800, 1100), 40).convert("RGB")
    made = {}
    for name, kind in (("jpeg", "JPEG"), ("png", "PNG"), ("scan_pdf", "PDF")):
        buffer = BytesIO()
        picture.save(buffer, kind)
        made[name] = buffer.getvalue()
    buffer = BytesIO()
    pillow_heif.from_pillow(picture.resize((160, 120))).save(buffer, quality=60)
    return made | {"heic": buffer.getvalue()}


def _tables() -> dict[str, bytes]:
    book, buffer = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["编码", "名称", "日期"])
    sheet.append(["A-1", "露天焚烧", "2026-05-14"])
    book.save(buffer)
    return {"xlsx": buffer.getvalue(),
            "csv": "编码,名称,日期\r\nA-1,\"露天\"\"焚烧\",2026-05-14\r\n".encode("gb18030")}


def _orders() -> dict[str, bytes]:
    bodies: tuple[tuple[OrderKind, Any], ...] = (
        (OrderKind.NUMBERS, NumberBlocks((NumberBlock("检查通知", 2026, 1, 50),))),
        (OrderKind.TEMPLATE, TemplateRelease("G1-02", 1001, b"toml", b"p7s", b"docx")),
        (OrderKind.RETURNED, ReturnedCase(_ID, 3, "缺少送达回证", "法制审核")),
        (OrderKind.ASSIGNED, AssignedCase(_ID, "D001", "武演-1", "general", 1, "露天焚烧", "", "羊角街道",
                                          NOW, ("YL1", "YL2"), {"name": "某某"})),
        (OrderKind.EVENTS, OtherEvents(_ID, ('{"seq":1}', '{"seq":2}'))),
        (OrderKind.NOTICE, Notice("请补正", (ReceiptReason("object.missing", "缺少一个文件", "请重新发送"),), _ID, 2)),
        (OrderKind.PLAN, InspectionPlan("年度计划", (PlannedLine(
            "P-1", "演练公司", "法人", "", "演练路", ("消防安全检查",), "日常检查", date(2026, 1, 1),
            date(2026, 6, 30)),))))
    return {f"order_{kind.value}": canonical(Order(_ID, kind, "D001", "演练区司法局", NOW,
                                                   body=body.to_json()).to_json())
            for kind, body in bodies}


def make_file_seeds(folder: Path) -> dict[str, bytes]:
    """All of them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    return {**_films(folder), **_pictures(), **_tables(), **_orders(),
            "batch": write_batch([("ab" * 32, b"part"), ("cd" * 32, b"x" * 900)]),
            "docx": next(TEMPLATES.glob(f"{TEMPLATE_FORM}-*/1.docx")).read_bytes()}

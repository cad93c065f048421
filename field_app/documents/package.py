"""Opens a .docx package from outside within bounds, refusing macros, links and oversize."""

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

from field_app.documents.layout.styles import parse_xml
from field_app.documents.pictures import MAX_PIXELS, pixels
from field_app.documents.refusal import TemplateRefused

MAX_FILE = 4 * 1024 * 1024
_MAX_PARTS = 64
_MAX_UNPACKED = 16 * 1024 * 1024
_MAX_RATIO = 200
_ALLOWED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/[a-z]+\.xml|"
    r"word/(document|styles|settings|fontTable|webSettings|footnotes|endnotes)\.xml|"
    r"word/(header|footer)[0-9]{0,3}\.xml|word/theme/theme[0-9]{0,2}\.xml|"
    r"word/media/[A-Za-z0-9_-]+\.(png|jpe?g)|word/_rels/[a-z0-9]+\.xml\.rels")
_NEEDED = ("[Content_Types].xml", "word/document.xml", "word/styles.xml")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_package(data: bytes, name: str) -> dict[str, bytes]:
    """Every part by name, in the package's order; raises :class:`TemplateRefused`."""
    if len(data) > MAX_FILE:
        raise TemplateRefused(name, "", f"文件超过{MAX_FILE // 1024 // 1024}兆字节")
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            infos = package.infolist()
            _check_members(infos, name)
            parts = {info.filename: package.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
            OSError, struct.error) as error:
        raise TemplateRefused(name, "", "不是完好的 Word（.docx）文件") from error
    for needed in _NEEDED:
        if needed not in parts:
            raise TemplateRefused(name, needed, "缺少这一部分")
    for part, content in parts.items():
        if part.endswith((".xml", ".rels")):
            _check_xml(part, content, name)
        else:
            _check_picture(part, content, name)
    return parts


def _check_members(infos: list[zipfile.ZipInfo], name: str) -> None:
    if len(infos) > _MAX_PARTS or sum(i.file_size for i in infos) > _MAX_UNPACKED:
        raise TemplateRefused(name, "", "文件解压后过大")
    seen: set[str] = set()
    for info in infos:
        part = info.filename
        if "vbaProject" in part:
            raise TemplateRefused(name, part, "含有宏")
        if not _ALLOWED.fullmatch(part) or part in seen:
            raise TemplateRefused(name, part, "含有不允许的部分（宏、控件、嵌入对象等）")
        if info.flag_bits & 1:
            raise TemplateRefused(name, part, "文件已加密")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TemplateRefused(name, part, "压缩方式不认识")
        if info.file_size > 4096 and info.file_size > _MAX_RATIO * max(info.compress_size, 1):
            raise TemplateRefused(name, part, "压缩比异常")
        seen.add(part)


def _check_picture(part: str, content: bytes, name: str) -> None:
    size = pixels(content)
    if size is None:
        raise TemplateRefused(name, part, "不是完好的 PNG 或 JPEG 图片")
    if size > MAX_PIXELS:
        raise TemplateRefused(name, part, "图片过大，请缩小后再放入")


def _check_xml(part: str, content: bytes, name: str) -> None:
    root = parse_xml(content, part)
    if part == "[Content_Types].xml" and b"macroEnabled" in content:
        raise TemplateRefused(name, part, "含有宏")
    if part.endswith(".rels"):
        for relation in root:
            target = str(relation.get("Target"))
            if relation.get("TargetMode") == "External":
                raise TemplateRefused(name, part, f"含有外部链接 {target[:80]}")
            if ".." in target or "attachedTemplate" in str(relation.get("Type")):
                raise TemplateRefused(name, part, "含有指向别处的关系")


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """The package's bytes, the same for the same parts: members are dated 1980-01-01."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for part, content in parts.items():
            info = zipfile.ZipInfo(part, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            info.external_attr = 0
            package.writestr(info, content)
    return buffer.getvalue()

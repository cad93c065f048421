"""What officers read about files of a card: what is wrong, what to do, what to mind."""

from datetime import datetime, timedelta

from field_app.domain.clock import CHINA
from field_app.domain.imports import FoundFile, Trouble
from field_app.media.importing.finding import AGREES

_TROUBLES = {
    Trouble.EMPTY: ("空文件，没有内容", "不必导入；如果当时确实录了，请保留原卡并说明情况"),
    Trouble.UNREADABLE: ("读不出来，卡或者文件可能已损坏", "换一个读卡器再试；仍不行的，保留原卡，交技术人员恢复"),
    Trouble.HALF_WRITTEN: ("没有录完就断了（缺少收尾），现在不能播放",
                           "原样导入、封存保管，不抵本环节的录音录像；修复用“复制出去”的副本"),
    Trouble.CORRUPT: ("内容不是录音录像或照片，可能已损坏", "保留原卡，交技术人员核查"),
    Trouble.FOREIGN: ("不是录音录像或照片", "不导入；需要作证据的，请另行提取"),
    Trouble.LINK: ("是一个链接，不是文件本身", "不导入；请直接插入原卡"),
    Trouble.NOT_A_FILE: ("不是普通文件或者夹得太深", "不导入"),
    Trouble.BAD_NAME: ("文件名不正常", "不导入；请核对卡的来源"),
    Trouble.TOO_LARGE: ("照片超过256兆字节", "不导入；请核对是不是照片"),
    Trouble.MISDATED: ("时间不对（设备没有设好时间）", "请核对内容，选择它属于哪个环节；不选则不导入"),
}
ZONE = timedelta(hours=8)


def trouble_words(trouble: Trouble) -> tuple[str, str]:
    """What is wrong and what to do."""
    return _TROUBLES[trouble]


def time_cn(at: datetime) -> str:
    """``05-14 09:12:03``."""
    return f"{at.astimezone(CHINA):%m-%d %H:%M:%S}"


def span_cn(length: timedelta | float) -> str:
    """``1天2小时``, ``8小时05分``, ``12分05秒``, ``3秒``; the sign is left out."""
    seconds = round(abs(length.total_seconds() if isinstance(length, timedelta) else length))
    if seconds >= 86_400:
        return f"{seconds // 86_400}天{seconds % 86_400 // 3600}小时"
    if seconds >= 3600:
        return f"{seconds // 3600}小时{seconds % 3600 // 60:02d}分"
    return f"{seconds // 60}分{seconds % 60:02d}秒" if seconds >= 60 else f"{seconds}秒"


def offset_cn(offset: timedelta) -> str:
    """How a device's clock stands to the laptop's."""
    if abs(offset) < timedelta(seconds=1):
        return "与电脑一致"
    seconds = round(abs(offset.total_seconds()))
    exact = f"{span_cn(seconds)}{seconds % 60:02d}秒" if 3600 <= seconds < 86_400 else span_cn(seconds)
    pace = "快" if offset > timedelta(0) else "慢"
    return f"比电脑{pace}{exact}"


def disagreement(found: FoundFile) -> str:
    """What the sources say when they do not agree; empty when they do."""
    told = found.original
    if told is None:
        return ""
    others = [c for c in found.claims if c is not told]
    apart = [c for c in others if abs(c.at - told.at) > AGREES]
    if not apart:
        return ""
    zone = any(abs(abs(c.at - told.at) - ZONE) <= AGREES for c in apart)
    said = "，".join(f"{c.source.label}{time_cn(c.at)}" for c in (told, *apart))
    return f"时间说法不一：{said}{'（相差8小时，可能是时区）' if zone else ''}"

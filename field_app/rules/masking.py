"""Hides personal data before publication: names, identity and phone numbers, addresses, plates.

行政处罚法第五十条: what is published keeps personal privacy. Masking is a help; someone still reads
the text before it goes out (rule PB-03).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DOUBLE = (
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
    "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
    "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "令狐",
)
_AREA = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PATTERNS = (
    ("身份证件号码", re.compile(
        r"(?<![0-9A-Za-z])([0-9]{6})[0-9]{8}([0-9]{3}[0-9Xx])(?![0-9A-Za-z])"), r"\1********\2"),
    ("身份证件号码", re.compile(r"(?<![0-9A-Za-z])([0-9]{6})[0-9]{6}([0-9]{3})(?![0-9A-Za-z])"),
     r"\1******\2"),
    ("银行账号", re.compile(r"(?<![0-9A-Za-z])([0-9]{4})[0-9]{8,11}([0-9]{4})(?![0-9A-Za-z])"),
     r"\1********\2"),
    ("手机号码", re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?[0-9]{4}[- ]?"
                        r"([0-9]{4})(?![0-9A-Za-z])"), r"\1****\2"),
    ("固定电话", re.compile(r"(?<![0-9A-Za-z])(0[0-9]{2,3})[- ]?[2-9][0-9]{6,7}(?![0-9A-Za-z])"),
     r"\1-********"),
    ("车牌号", re.compile(rf"([{_AREA}][A-HJ-NP-Z])[·. ]?[A-HJ-NP-Z0-9]{{3,4}}([A-HJ-NP-Z0-9]{{2}}"
                       r"[挂学警港澳]?)(?![A-Za-z0-9])"), r"\1***\2"),
)
_HOUSE = re.compile(
    r"(?P<keep>(?:镇|乡|街道|路|街|巷|道|村|社区|居委会|大道))"
    r"(?P<hide>[0-9零一二三四五六七八九十百甲乙丙丁]+(?:村民小组|组|社|号楼|号院|号|弄|幢|栋)"
    r"(?:[0-9A-Za-z零一二三四五六七八九十百附之\-－—]+(?:村民小组|组|社|号楼|号|弄|幢|栋|单元|层|楼|室|户)?)*)")


@dataclass(frozen=True)
class PersonalData:
    """Something personal found in a text: what kind and the text itself."""

    kind: str
    text: str


def mask_name(name: str) -> str:
    """A natural person's name with the family name kept: 张某某, 欧阳某."""
    clean = name.strip()
    if not clean:
        return ""
    family = next((d for d in _DOUBLE if clean.startswith(d) and len(clean) > len(d)), clean[0])
    return family + "某" * min(2, max(1, len(clean) - len(family)))


def mask(text: str, *, names: Iterable[str] = (), addresses: Iterable[str] = ()) -> str:
    """``text`` with personal data hidden.

    ``names`` of natural persons and whole ``addresses`` are known from the case; numbers, plates
    and house numbers are found by their shape. Masking what is masked changes nothing.
    """
    for address in sorted({a for a in addresses if a.strip()}, key=len, reverse=True):
        text = text.replace(address, _hide_house(address) if _HOUSE.search(address) else "＊＊＊")
    for name in sorted({n.strip() for n in names if n.strip()}, key=len, reverse=True):
        text = text.replace(name, mask_name(name))
    for _, pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _hide_house(text)


def _hide_house(text: str) -> str:
    return _HOUSE.sub(lambda m: m["keep"] + "＊号", text)


def personal_data(text: str, *, names: Iterable[str] = ()) -> list[PersonalData]:
    """Personal data still in the text, so it can be shown to whoever reviews it."""
    found = [PersonalData(kind, m.group()) for kind, pattern, _ in _PATTERNS
             for m in pattern.finditer(text)]
    found += [PersonalData("住址", m.group()) for m in _HOUSE.finditer(text)]
    found += [PersonalData("姓名", n) for n in sorted({n.strip() for n in names}) if n and n in text]
    return found

"""Named checks about evidence: who surveyed, what was measured, files' hashes, powers of attorney."""

import re
from collections.abc import Mapping
from dataclasses import replace

from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of
from field_app.forms.inspection_checks import listed_choices
from field_app.forms.people_checks import two_officers

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_EVIDENCE_RULES = "《最高人民法院关于行政诉讼证据若干问题的规定》"
_HASH = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_SOUND = re.compile(r"录音|\.(wav|mp3|m4a|aac|ogg|opus|flac|amr)$", re.IGNORECASE)


def two_surveyors(place: Place) -> Findings:
    """At least two officers survey; the same is asked of them as of officers anywhere."""
    officers = [item.get("off") for item in place.value if isinstance(item, Mapping)]
    for found in two_officers(replace(place, value=officers)):
        yield replace(found, where=found.where.replace("].", "].off."))


def witness_when_absent(place: Place) -> Findings:
    """Where the party is not there, a witness is invited."""
    if place.value is False and not place.siblings.get("witness"):
        yield Finding("当事人不到场，没有见证人", "请邀请见证人到场，并填写见证人",
                      basis="《中华人民共和国行政强制法》第十八条第（九）项", confidence="V",
                      where=place.beside("witness"))


def positive_number(place: Place) -> Findings:
    """A measured value is a number above nought."""
    if not _NUMBER.fullmatch(place.value.strip()) or float(place.value) == 0:
        yield Finding(f"测量值“{place.value}”不是大于零的数", "请只填数字，单位填在单位栏")


def file_hash(place: Place) -> Findings:
    """A file's hash is 64 lower-case hexadecimal figures (SHA-256 or SM3)."""
    if not _HASH.fullmatch(place.value):
        yield Finding("校验值不是64位小写十六进制数", "请由系统计算后带入，不要手工填写",
                      basis=_EVIDENCE_RULES + "第十二条", confidence="I")


def matches_original(place: Place) -> Findings:
    """Who gave a copy confirms that it was compared with the original."""
    if place.value is not True:
        yield Finding("没有确认“与原件核对无误”", "请由提供人与原件核对后再勾选本项",
                      basis=_EVIDENCE_RULES + "第十条第一款第（二）项", confidence="V")


def sound_transcribed(place: Place) -> Findings:
    """Sound comes with what was said, in writing."""
    for n, item in enumerate(place.value):
        if isinstance(item, Mapping) and _SOUND.search(str(item.get("file") or "")) \
                and not item.get("transcript"):
            yield Finding("声音资料没有附该声音内容的文字记录", "请填写文字记录的编号或者内容",
                          basis=_EVIDENCE_RULES + "第十二条第（三）项", confidence="V",
                          where=f"{place.path}[{n}].transcript")


def powers_named(place: Place) -> Findings:
    """Powers of an agent are named one by one."""
    yield from listed_choices(place)
    if any("全权" in str(power) for power in place.value):
        yield Finding("代理权限不得写“全权委托”", "请逐项写明代理权限", confidence="P")


def not_before_valid_from(place: Place) -> Findings:
    """A power of attorney does not end before it begins."""
    start, end = day_of(place.siblings.get("valid_from")), day_of(place.value)
    if start and end and end < start:
        yield Finding("授权期限止早于授权期限起", "请核对授权期限")


def cites_custody_article(place: Place) -> Findings:
    """Sampling and custody of evidence rest on today's article 56, no longer on 37."""
    if "行政处罚法" in place.value and "第三十七条" in place.value:
        yield Finding("引用的是修订前行政处罚法的条文", "请改引第五十六条",
                      basis=_PENALTY_LAW + "第五十六条", confidence="V")
    elif "五十六条" not in place.value:
        yield Finding("没有引用行政处罚法第五十六条", "请核对依据", Level.WARN,
                      basis=_PENALTY_LAW + "第五十六条", confidence="V")

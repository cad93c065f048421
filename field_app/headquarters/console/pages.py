"""Fills the console's page templates; whatever a case says is escaped."""

from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from field_app.domain.clock import CHINA

_HERE = Path(__file__).resolve().parent
STATIC = _HERE / "static"
_TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
_LOOKED = {
    "sign_in": "登录", "sign_out": "退出", "sign_in_refused": "登录未成", "case": "查看案件",
    "paper": "查看文书", "raised": "查看加时间戳的文书", "returned": "退回案件",
    "played": "查看或播放", "download": "下载原件"}


def moment(at: datetime | None) -> str:
    """``2026-11-26 09:30`` in Chinese time; empty for none."""
    return "" if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def size(count: int) -> str:
    """Bytes for people."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= step:
            return f"{count / step:.1f}{unit}"
    return f"{count}B"


def looked_words(what: str) -> str:
    """What an entry of the list of looks means."""
    return _LOOKED.get(what, what)


def _upright(told: object) -> object:
    """Signs that turn the order of what follows around would make ``gpj.exe`` of another name."""
    return told.translate(_TURNING) if type(told) is str else told


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(_HERE / "html"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_upright)
    made.filters |= {"moment": moment, "size": size, "looked": looked_words}
    return made


def render(template: str, **facts: object) -> str:
    """One page."""
    return _templates().get_template(template).render(**facts)

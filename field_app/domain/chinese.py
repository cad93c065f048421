"""Dates, moments and money written as Chinese official papers write them."""

from datetime import date, datetime

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def date_cn(day: date) -> str:
    """``2026年5月20日`` (GB/T 9704: Arabic figures, no padded zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_cn(moment: datetime) -> str:
    """``2026年5月14日9时30分``, to the minute."""
    return f"{date_cn(moment.date())}{moment.hour}时{moment.minute:02d}分"


def _group_words(value: int) -> str:
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _UNITS[place]
            zero = False
        elif words:
            zero = True
    return words


def money_words(fen: int) -> str:
    """Amount in capital characters: ``人民币伍仟元整``; ``fen`` is a whole number >= 0."""
    if fen < 0 or fen >= 10**18:
        raise ValueError("amount out of range")
    yuan, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    words, rest, index, need_zero = "", yuan, 0, False
    while rest:
        group = rest % 10_000
        rest //= 10_000
        if group:
            part = _group_words(group) + _GROUPS[index]
            words = part + ("零" if need_zero and words else "") + words
            need_zero = group < 1000
        elif words:
            need_zero = True
        index += 1
    if not (words or jiao or cent):
        return "人民币零元整"
    text = f"{words}元" if words else ""
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif cent and words:
        text += "零"
    text += _DIGITS[cent] + "分" if cent else "整"
    return "人民币" + text

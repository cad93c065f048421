"""What is checked before a district's authority certifies anyone: names, numbers, and itself."""

import re
from datetime import datetime, timedelta

from field_app.actions.context import refuse
from field_app.credentials.authority import AnyAuthority
from field_app.credentials.profile import Purpose
from field_app.forms.text_safety import bad_characters

MAX_NAME, MAX_DAYS = 64, 366 * 5
# A number stands in subjects (X.520 allows printable ASCII), file names and packages.
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?")
_NEVER_IN_NAMES = frozenset('/\\:*?"<>|')


def check_number(number: str, what: str = "执法证号") -> str:
    """The number as it is; refuses all but letters, digits and inner hyphens, at most 40."""
    if not _NUMBER.fullmatch(number):
        raise refuse(f"{what}只能用数字、字母和横线，不超过40个字符。", f"请核对{what}；执法证号按证件上印的填写。",
                     code="officer.number")
    return number


def check_name(name: str, what: str = "姓名", *, may_be_empty: bool = False) -> str:
    """A name without surrounding space; refuses what cannot stand in a certificate or a file's name.

    X.520 allows 64 characters (ub-common-name and its like).
    """
    made = name.strip()
    if not made and not may_be_empty:
        raise refuse(f"没有填写{what}。", f"请填写{what}。", code="officer.name")
    if len(made) > MAX_NAME:
        raise refuse(f"{what}超过{MAX_NAME}个字。", f"请改短{what}。", code="officer.name")
    if made.startswith(".") or _NEVER_IN_NAMES & set(made) or bad_characters(made, lines=False):
        raise refuse(f"{what}“{made}”里有不能用的字符。", f"{what}不能含有 / \\ : * ? \" < > | 和看不见的字符，"
                     "也不能以点开头。", code="officer.name")
    return made


def check_valid(authority: AnyAuthority, now: datetime, days: int) -> tuple[datetime, datetime]:
    """Validity from now on; refuses when the authority itself is or will be no longer valid."""
    if not 1 <= days <= MAX_DAYS:
        raise refuse(f"有效期应在1天到{MAX_DAYS}天之间。", "请改正有效天数。", code="officer.days")
    own = min(authority.root.not_valid_after_utc, authority.district.not_valid_after_utc)
    begun = max(authority.root.not_valid_before_utc, authority.district.not_valid_before_utc)
    if now > own:
        raise refuse(f"证书机构自己的证书已于{own:%Y年%m月%d日}到期，不能再签发。",
                     "请建立新的证书机构，为各执法人员和电脑重新签发。", code="ca.expired")
    if now < begun:
        raise refuse("本机时钟比证书机构建立的时间早，没有签发。", "请先校准本机的日期和时间。", code="ca.clock")
    until = now + timedelta(days=days)
    if until > own:
        left = (own - now).days
        raise refuse(f"有效期超过了证书机构自己的有效期（至{own:%Y年%m月%d日}）。",
                     f"请把有效天数改为{left}天以内。" if left else "请建立新的证书机构。", code="ca.too_long")
    return now - timedelta(minutes=5), until


def valid_rows(authority: AnyAuthority, purpose: Purpose, number: str, now: datetime) -> int:
    """How many certificates of that purpose and number are in force."""
    return sum(1 for row in authority.issued
               if row["purpose"] == purpose.value and row["number"] == number
               and not row["withdrawn"] and datetime.fromisoformat(row["valid_to"]) > now)


def check_new(authority: AnyAuthority, purpose: Purpose, number: str, now: datetime, *,
              what: str = "证号", remedy: str) -> None:
    """Refuses a number that a certificate in force has already."""
    if valid_rows(authority, purpose, number, now):
        raise refuse(f"{what}{number}已有有效的证书，没有签发。", remedy, code="officer.exists")

"""Chinese identity numbers: citizens (GB 11643) and organizations (GB 32100)."""

import re
from dataclasses import dataclass
from datetime import date

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_LENGTH = 18


@dataclass(frozen=True)
class CitizenNumber:
    """What an 18-character citizen number says of its holder."""

    number: str
    birth: date
    gender: str  # 男 or 女

    def age_on(self, day: date) -> int:
        """Full years of age on ``day``."""
        before_birthday = (day.month, day.day) < (self.birth.month, self.birth.day)
        return day.year - self.birth.year - int(before_birthday)


def citizen_check_character(first17: str) -> str:
    """The check character for 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(first17, _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11]


def parse_citizen_number(text: str) -> CitizenNumber:
    """Read a citizen number; ``ValueError`` in Chinese says which part is wrong."""
    number = text.strip().upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise ValueError("身份证号码应为18位（前17位为数字，末位为数字或X）")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("身份证号码第7至14位不是有效的出生日期") from None
    if number[17] != citizen_check_character(number[:17]):
        raise ValueError("身份证号码校验位不符，可能有数字输错")
    return CitizenNumber(number, birth, "男" if int(number[16]) % 2 else "女")


def uscc_check_character(first17: str) -> str:
    """The check character for the first 17 of a credit code (GB 32100-2015, MOD 31-3)."""
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def parse_uscc(text: str) -> str:
    """Read a unified social credit code; ``ValueError`` in Chinese says what is wrong."""
    code = text.strip().upper()
    if len(code) != _USCC_LENGTH or any(c not in _USCC_ALPHABET for c in code):
        raise ValueError("统一社会信用代码应为18位数字或大写字母（不含I、O、S、V、Z）")
    if code[17] != uscc_check_character(code[:17]):
        raise ValueError("统一社会信用代码校验位不符，可能有字符输错")
    return code


def check_phone(text: str) -> str:
    """Read a Chinese mobile or fixed-line number; ``ValueError`` in Chinese otherwise."""
    number = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"1[3-9][0-9]{9}|0[0-9]{9,11}|[2-8][0-9]{6,7}|400[0-9]{7}", number):
        return text.strip()
    raise ValueError("电话应为11位手机号码，或带区号的固定电话")

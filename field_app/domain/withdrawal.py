"""Why a certificate is withdrawn before its time."""

from enum import Enum


class Withdrawal(Enum):
    """Values are the reasons of RFC 5280, 5.3.1, by name; ``label`` is what officers read."""

    LOST = "key_compromise"
    MOVED = "affiliation_changed"
    ENDED = "cessation_of_operation"
    RENEWED = "superseded"
    OTHER = "unspecified"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Withdrawal.LOST: "钥匙遗失、被盗或口令泄露", Withdrawal.MOVED: "调离本机关或本单位",
    Withdrawal.ENDED: "不再从事执法工作或设备停用", Withdrawal.RENEWED: "已换发新证书",
    Withdrawal.OTHER: "其他"}

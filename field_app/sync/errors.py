"""Why sending did not succeed, each with its facts and with what an officer is told."""

from typing import ClassVar

from field_app.errors import FieldAppError
from field_app.protocol.errors import ErrorBody, WireError


class SyncFailed(FieldAppError):
    """Sending stopped; what is on this laptop is untouched.

    ``what`` and ``remedy`` are Chinese sentences; ``again``: whether trying later can help;
    ``everywhere``: whether no other case would fare better; ``wait``: seconds headquarters asked
    for, 0 when it did not.
    """

    what: str = "同步没有完成。"
    remedy: str = "案件仍完整保存在本机，请稍后再试。"
    again: ClassVar[bool] = False
    everywhere: ClassVar[bool] = False

    def __init__(self, detail: str = "", *, wait: float = 0.0) -> None:
        super().__init__(f"{type(self).__name__} {detail}".strip())
        self.detail = detail
        self.wait = wait


class HeadquartersAway(SyncFailed):
    """No connection, or it broke."""

    what = "连接不上总部，或连接中断。"
    remedy = "案件仍完整保存在本机。请检查网络，稍后再同步；已送达的部分不会重传。"
    again = True


class HeadquartersBusy(SyncFailed):
    """Headquarters answers, but cannot serve now; ``detail`` is its error code."""

    what = "总部暂时无法接收。"
    remedy = "案件仍完整保存在本机，请稍后再同步。"
    again = True


class HeadquartersFull(HeadquartersBusy):
    """Headquarters' disk is full."""

    what = WireError.STORAGE_FULL.text
    remedy = WireError.STORAGE_FULL.remedy
    everywhere = True


class WrongHeadquarters(SyncFailed):
    """Whoever answers is not headquarters: its certificate is not below the pinned root."""

    what = "对方不是总部：服务器证书不是本区签发的，已停止连接，没有发送任何内容。"
    remedy = "请检查总部地址，换用可信的网络；持续出现请联系系统管理员。"
    everywhere = True


class CaptivePortal(SyncFailed):
    """A login page or proxy answers in headquarters' place."""

    what = "当前网络需要先登录网页，或被代理拦截，连接不到总部。"
    remedy = "请先用浏览器登录该网络，或换用其他网络，再同步。"
    everywhere = True


class DeviceRefused(SyncFailed):
    """Headquarters does not accept this laptop's certificate."""

    what = WireError.DEVICE_REFUSED.text
    remedy = WireError.DEVICE_REFUSED.remedy
    everywhere = True


class ForkRefused(SyncFailed):
    """Headquarters has other bytes for this package and revision."""

    what = WireError.FORK.text
    remedy = WireError.FORK.remedy


class PreviousMissing(SyncFailed):
    """Headquarters lacks the revision before."""

    what = WireError.PREVIOUS_MISSING.text
    remedy = WireError.PREVIOUS_MISSING.remedy


class PartNotWanted(SyncFailed):
    """Headquarters does not wait for this part (any more)."""

    what = WireError.PART_NOT_WANTED.text
    remedy = WireError.PART_NOT_WANTED.remedy


class PartSpoiled(SyncFailed):
    """What headquarters received is not what the part's hash says."""

    what = WireError.PART_MISMATCH.text
    remedy = WireError.PART_MISMATCH.remedy


class StatementRefused(SyncFailed):
    """Headquarters does not hear this statement; ``verdict`` is a code of le-package/1."""

    what = WireError.STATEMENT_REFUSED.text
    remedy = WireError.STATEMENT_REFUSED.remedy

    def __init__(self, body: ErrorBody) -> None:
        self.verdict = body.facts.get("verdict", "")
        super().__init__(self.verdict)
        if body.facts.get("detail"):
            self.what = f"{self.what}{body.facts['detail']}"


class RequestRefused(SyncFailed):
    """Any other refusal; ``what`` and ``remedy`` are headquarters' words."""

    def __init__(self, body: ErrorBody) -> None:
        super().__init__(body.code)
        self.what, self.remedy = body.text, body.remedy


class ProtocolBroken(SyncFailed):
    """Headquarters answered something that ``le-sync/1`` does not know."""

    what = "总部的回答无法识别。"
    remedy = "请确认本机程序与总部程序的版本相符，或联系系统管理员。"


class FalseReceipt(SyncFailed):
    """A receipt came that proves nothing; ``detail`` is its ``ReceiptInvalid`` code."""

    what = "总部回执核验不通过，不能作为送达凭证。"
    remedy = "案件按未送达处理，仍完整保存在本机。请重新同步；持续出现请联系系统管理员。"


class FalseTime(SyncFailed):
    """A time came that headquarters did not sign, or not for this question; ``detail`` says why."""

    what = "总部时间的签名核验不通过，没有采用。"
    remedy = "不影响报送；持续出现请联系系统管理员。"


class PackageDamaged(SyncFailed):
    """A file of the package is not what its statement says; ``detail`` is its name."""

    what = "本机案件包中有文件损坏或缺失，该文件没有报送成功。"
    remedy = "请核验该案件包并联系系统管理员；不要删除任何文件。"


_BY_ERROR: dict[WireError, type[SyncFailed]] = {
    WireError.DEVICE_REFUSED: DeviceRefused,
    WireError.FORK: ForkRefused,
    WireError.PREVIOUS_MISSING: PreviousMissing,
    WireError.PART_NOT_WANTED: PartNotWanted,
    WireError.PART_MISMATCH: PartSpoiled,
    WireError.STORAGE_FULL: HeadquartersFull,
    WireError.TOO_MANY_REQUESTS: HeadquartersBusy,
    WireError.SERVER_ERROR: HeadquartersBusy,
    WireError.NOT_READY: HeadquartersBusy,
}


def refusal(body: ErrorBody, *, wait: float = 0.0) -> SyncFailed:
    """The error that an error body stands for."""
    known = WireError.of(body.code)
    if known is WireError.STATEMENT_REFUSED:
        return StatementRefused(body)
    if known in _BY_ERROR:
        return _BY_ERROR[known](body.facts.get("reason", body.code), wait=wait)
    return RequestRefused(body)

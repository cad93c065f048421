"""What headquarters answers when it refuses, in codes and in Chinese (PROTOCOL.md, section 5)."""

from dataclasses import dataclass, field
from enum import Enum

from field_app.errors import FieldAppError
from field_app.protocol.strict import Members, checked_text, require

MAX_FACTS = 20


class WireError(Enum):
    """An error code with its HTTP status and whether asking again can help."""

    MALFORMED = ("malformed", 400, False, "总部无法识别本机发送的内容。",
                 "请确认本机程序为最新版本后再试；仍不成功请联系系统管理员。")
    DEVICE_REFUSED = ("device_refused", 403, False, "总部不接受本机的设备证书。",
                      "设备证书可能已过期或被停用，请联系系统管理员换发。")
    OTHER_DEVICE = ("other_device", 403, False, "该案件包属于另一台设备，总部不接受由本机发送。",
                    "请在封装该案件包的设备上同步，或用U盘送交总部。")
    NOT_FOUND = ("not_found", 404, False, "总部没有这项服务。", "请确认本机程序与总部程序的版本相符。")
    PACKAGE_UNKNOWN = ("package_unknown", 404, False, "总部没有收到过这个案件包的这一版。",
                       "请重新同步该案件。")
    FILE_UNKNOWN = ("file_unknown", 404, False, "总部收到的案件清单中没有这个文件。",
                    "请重新同步该案件。")
    PART_NOT_WANTED = ("part_not_wanted", 404, False, "总部不需要这段数据。", "请重新同步该案件。")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, False, "总部不支持这种请求。",
                          "请确认本机程序与总部程序的版本相符。")
    FORK = ("fork", 409, False, "总部已有同一案件包同一版次的另一份内容，两份不一致。",
            "本机磁盘可能被复制或还原过。请停止使用本机办案，立即联系系统管理员。")
    PREVIOUS_MISSING = ("previous_missing", 412, True, "总部缺少该案件包的前一版。",
                        "程序会先补送前一版，请保持联网。")
    TOO_LARGE = ("too_large", 413, False, "发送的内容超出总部的限制。", "请联系系统管理员。")
    PART_MISMATCH = ("part_mismatch", 422, False, "总部收到的数据与其校验值不符。",
                     "请重新同步；多次出现时，本机磁盘可能有故障，请联系系统管理员。")
    STATEMENT_REFUSED = ("statement_refused", 422, False, "总部不接受该案件包的签名清单。",
                         "请查看具体原因，改正后重新封装并同步。")
    TOO_MANY_REQUESTS = ("too_many_requests", 429, True, "请求过于频繁，总部要求稍候。",
                         "程序会自动稍后重试。")
    SERVER_ERROR = ("server_error", 500, True, "总部服务出现故障。",
                    "程序会自动重试；持续出现请告知总部管理员。")
    NOT_READY = ("not_ready", 503, True, "总部服务暂时不可用。", "程序会自动重试。")
    STORAGE_FULL = ("storage_full", 507, True, "总部存储空间已满。",
                    "案件仍完整保存在本机，请通知总部管理员后再同步。")

    def __init__(self, code: str, status: int, again: bool, text: str, remedy: str) -> None:
        self.code = code
        self.status = status
        self.again = again
        self.text = text
        self.remedy = remedy

    @classmethod
    def of(cls, code: str) -> "WireError | None":
        """The error of this code, or None for a code we do not know."""
        return next((error for error in cls if error.code == code), None)


@dataclass(frozen=True)
class ErrorBody:
    """The body of every refusal; ``facts`` are short texts."""

    code: str
    text: str
    remedy: str
    facts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def about(cls, error: WireError, **facts: str) -> "ErrorBody":
        return cls(error.code, error.text, error.remedy, facts)

    def to_json(self) -> dict[str, object]:
        return {"error": self.code, "text": self.text, "remedy": self.remedy, "facts": self.facts}

    @classmethod
    def from_json(cls, value: object) -> "ErrorBody":
        """Strict reading; :class:`Malformed` otherwise."""
        members = Members(value, "error", ("error", "text", "remedy", "facts"))
        facts = members.raw("facts")
        require(isinstance(facts, dict) and len(facts) <= MAX_FACTS, "error.facts", "form")
        return cls(
            code=members.text("error", limit=40), text=members.text("text"),
            remedy=members.text("remedy"),
            facts={checked_text(key, "error.facts", limit=40):
                   checked_text(text, "error.facts", empty=True) for key, text in facts.items()})


class WireRefused(FieldAppError):
    """A request cannot be served; ``error`` says why, ``facts`` are short texts."""

    def __init__(self, error: WireError, **facts: str) -> None:
        super().__init__(error.code)
        self.error = error
        self.facts = facts

    def body(self) -> ErrorBody:
        return ErrorBody.about(self.error, **self.facts)

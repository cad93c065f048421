"""What each finding on a package means and what to do, in Chinese (FORMAT.md, section 7)."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """``ERROR``: the package must not be relied on as it is; ``WARNING``: to be known."""

    ERROR = "error"
    WARNING = "warning"


_RESEND = "请从封装该案件的电脑重新复制或同步；原件仍在该电脑上。"
_ADMIN = "请联系系统管理员。"
_RESEAL = "请在该电脑上改正后重新封装，生成下一版。"

# code: what is the matter, what to do
_ERRORS: dict[str, tuple[str, str]] = {
    "not_a_package": ("这里没有案件包。", "请选择案件包所在的文件夹（内有 bagit.txt 和 statements）。"),
    "bag_declaration": ("案件包的说明文件缺失或不符。", _RESEND),
    "unsafe_name": ("案件包里有不应出现的文件。", "请删除该文件，或重新复制案件包。"),
    "not_a_regular_file": ("案件包里有链接或特殊文件，未予读取。", "请删除该文件，或重新复制案件包。"),
    "too_many_files": ("案件包的文件数超过上限。", _ADMIN),
    "manifest_missing": ("案件包的校验清单缺失。", _RESEND),
    "manifest_malformed": ("案件包的校验清单无法识别。", _RESEND),
    "manifest_mismatch": ("文件内容与校验清单不符。", _RESEND),
    "manifest_unlisted": ("文件未列入校验清单。", _RESEND),
    "manifest_names_missing": ("校验清单列出的文件不存在。", _RESEND),
    "statement_missing": ("缺少某一版的签名清单。", _RESEND),
    "statement_malformed": ("签名清单的内容不符合格式。", _RESEND),
    "statement_newer": ("案件包由更新版本的程序生成。", "请先升级本机程序，再打开该案件包。"),
    "chain_broken": ("签名清单与前一版不相衔接。", _RESEND),
    "package_differs": ("签名清单属于另一个案件包。", _RESEND),
    "device_differs": ("签名清单与封装设备不符。", _ADMIN),
    "object_dropped": ("前一版列出的材料在本版中消失。", "材料不得减少。" + _RESEAL),
    "log_dropped": ("前一版列出的日志在本版中消失。", "日志不得减少。" + _RESEAL),
    "log_gap": ("操作日志前后不衔接。", _ADMIN),
    "signature_missing": ("签名文件缺失。", _RESEND),
    "signature_invalid": ("签名无效，内容或签名被改动过。", _RESEND),
    "device_not_signed": ("封装设备没有签名。", _RESEAL),
    "officers_missing": ("提交的案件须有两名不同执法人员的签名，现在不足两名。",
                         "请由两名执法人员共同登录后重新提交。"),
    "officers_differ": ("签名人与清单列明的执法人员不一致。", _RESEAL),
    "certificate_expired": ("签名时证书已过期。", "请换发证书后重新提交。"),
    "certificate_not_yet_valid": ("签名时证书尚未生效。", "请核对电脑时间与证书有效期。"),
    "certificate_authority_expired": ("签名时签发机构的证书已过期。", "请联系系统管理员换发证书。"),
    "certificate_revoked": ("签名时证书已被停用。", "请由持有效证件的执法人员重新提交。"),
    "certificate_unknown_issuer": ("签名证书不是本区签发的。", "请使用本区签发的证书。"),
    "certificate_wrong_purpose": ("签名证书的用途不符。", "请使用对应用途的证书。"),
    "certificate_no_officer_info": ("签名证书中没有执法证信息。", "请换发执法人员证书。"),
    "certificate_no_crl": ("没有可用的证书停用名单，无法确认签名证书是否有效。",
                           "请更新信任信息后再核验。"),
    "signed_in_future": ("签名时间晚于现在的时间。", "请核对两台电脑的时间。"),
    "file_missing": ("清单列出的文件不存在。", _RESEND),
    "file_size": ("文件大小与清单不符，可能复制不完整。", _RESEND),
    "file_changed": ("文件内容与清单的校验值不符，文件已损坏或被改动。", _RESEND),
    "timestamp_invalid": ("时间戳无效，或者不是这份文件的。",
                          "请总部系统管理员删除该时间戳并重建索引，系统会重新申请。"),
    "raised_invalid": ("补加时间戳的电子文书缺失、被改动，或者与原件不符。",
                       "原件不受影响；请总部系统管理员从备份恢复，或者删除后重建索引，由系统重做。"),
    "receipt_invalid": ("总部回执的签名无效或内容不完整。", "请重新同步以取得有效回执。"),
    "receipt_other_statement": ("总部回执针对的是另一份清单。", "请重新同步以取得有效回执。"),
    "index_unreadable": ("案件索引无法解密。", "请确认案件包是发给本单位的；如是，" + _RESEAL),
    "index_malformed": ("案件索引的内容不符合格式。", _RESEAL),
    "index_unbound": ("案件索引与签名清单的绑定值不符。", _RESEAL),
    "index_differs": ("案件索引与签名清单不一致。", _RESEAL),
    "object_unreadable": ("材料无法解密，密文在签名前已损坏。", "请在该电脑上核对原件。" + _RESEAL),
    "object_differs": ("材料解密后与索引的校验值不符。", "请在该电脑上核对原件。" + _RESEAL),
    "log_unreadable": ("操作日志无法解密。", _RESEAL),
    "log_malformed": ("操作日志的内容不符合格式。", _RESEAL),
    "log_broken": ("操作日志的链条中断，有事件被改动或删除。", _ADMIN),
    "log_fork": ("总部已有同一设备同一序号的另一事件，该设备的磁盘可能被复制或还原过。",
                 "请停止使用该设备办案，立即联系系统管理员。"),
}

_WARNINGS: dict[str, tuple[str, str]] = {
    "unfinished_file": ("有未写完的临时文件，不属于案件包。", "无需处理；下次封装时会自动清理。"),
    "unlisted_file": ("有清单没有列出的文件。", "可能是上次封装中断留下的；重新封装即可。"),
    "revoked_since": ("签名之后，签名人的证书已被停用。", "请结合送达时间核实签名的真实性。"),
    "trust_unknown": ("没有信任信息，未核验签名人的证书。", "请在已启用的电脑或总部核验。"),
}

# Why a revision cannot be sealed; the codes of SealRefused.
_SEALING: dict[str, tuple[str, str]] = {
    "officers_missing": ("提交案件须由两名不同的执法人员共同签名。", "请由两名执法人员共同登录后再提交。"),
    "officer_not_qualified": ("辅助人员不能签名提交案件。", "请由两名持证执法人员签名。"),
    "draft_signed": ("草稿不需要执法人员签名。", "请选择提交，或不带签名保存。"),
    "device_differs": ("设备证书与设备编号不符。", _ADMIN),
    "package_differs": ("目标文件夹里是另一个案件包。", "请选择空文件夹。"),
    "package_damaged": ("原有案件包已损坏，不能在其上追加。", "请先核验该案件包，并联系系统管理员。"),
    "object_dropped": ("本版缺少前一版已有的材料。", "已封装的材料不得减少，请补齐后再封装。"),
    "object_changed": ("材料文件与登记的校验值不符，可能已损坏。", "请核对该材料的原件后再封装。"),
    "object_missing": ("找不到材料文件。", "请确认存储介质已连接，再重新封装。"),
    "object_too_large": ("单个材料超过 1 GB。", "请分段保存后再封装。"),
    "too_many_objects": ("案件材料数量超过上限。", _ADMIN),
    "too_many_revisions": ("案件封装次数超过上限。", _ADMIN),
    "log_malformed": ("操作日志的内容不符合格式。", _ADMIN),
    "log_gap": ("操作日志与前一版不衔接。", _ADMIN),
    "index_malformed": ("案件信息里有总部不接受的内容，没有封存。",
                        "请在“案件信息”里核对事由和当事人（不能为空，不能过长）；仍不行的，请联系系统管理员。"),
    "statement_malformed": ("案件材料的数量超出案件包格式的限制，没有封存。", _ADMIN),
    "no_recipient": ("没有可以接收案件的总部密钥。", "请先更新信任信息。"),
    "trust_file": ("信任文件的名称或大小不符。", _ADMIN),
}


@dataclass(frozen=True)
class Finding:
    """One thing found on a package.

    ``where``: file or name it speaks of; ``revision``: None when it concerns the whole package.
    """

    code: str
    severity: Severity
    text: str
    remedy: str
    where: str = ""
    revision: int | None = None


def finding(code: str, *, where: str = "", revision: int | None = None) -> Finding:
    """The finding of this code; ``KeyError`` for a code that does not exist."""
    severity = Severity.WARNING if code in _WARNINGS else Severity.ERROR
    text, remedy = _WARNINGS[code] if code in _WARNINGS else _ERRORS[code]
    return Finding(code, severity, text, remedy, where[:200], revision)


def finding_codes() -> frozenset[str]:
    """Every code a finding can have."""
    return frozenset(_ERRORS) | frozenset(_WARNINGS)


def sealing_text(code: str) -> tuple[str, str]:
    """What and remedy of a :class:`field_app.packages.seal.SealRefused` code."""
    return _SEALING[code]


def sealing_codes() -> frozenset[str]:
    """Every code of ``SealRefused``."""
    return frozenset(_SEALING)

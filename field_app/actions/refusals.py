"""The words for expected refusals: what happened and what to do, in Chinese."""

from datetime import datetime

from field_app.credentials.login import LoginRefused
from field_app.domain.chinese import date_cn
from field_app.domain.clock import CHINA
from field_app.errors import UserError


def _day(when: datetime | None) -> str:
    return date_cn(when.astimezone(CHINA).date()) if when else ""


def login_refusal(error: LoginRefused) -> UserError:
    """The sentence for one refused login."""
    slot = {1: "第一名执法人员", 2: "第二名执法人员", 3: "协助人员", 0: "两名执法人员"}[error.slot]
    who = f"{slot}{error.name}" if error.name else slot
    day = _day(error.when)
    sentences = {
        "expired": (f"{who}的证书已于{day}过期。", "请换发证书后登录，或由其他持有效证书的执法人员登录。"),
        "not_yet_valid": (f"{who}的证书自{day}起才有效。", "请核对电脑日期；日期无误的，到期后再登录。"),
        "authority_expired": (f"{who}的证书的签发机构证书已于{day}过期。",
                              "请核对电脑日期；日期无误的，联系系统管理员换发证书。"),
        "revoked": (f"{who}的证书已于{day}被吊销。", "该证书不得再用于执法，请联系系统管理员。"),
        "unknown_issuer": (f"{who}的证书不是本区签发的。", "请使用本区发放的执法证书。"),
        "wrong_purpose": (f"{who}使用的不是执法人员证书。", "请插入本人的执法证书。"),
        "no_officer_info": (f"{who}的证书缺少执法证信息。", "请联系系统管理员重新签发。"),
        "no_crl": (f"无法确认{who}的证书是否已被吊销。", "请联网同步，或用U盘导入新的信任包。"),
        "other_pair": (f"{who}不是当前登录的两名执法人员之一。", "请由当前登录的人员输入本人证书口令。"),
        "other_card": (f"{who}的加密证书不是本人的。", "请使用同时签发的两份证书文件；缺少的，联系系统管理员。"),
        "signature": (f"{who}的签名验证不通过。", "请重新插入证书再试；仍不行的，联系系统管理员。"),
        "auxiliary": (f"{who}是辅助人员，不得单独执法，也不能作为两名执法人员之一。",
                      "请由两名执法人员登录；登录后点左上角的姓名，辅助人员由本人插入证书，作为协助人员加入。"),
        "same_certificate": ("两次使用的是同一证件。", "执法人员不得少于两人，请另一名执法人员使用本人证书。"),
        "same_person": (f"两份证书都属于{error.name}一人。", "执法人员不得少于两人，请另一名执法人员登录。"),
        "not_enrolled": ("这两名执法人员还没有在本机登记。",
                         "请由已在本机登记的两名执法人员先登录一次，本机名单随之更新；仍不行的，联系系统管理员更新信任包。"),
        "vault": ("两人的密钥打不开本机的资料。", "本机登记资料可能已损坏，请联系系统管理员，不要删除任何文件。"),
    }
    what, remedy = sentences[error.code]
    return UserError(what, remedy, code=f"login.{error.code}")

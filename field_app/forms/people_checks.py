"""Named checks about people: identity numbers, telephones, officers, guardians."""

import re
from collections.abc import Mapping
from typing import Any

from field_app.domain.identity import check_phone, parse_citizen_number, parse_uscc
from field_app.domain.law_numbers import rule_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_NUMBER_SIBLINGS = {"id_no": ("id_type", "gender", "birth"),
                    "inq_idno": ("inq_idtype", "inq_gender", "inq_birth")}
_GUARDIAN = re.compile(r"监护人|法定代理人|父亲|母亲|父母|祖父|祖母")


def id_number(place: Place) -> Findings:
    """A citizen number has its check character and agrees with gender and birth (GB 11643)."""
    type_key, gender_key, birth_key = _NUMBER_SIBLINGS[place.field.key]
    id_type = place.siblings.get(type_key)
    if id_type == "统一社会信用代码":
        yield from credit_code(place)
        return
    is_citizen = "身份证" in id_type if isinstance(id_type, str) and id_type \
        else len(place.value) == 18
    if not is_citizen:
        return
    try:
        number = parse_citizen_number(place.value)
    except ValueError as error:
        yield Finding(f"{error}", "请对照证件原件重新核对输入", basis="GB 11643—1999",
                      confidence="V")
        return
    gender, birth = place.siblings.get(gender_key), place.siblings.get(birth_key)
    if gender and gender != number.gender:
        yield Finding(f"性别填的是“{gender}”，身份证号码显示为“{number.gender}”",
                      "请核对性别和身份证号码，两者须一致", basis="GB 11643—1999",
                      confidence="V", where=place.beside(gender_key))
    if birth and day_of(birth) != number.birth:
        yield Finding(f"出生日期与身份证号码（{number.birth.isoformat()}）不一致",
                      "请核对出生日期和身份证号码，两者须一致", basis="GB 11643—1999",
                      confidence="V", where=place.beside(birth_key))
    if number.birth > place.today:
        yield Finding("身份证号码中的出生日期晚于今天", "请对照证件原件重新核对输入")


def credit_code(place: Place) -> Findings:
    """A unified social credit code has its check character (GB 32100)."""
    try:
        parse_uscc(place.value)
    except ValueError as error:
        yield Finding(f"{error}", "请对照营业执照原件重新核对输入", basis="GB 32100—2015",
                      confidence="V")


def phone(place: Place) -> Findings:
    """A telephone number is a mobile or fixed-line number."""
    try:
        check_phone(place.value)
    except ValueError as error:
        yield Finding(f"{error}", "请重新填写电话；确无电话的，请在备注或笔录中说明并填联系人电话")


def _act_day(place: Place) -> str:
    for key in ("start_at", "served_at"):
        if day_of(place.answers.get(key)):
            return str(place.answers[key])
    seal = place.answers.get("SEAL")
    day = seal.get("seal_at") if isinstance(seal, Mapping) else None
    return str(day) if day_of(day) else place.today.isoformat()


def _officers(place: Place) -> list[Mapping[str, Any]]:
    return [o for o in place.value if isinstance(o, Mapping)]


def two_officers(place: Place) -> Findings:
    """At least two officers, each another person, with valid certificates and in post."""
    officers = _officers(place)
    if len(officers) < rule_number("PE-01", "minimum", day_of(_act_day(place)) or place.today):
        yield Finding("执法人员少于两人", "请由两名以上具有执法资格的人员共同执法并逐一填写",
                      basis=_PENALTY_LAW + "第四十二条第一款", confidence="V")
    seen: dict[str, str] = {}
    for n, officer in enumerate(officers):
        number = str(officer.get("cert_no") or "").strip()
        if number and number in seen:
            yield Finding(f"执法证号{number}填了两次", "两名执法人员必须是不同的人，请更正证号",
                          basis=_PENALTY_LAW + "第四十二条第一款", confidence="V",
                          where=f"{place.path}[{n}].cert_no")
        seen[number] = str(officer.get("name") or "")
    yield from _officers_qualified(place, officers)


def _officers_qualified(place: Place, officers: list[Mapping[str, Any]]) -> Findings:
    act = day_of(_act_day(place))
    for n, officer in enumerate(officers):
        until = day_of(officer.get("valid_to"))
        if until and act and until < act:
            yield Finding(f"{officer.get('name')}的执法证已于{until.isoformat()}到期",
                          "请换由证件有效的执法人员执法",
                          basis=_PENALTY_LAW + "第四十二条第一款", confidence="V",
                          where=f"{place.path}[{n}].valid_to")
        if officer.get("on_duty_in_quota") is False:
            yield Finding(f"{officer.get('name')}不是在编在岗的执法人员，只能辅助",
                          "请把该人员移出执法人员栏，换由在编在岗的执法人员",
                          basis="武隆府办发〔2021〕53号第二条第（一）项、第（三）项",
                          confidence="V", where=f"{place.path}[{n}].on_duty_in_quota")


def exactly_two_officers(place: Place) -> Findings:
    """The paper has two signature lines, for two officers."""
    if len(_officers(place)) > 2:
        yield Finding("本文书由两名执法人员签名，填写了两人以上", "请保留承办的两名执法人员")


def guardian_present(place: Place) -> Findings:
    """A minor is asked with a guardian present (在场人)."""
    birth = day_of(place.value)
    day = day_of(_act_day(place))
    if birth is None or day is None:
        return
    if birth > day:
        yield Finding("出生日期晚于询问日期", "请核对出生日期")
        return
    age = day.year - birth.year - int((day.month, day.day) < (birth.month, birth.day))
    others = place.answers.get("others")
    said = " ".join(str(v) for person in (others if isinstance(others, list) else [])
                    if isinstance(person, Mapping) for v in person.values())
    if age < rule_number("DC-10", "adult", day) and not _GUARDIAN.search(said):
        yield Finding(f"被询问人{age}周岁，是未成年人，在场人中没有监护人",
                      "请通知监护人（法定代理人）到场，并在“在场人”中填写姓名和关系",
                      confidence="M", where="others")


def agent_authorised(place: Place) -> Findings:
    """An agent's power of attorney belongs in the file."""
    if place.value == "委托代理人":
        yield Finding("被询问人是委托代理人", "请把授权委托书收入案卷", Level.WARN)

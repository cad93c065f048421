"""Named checks about what a paper says: times, showing of certificates, orders, remedies, service."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from field_app.domain.clock import CHINA
from field_app.domain.law_numbers import term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of, moment_of

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_CIVIL_PROCEDURE = "《中华人民共和国民事诉讼法》"
_VAGUE = re.compile(
    r"有管辖权|上一?级|本级|有关|相关|当地|所在地|复议机关|^人民法院$|^人民政府$|^法院$|[×xX*＊_＿]{2}")
_LAW = re.compile(r"《[^《》]+》(第[一二三四五六七八九十百千零〇0-9]+条"
                  r"(第[一二三四五六七八九十百零〇0-9]+款)?"
                  r"(第（?[一二三四五六七八九十百零〇0-9]+）?项)?[、，；]?)*")


def _siblings_block(place: Place, name: str) -> Mapping[str, Any]:
    block = place.answers.get(name)
    return block if isinstance(block, Mapping) else {}


def after_start(place: Place) -> Findings:
    """The end of a record lies after its start."""
    start, end = moment_of(place.siblings.get("start_at")), moment_of(place.value)
    if start and end and end <= start:
        yield Finding("结束时间不晚于开始时间", "请核对起止时间；结束时间在核对完毕后填写")
    elif start and end and end - start > timedelta(hours=24):
        yield Finding("起止时间相差超过24小时", "请核对起止日期是否填错", Level.WARN)


def not_in_future(place: Place) -> Findings:
    """What a paper tells has already happened."""
    day_ends = datetime.combine(place.today, time(23, 59, 59), CHINA)
    moment, day = moment_of(place.value), day_of(place.value)
    if (moment and moment > day_ends) or (moment is None and day and day > place.today):
        yield Finding("填写的时间晚于今天", "请核对时间和本机时钟", Level.WARN)


def certificate_shown(place: Place) -> Findings:
    """Certificates were shown."""
    if place.value is not True:
        yield Finding("没有确认已出示执法证件", "请先向当事人出示执法证件，再勾选本项",
                      basis=_PENALTY_LAW + "第五十五条第一款", confidence="V")


def rights_told(place: Place) -> Findings:
    """Rights and duties were told."""
    if place.value is not True:
        yield Finding("没有确认已告知权利义务", "请先向被询问人告知权利义务，再勾选本项",
                      basis=_PENALTY_LAW + "第四十三条、第四十五条、第五十五条", confidence="V")


def recusal_told(place: Place) -> Findings:
    """The right to ask for recusal was told."""
    if place.value is not True:
        yield Finding("没有确认已告知申请回避的权利", "请先告知当事人有权申请回避，再勾选本项",
                      basis=_PENALTY_LAW + "第四十三条", confidence="V")


def recusal_asked(place: Place) -> Findings:
    """A request for recusal is decided on (G1-12); until then the investigation goes on."""
    if place.value == "申请":
        yield Finding("当事人申请回避", "请制作回避申请（决定）审批表（G1-12）报负责人决定；"
                      "决定作出之前不停止调查", Level.WARN,
                      basis=_PENALTY_LAW + "第四十三条", confidence="V")


def says_true(place: Place) -> Findings:
    """The confirmation says that the record is true."""
    if "属实" not in place.value:
        yield Finding("确认语中没有“属实”的表述", "请写明“以上笔录我已看过（已向我宣读），"
                      "与我所说一致，记录属实。”")


def problem_numbers(place: Place) -> Findings:
    """Problems are numbered, each with its own number."""
    numbers = [p.get("no") for p in place.value if isinstance(p, Mapping)]
    if len(set(map(str, numbers))) != len(numbers):
        yield Finding("存在问题的序号有重复", "请给每个问题编不同的序号")


def within_problems(place: Place) -> Findings:
    """What is ordered to be put right is among the problems told."""
    problems = place.siblings.get("problems")
    known = [p.get("no") for p in problems if isinstance(p, Mapping)] \
        if isinstance(problems, list) else []
    for n, number in enumerate(place.value):
        if number not in known:
            yield Finding(f"责令整改第{number}项，但存在问题中没有这一项",
                          "请核对序号，只能责令整改所列的问题", where=f"{place.path}[{n}]")
    if len(set(map(str, place.value))) != len(place.value):
        yield Finding("责令整改项序号有重复", "请删去重复的序号")


def hazard_level(place: Place) -> Findings:
    """A hazard is an ordinary or a major one."""
    if not place.value.startswith(("一般", "重大")):
        yield Finding(f"隐患等级“{place.value}”不是一般隐患或重大隐患", "请选择一般隐患或重大隐患")


def law_reference(place: Place) -> Findings:
    """A law is cited in printed form: title in 《》, then article, paragraph, item."""
    if not _LAW.search(place.value) or "条" not in place.value:
        yield Finding("依据没有写成“《…》第…条第…款第…项”的形式",
                      "请写明法律法规全称和条款项", Level.WARN)


def deadline_after_paper(place: Place) -> Findings:
    """A deadline lies after the day of the paper."""
    deadline, made = day_of(place.value), day_of(_siblings_block(place, "SEAL").get("seal_at"))
    if deadline and made and deadline <= made:
        yield Finding("整改期限不晚于成文日期", "请填写检查日和成文日期之后的日期")


def named_body(place: Place) -> Findings:
    """A reconsideration body or court is told by its full name."""
    if _VAGUE.search(place.value):
        yield Finding(f"“{place.value}”没有写明具体机关",
                      "请写明复议机关或人民法院的全称，不得用笼统的说法",
                      basis=_PENALTY_LAW + "第五十九条第一款第（五）项", confidence="V")


def named_court(place: Place) -> Findings:
    """A court is told by its full name."""
    yield from named_body(place)
    if not place.value.rstrip().endswith("法院"):
        yield Finding(f"“{place.value}”不是人民法院的名称", "请写明有管辖权的人民法院的全称")


def reconsideration_days(place: Place) -> Findings:
    """The term for reconsideration is not shorter than EX-04 gives."""
    days = term_number("EX-04.reconsider", place.today)
    if place.value < days:
        yield Finding(f"申请行政复议的期限少于{days}日", f"请按{days}日填写",
                      basis="《中华人民共和国行政复议法》第二十条第一款", confidence="V")


def litigation_months(place: Place) -> Findings:
    """The term for litigation is that of EX-04 unless a law says otherwise."""
    months = term_number("EX-04.sue", place.today)
    if place.value != months:
        yield Finding(f"提起行政诉讼的期限不是{months}个月", "请核对法律是否另有规定", Level.WARN,
                      basis="《中华人民共和国行政诉讼法》第四十六条第一款", confidence="V")


def seal_of_agency(place: Place) -> Findings:
    """The seal is that of the agency in whose name the paper goes out."""
    agency = _siblings_block(place, "ENT").get("agency_name")
    if agency and place.value != agency:
        yield Finding(f"盖章机关“{place.value}”与作出机关“{agency}”不一致",
                      "请改为作出机关；委托执法的，盖委托机关的印章")


def entrusting_agency(place: Place) -> Findings:
    """The entrusted organization is not the agency that entrusts."""
    if place.value == place.siblings.get("agency_name") \
            and place.siblings.get("capacity") == "委托":
        yield Finding("受委托组织与作出机关相同", "委托执法的，作出机关填委托机关全称",
                      basis=_PENALTY_LAW + "第二十条第四款", confidence="V")


def witnessed_or_recorded(place: Place) -> Findings:
    """Leaving service has an attesting witness or was recorded."""
    if place.value == "留置" and not (place.siblings.get("witnesses")
                                    or place.siblings.get("av_refs")):
        yield Finding("留置送达既没有见证人，也没有音像记录",
                      "请邀请有关基层组织或者所在单位的代表到场见证，或者填写拍照、录像的编号",
                      basis=_CIVIL_PROCEDURE + "第八十九条", confidence="V",
                      where=place.beside("witnesses"))


def after_announcement(place: Place) -> Findings:
    """Service by announcement is complete thirty days after it was posted."""
    posted, served = day_of(place.value), day_of(place.siblings.get("served_at"))
    if posted is None or served is None or place.siblings.get("mode") != "公告":
        return
    days = term_number("SV-06.deemed_served", posted)
    if served < (first := posted + timedelta(days=days)):
        yield Finding(f"公告送达的送达日早于公告之日起满{days}日",
                      f"送达日不早于{first.isoformat()}",
                      basis=_CIVIL_PROCEDURE + "第九十五条", confidence="V",
                      where=place.beside("served_at"))

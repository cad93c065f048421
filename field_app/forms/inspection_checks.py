"""Named checks about inspections, orders to put right, their re-inspection, and opening a case."""

import re
from collections.abc import Mapping
from dataclasses import replace

from field_app.domain.law_numbers import rule_number, term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of, moment_of
from field_app.forms.paper_checks import law_reference
from field_app.forms.people_checks import phone
from field_app.forms.workdays import workdays_after

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_COERCION_LAW = "《中华人民共和国行政强制法》"
_BEGINNINGS = {"plan_end": "plan_start", "check_to": "check_from", "end": "start", "to": "from"}
# Article 9 of the coercion law; temporary closing and clearing are judged differently in practice.
_COERCION = re.compile(r"查封|扣押|冻结|限制.{0,4}人身自由|强制")
_PERHAPS_COERCION = re.compile(r"停产|停业|停止(使用|作业|施工)|撤出|撤离|疏散")


def hotline_or_phone(place: Place) -> Findings:
    """A public hotline of five figures (12345) or a telephone number."""
    if not re.fullmatch(r"1[0-9]{4}", place.value):
        yield from phone(place)


def law_references(place: Place) -> Findings:
    """Every law of a list is cited in printed form."""
    for n, law in enumerate(place.value):
        if isinstance(law, str):
            for finding in law_reference(replace(place, value=law)):
                yield replace(finding, where=f"{place.path}[{n}]")


def listed_choices(place: Place) -> Findings:
    """Every item of the list is one of the field's choices, none twice."""
    for n, item in enumerate(place.value):
        if item not in place.field.choices:
            yield Finding(f"“{item}”不是可选项", f"请从以下各项中选填：{'、'.join(place.field.choices)}",
                          where=f"{place.path}[{n}]")
    if len(set(map(str, place.value))) != len(place.value):
        yield Finding(f"“{place.field.label}”中有重复的项", "请删去重复的项")


def after_its_beginning(place: Place) -> Findings:
    """A span ends after it begins."""
    begins = place.siblings.get(_BEGINNINGS[place.field.key])
    start, end = moment_of(begins), moment_of(place.value)
    if start and end:
        early = end <= start
    else:
        first, last = day_of(begins), day_of(place.value)
        early = bool(first and last and last < first)
    if early:
        yield Finding(f"“{place.field.label}”不晚于开始的时间", "请核对起止时间")


def recheck_after_deadline(place: Place) -> Findings:
    """The re-inspection is planned for within the working days of IN-10 after the deadline."""
    deadline, planned = day_of(place.siblings.get("deadline")), day_of(place.value)
    if deadline is None or planned is None:
        return
    if planned < deadline:
        yield Finding("复查日期早于改正期限", "请改为改正期限届满之后的日期；当事人申请提前复查的除外",
                      Level.WARN)
    elif planned > workdays_after(
            deadline, days := term_number("IN-10.recheck", deadline)):
        yield Finding(f"复查日期晚于改正期限后{days}个工作日", "请提前复查日期，或者说明理由", Level.WARN)


def after_original_deadline(place: Place) -> Findings:
    """A re-inspection before the deadline needs the party's request."""
    deadline, at = day_of(place.siblings.get("orig_deadline")), day_of(place.value)
    if deadline and at and at < deadline:
        yield Finding("复查时间早于原整改期限", "当事人申请提前复查的，请把申请收入案卷", Level.WARN)


def cites_duty_to_order(place: Place) -> Findings:
    """An order to put right rests on article 28, paragraph 1 of the penalty law."""
    said = "".join(item for item in place.value if isinstance(item, str))
    if "行政处罚法" not in said or not re.search(r"第(二十八|28)条", said):
        yield Finding("责令改正依据中没有行政处罚法第二十八条第一款",
                      f"请增加{_PENALTY_LAW}第二十八条第一款", Level.WARN,
                      basis=_PENALTY_LAW + "第二十八条第一款", confidence="V")


def conclusion_fits_items(place: Place) -> Findings:
    """The conclusion of a re-inspection agrees with what was found item by item."""
    items = place.siblings.get("items_result")
    results = [i.get("result") for i in items if isinstance(i, Mapping)] \
        if isinstance(items, list) else []
    if not results:
        return
    all_done = all(result == "已整改" for result in results)
    if (place.value == "全部整改到位") != all_done:
        yield Finding(f"总体结论“{place.value}”与逐项复查结果不一致", "请核对逐项复查结果和总体结论")


def next_step_fits_conclusion(place: Place) -> Findings:
    """Only what was wholly put right is struck off; what was, needs nothing more."""
    overall = place.siblings.get("overall")
    if overall and overall != "全部整改到位" and place.value == "销号":
        yield Finding(f"总体结论是“{overall}”，不能销号", "请选择延期、立案处罚、强制或者移送")
    if overall == "全部整改到位" and place.value in ("延期", "强制"):
        yield Finding(f"已全部整改到位，后续处理却是“{place.value}”", "请核对总体结论和后续处理",
                      Level.WARN)


def named_suspected_case(place: Place) -> Findings:
    """Before a decision a case is named party + 涉嫌 + act + 案."""
    if "涉嫌" not in place.value or not place.value.rstrip().endswith("案"):
        yield Finding("案件名称没有写成“当事人＋涉嫌＋违法行为＋案”", "请改为“某某涉嫌某违法行为案”",
                      Level.WARN)


def within_limitation(place: Place) -> Findings:
    """The act came before the case was opened, and not longer before than CF-03 allows."""
    filed, act = day_of(place.siblings.get("filed_at")), day_of(place.value)
    if filed is None or act is None:
        return
    if act > filed:
        yield Finding("案发时间晚于立案日期", "请核对案发时间和立案日期")
        return
    usual, special = (rule_number("CF-03", key, filed) for key in ("years", "harmful_years"))
    if (filed.year - act.year, filed.month, filed.day) > (usual, act.month, act.day):
        yield Finding(f"案发至立案已超过{usual}年，可能超过追责时效",
                      f"涉及公民生命健康安全、金融安全且有危害后果的为{special}年；"
                      "违法行为有连续或者继续状态的，从终了之日起计算；请核实", Level.WARN,
                      basis=_PENALTY_LAW + "第三十六条", confidence="V")


def property_settled(place: Place) -> Findings:
    """No case is withdrawn while property taken in it is unsettled."""
    if place.value is not True:
        yield Finding("涉案财物没有处理完毕，不得撤销立案", "请先处理或者返还涉案财物")


def other_than_recused(place: Place) -> Findings:
    """Whoever takes over is another officer than the recused one."""
    officer = place.siblings.get("officer")
    if isinstance(officer, Mapping) and isinstance(place.value, Mapping) \
            and officer.get("cert_no") == place.value.get("cert_no"):
        yield Finding("接替人员与被申请回避的人员是同一人", "请改为另一名执法人员",
                      basis=_PENALTY_LAW + "第四十三条", confidence="V",
                      where=f"{place.path}.cert_no")


def later_than_application(place: Place) -> Findings:
    """A longer deadline lies after the day it was asked for."""
    asked, granted = day_of(place.siblings.get("applied_at")), day_of(place.value)
    if asked and granted and granted <= asked:
        yield Finding("批准期限不晚于申请日期", "请填写晚于原期限的日期")


def no_coercion_when_entrusted(place: Place) -> Findings:
    """An entrusted organization takes no coercive measure."""
    block = place.answers.get("ENT")
    if not isinstance(block, Mapping) or block.get("capacity") != "委托":
        return
    for n, measure in enumerate(place.value):
        if not isinstance(measure, str):
            continue
        where = f"{place.path}[{n}]"
        if _COERCION.search(measure):
            yield Finding("委托执法不得采取行政强制措施", "请报委托机关自行决定和实施，或者删去本项",
                          basis=_COERCION_LAW + "第十七条第一款", confidence="V", where=where)
        elif _PERHAPS_COERCION.search(measure):
            yield Finding("本项可能属于行政强制措施，委托执法不得采取",
                          "请与委托机关核对；属于行政强制措施的，由委托机关自行实施", Level.WARN,
                          basis=_COERCION_LAW + "第十七条第一款", where=where)

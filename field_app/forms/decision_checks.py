"""Named checks about penalties, decisions and their enforcement: amounts, terms, wording."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from field_app.domain.chinese import money_words
from field_app.domain.law_numbers import rule_number, rule_words, term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of, moment_of

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_COERCION_LAW = "《中华人民共和国行政强制法》"
_LAW = re.compile(r"《[^《》]+》.*第[一二三四五六七八九十百千零〇0-9]+条")
_SATURDAY = 5  # of date.weekday
_INTENDED = re.compile(r"(?<![模虚比])拟(?![制人物除])")
_RANGE = re.compile(r"以上.{0,20}以下|元至.{0,12}元|[0-9]+[-~～—至][0-9]+元")
_MATERIALS = ("移送书", "调查报告", "涉案物品清单")
_COURT_MATERIALS = ("申请书", "决定书", "催告", "标的", "其他")
_GROUNDS = {
    "中止": ("困难", "主张权利", "难以弥补", "中止执行的其他"),
    "终结": ("死亡", "终止", "灭失", "被撤销", "终结执行的其他"),
    "恢复": ("情形消失", "不履行执行协议"),
    "执行协议": ("达成执行协议",),
}


def _party(place: Place) -> Mapping[str, Any]:
    block = place.answers.get("PARTY")
    return block if isinstance(block, Mapping) else {}


def _rows(place: Place) -> list[Mapping[str, Any]]:
    return [row for row in place.value if isinstance(row, Mapping)]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _sealed(place: Place) -> date | None:
    block = place.answers.get("SEAL")
    return day_of(block.get("seal_at")) if isinstance(block, Mapping) else None


def law_reference_required(place: Place) -> Findings:
    """A step that only a law allows names that law's article."""
    if not _LAW.search(place.value):
        yield Finding("没有写明具体的法律、法规、规章条款", "请写《…》第…条；没有依据的不得延长",
                      basis=_PENALTY_LAW + "第六十条", confidence="V")


def no_intended(place: Place) -> Findings:
    """A decision decides; it does not speak of what is intended (拟)."""
    if _INTENDED.search(place.value):
        yield Finding("决定书中出现“拟”字", "请改为决定的表述，“拟”字只用于告知书")


def definite_penalties(place: Place) -> Findings:
    """Every penalty has its kind with an amount or a content, and no range of amounts."""
    for n, row in enumerate(_rows(place)):
        said = f"{row.get('kind') or ''}{row.get('content') or ''}"
        if _RANGE.search(said):
            yield Finding("处罚写的是幅度或者区间", "请写具体的处罚种类和数额",
                          basis=_PENALTY_LAW + "第四十四条", confidence="V",
                          where=f"{place.path}[{n}].content")
        if str(row.get("kind") or "").startswith("罚款") and _whole(row.get("amount")) <= 0:
            yield Finding("罚款没有填写金额", "请填写罚款的具体数额",
                          where=f"{place.path}[{n}].amount")


def _limit(place: Place, rule: str) -> int:
    """The fen that a rule sets for the party on the day of the paper."""
    day = _sealed(place) or place.today
    single = _party(place).get("party_type") in rule_words(rule, "single", day)
    return rule_number(rule, "citizen_fen" if single else "unit_fen", day)


def below_hearing_threshold(place: Place) -> Findings:
    """Fines so large that a hearing must be offered need the hearing notice instead."""
    limit = _limit(place, "HR-02")
    fines = sum(_whole(row.get("amount")) for row in _rows(place)
                if str(row.get("kind") or "").startswith("罚款"))
    if fines >= limit:
        yield Finding(f"罚款合计{fines // 100}元，达到重庆市听证标准（{limit // 100}元）",
                      "请改用行政处罚听证告知书（G3-02）",
                      basis="《重庆市行政处罚听证程序规定》", confidence="P")


def decided_penalties(place: Place) -> Findings:
    """Decided penalties are definite and speak of nothing intended."""
    yield from definite_penalties(place)
    for n, row in enumerate(_rows(place)):
        if _INTENDED.search(str(row.get("kind") or "")):
            yield Finding("决定书中出现“拟”字", "请改为决定的表述", where=f"{place.path}[{n}].kind")


def words_of_amount(place: Place) -> Findings:
    """The amount in words is the amount in figures."""
    amount = place.siblings.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 <= amount < 10**15:
        yield Finding("填写了大写金额，没有小写金额", "请填写小写金额", where=place.beside("amount"))
        return
    words = money_words(amount)
    if place.value.replace("圆", "元") not in (words, words.removeprefix("人民币")):
        yield Finding(f"大写金额与小写金额不一致，应为{words}", "请核对后改正")


def summary_limit(place: Place) -> Findings:
    """A fine on the spot stays within the limits of the summary procedure."""
    limit = _limit(place, "SP-01")
    if place.value > limit:
        yield Finding(f"罚款超过当场处罚的限额（{limit // 100}元）", "请按普通程序立案办理",
                      basis=_PENALTY_LAW + "第五十一条", confidence="V")
    if place.siblings.get("kind") == "警告":
        yield Finding("处罚种类是警告，却填写了罚款金额", "请核对处罚种类和金额")


def onsite_collection(place: Place) -> Findings:
    """A fine is collected on the spot only where the law allows it."""
    if place.value != "当场收缴":
        return
    reason = str(place.siblings.get("onsite_reason") or "")
    if place.siblings.get("kind") == "警告":
        yield Finding("只有警告，没有罚款可以收缴", "请改选缴纳方式或者核对处罚种类")
    elif "一百元以下" in reason and _whole(place.siblings.get("amount")) > (
            small := rule_number("SP-05", "small_fen", _sealed(place) or place.today)):
        yield Finding(f"罚款超过{small // 100}元，不能以“一百元以下”为由当场收缴",
                      "请改由银行或者电子支付缴纳，或者核对当场收缴理由",
                      basis=_PENALTY_LAW + "第六十八条", confidence="V")


def reconsideration_first(place: Place) -> Findings:
    """A decision on the spot is contested by reconsideration first."""
    if place.value is not True:
        yield Finding("当场处罚决定没有写明先申请行政复议", "请勾选，告知当事人先申请行政复议",
                      basis="《中华人民共和国行政复议法》第二十三条第一款第（一）项", confidence="V")


def surcharge_told(place: Place) -> Findings:
    """A decision to fine tells the surcharge."""
    rows = place.answers.get("penalties")
    fined = any(isinstance(r, Mapping) and str(r.get("kind") or "").startswith("罚款")
                for r in rows) if isinstance(rows, list) else False
    if fined and place.value is not True:
        yield Finding("有罚款，没有告知到期不缴纳的加处罚款", "请勾选加处罚款告知",
                      basis=_PENALTY_LAW + "第七十二条第一款第（一）项", confidence="V")


def within_ninety_days(place: Place) -> Findings:
    """A decision falls within ninety days of filing unless the term was extended by law."""
    filed, decided = day_of(place.answers.get("filed_date")), day_of(place.value)
    if filed and decided and decided < filed:
        yield Finding("决定日期早于立案日期", "请核对立案日期和决定日期")
    elif filed and decided and decided > filed + timedelta(
            days=(days := term_number("DC-05.decide", decided))):
        yield Finding(f"决定日期超过立案之日起{days}日", "请核对是否依法批准延期（G3-23）", Level.WARN,
                      basis=_PENALTY_LAW + "第六十条", confidence="V")


def fifteen_days_to_pay(place: Place) -> Findings:
    """The day to pay by leaves the party fifteen days."""
    due, decided = day_of(place.value), day_of(place.answers.get("decided_at"))
    if due and decided and due < decided + timedelta(
            days=(days := term_number("EX-01.pay", decided))):
        yield Finding(f"缴款期限早于决定之日起{days}日", f"请自收到决定书之日起算{days}日填写",
                      basis=_PENALTY_LAW + "第六十七条第三款", confidence="V")


def fee_within_principal(place: Place) -> Findings:
    """A surcharge is three hundredths a day and never more than the fine."""
    principal, days = place.siblings.get("principal"), place.siblings.get("days")
    if not _whole(principal):
        return
    if place.value > _whole(principal):
        yield Finding("加处罚款的数额超出罚款的数额", "请以罚款的数额为上限",
                      basis=_COERCION_LAW + "第四十五条第二款", confidence="V")
    elif place.value > (_whole(principal) * _whole(days) * (
            percent := term_number("EX-02.surcharge", place.today)) + 99) // 100:
        yield Finding(f"加处罚款的数额超过每日{percent}%计算的数额", "请核对计算天数和加处数额",
                      basis=_PENALTY_LAW + "第七十二条第一款第（一）项", confidence="V")


def due_after_paper(place: Place) -> Findings:
    """A term that a paper gives ends after the day of the paper."""
    due, made = day_of(place.value), _sealed(place)
    if due and made and due <= made:
        yield Finding("期限不晚于成文日期", "请填写成文日期之后的日期")


def remedies_expired(place: Place) -> Findings:
    """Buildings come down only after the time for remedies has passed."""
    if place.value is not True:
        yield Finding("复议、诉讼期限没有届满", "期限届满前只能公告限期自行拆除，不得实施强制拆除",
                      Level.WARN, basis=_COERCION_LAW + "第四十四条", confidence="V")


def not_at_night(place: Place) -> Findings:
    """Enforcement is not carried out at night or on holidays."""
    moment = moment_of(place.value)
    if moment is None:
        return
    begins, ends = (rule_number("EX-12", key, moment.date()) for key in ("night_from", "night_to"))
    if moment.hour < ends or moment.hour >= begins or moment.weekday() >= _SATURDAY:
        yield Finding("时间在夜间或者周末", "不得在夜间或者法定节假日实施，情况紧急的除外；请核对",
                      Level.WARN, basis=_COERCION_LAW + "第四十三条第一款", confidence="V")


def application_window(place: Place) -> Findings:
    """An application to the court is made within the months that the law gives (three)."""
    start, end = day_of(place.siblings.get("window_from")), day_of(place.value)
    if not start or not end:
        return
    months = term_number("EX-09.no_remedy", start)
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    last = monthrange(year, month)[1]
    if end < start or end > date(year, month, min(start.day, last)):
        yield Finding(f"最迟申请之日不在可以申请之日起{months}个月内", "请核对起诉期限届满之日",
                      basis=_COERCION_LAW + "第五十三条", confidence="V")


def court_materials(place: Place) -> Findings:
    """All five kinds of material go to the court."""
    said = "；".join(map(str, place.value))
    missing = [word for word in _COURT_MATERIALS if word not in said]
    if missing:
        yield Finding(f"申请材料缺少：{'、'.join(missing)}", "请备齐五类材料并逐项列明",
                      basis=_COERCION_LAW + "第五十五条第一款", confidence="V")


def transfer_materials(place: Place) -> Findings:
    """A transfer to the police holds the three papers it must hold."""
    said = "；".join(map(str, place.value))
    missing = [word for word in _MATERIALS if word not in said]
    if missing:
        yield Finding(f"移送材料缺少：{'、'.join(missing)}", "请附齐后移送",
                      basis="《行政执法机关移送涉嫌犯罪案件的规定》第六条", confidence="V")


def decided_in_three_days(place: Place) -> Findings:
    """A transfer is decided on within three days of the report."""
    reported, decided = moment_of(place.siblings.get("report_at")), moment_of(place.value)
    if reported and decided and decided < reported:
        yield Finding("决定时间早于报告时间", "请核对报告时间和决定时间")
    elif reported and decided and decided > reported + timedelta(
            days=(days := term_number("TR-02.decide", reported.date()))):
        yield Finding(f"决定时间超过接到报告之日起{days}日", "请核对；超过期限的注明原因", Level.WARN,
                      basis="《行政执法机关移送涉嫌犯罪案件的规定》第五条", confidence="V")


def ground_fits_kind(place: Place) -> Findings:
    """The ground told belongs to stopping, ending, resuming or agreeing."""
    kind = str(place.siblings.get("kind") or "")
    if kind in _GROUNDS and not any(word in place.value for word in _GROUNDS[kind]):
        yield Finding(f"“{place.value}”不是{kind}的法定情形", "请按类型选择法定情形",
                      basis=_COERCION_LAW + "第三十九条、第四十条、第四十二条", confidence="V")


def correction_differs(place: Place) -> Findings:
    """A correction changes something."""
    if place.value == place.siblings.get("old"):
        yield Finding("更正后的文字与原文相同", "请核对原文和更正内容")

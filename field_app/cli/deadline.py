"""``deadline``: statutory terms computed and explained, one or many at once."""

import argparse
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from field_app.cli.telling import report, say
from field_app.domain.clock import CHINA, SystemClock
from field_app.domain.workdays import Calendar, CalendarBroken, calendar_with
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.rules.deadlines import (
    Answer,
    DeadlineRefused,
    Question,
    Suspension,
    compute,
)
from field_app.rules.terms import Side, Term, TermUnknown, find_term, terms

_MAX_BATCH = 4 << 20
_KEYS = frozenset({"rule", "from", "side", "suspended", "amount", "paid", "term", "extension"})


def _date(text: Any, what: str) -> date:
    try:
        if isinstance(text, str) and len(text) > 10:
            return _moment(text, what).astimezone(CHINA).date()
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise UserError(f"{what}“{text}”不是日期。", "请写成 2026-05-14 这样的日期。") from error


def _moment(text: str, what: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{what}“{text}”不是时刻。",
                        "请写成 2026-05-14T09:30:00+08:00 这样的时刻。") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=CHINA)


def _whole(value: Any, what: str) -> int | None:
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise UserError(f"{what}“{value}”不是整数。", "请填写不带小数点的整数。")
    return int(text)


def _spans(value: Any) -> tuple[Suspension, ...]:
    texts = [] if value is None else value if isinstance(value, list) else [value]
    spans = []
    for text in (t for each in texts for t in str(each).split(",")):
        first, dots, last = text.partition("..")
        if not dots:
            raise UserError(f"中止期间“{text}”写法不对。", "请写成 2026-03-01..2026-03-10。")
        spans.append(Suspension(_date(first.strip(), "中止开始日"), _date(last.strip(), "中止结束日")))
    return tuple(spans)


def _question(call: dict[str, Any], term: Term) -> Question:
    start = call.get("from")
    if not isinstance(start, str) or not start:
        raise UserError("没有写明从哪一天起算。", f"请用 --from 写明{term.event}的日期。")
    side = call.get("side")
    if side not in (None, "party", "agency"):
        raise UserError(f"“{side}”不是期限的一方。", "请用 party（当事人）或 agency（机关）。")
    hours = term.length.unit == "hour" and len(start) > 10
    paid = call.get("paid")
    if term.length.unit == "percent_a_day" and paid is None:
        paid = SystemClock().now().wall.astimezone(CHINA).date().isoformat()
    return Question(
        _moment(start, "起算时刻") if hours else _date(start, "起算日"),
        side=None if side is None else Side(side), suspended=_spans(call.get("suspended")),
        term_days=_whole(call.get("term"), "期限天数"),
        extension_days=_whole(call.get("extension"), "延长天数") or 0,
        amount=_whole(call.get("amount"), "罚款本金（分）"),
        paid=None if paid is None else _date(paid, "计算到的日期"))


def answer_call(call: Any, calendar: Calendar) -> dict[str, Any]:
    """One call as JSON tells it (``rule``, ``from`` and options), answered as JSON.

    Raises :class:`UserError` with what is wrong in the call.
    """
    if not isinstance(call, dict) or not isinstance(call.get("rule"), str):
        raise UserError("没有写明计算哪个期限。", "请写 rule，例如 EV-09.dispose。")
    unknown = sorted(set(call) - _KEYS)
    if unknown:
        raise UserError(f"不认识的项目：{'、'.join(unknown)}。", f"可用：{'、'.join(sorted(_KEYS))}。")
    try:
        term = find_term(call["rule"])
        answer = compute(term, _question(call, term), calendar)
    except TermUnknown as error:
        raise UserError(f"没有期限“{error.name}”。", f"可用：{'、'.join(error.known)}。") from error
    except DeadlineRefused as error:
        raise UserError(error.what, error.remedy) from error
    except OverflowError as error:
        raise UserError("日期超出可计算的范围。", "请核对起算日期。") from error
    return _told(answer, call["from"])


def _told(answer: Answer, start: str) -> dict[str, Any]:
    term = answer.term
    told: dict[str, Any] = {"rule": term.rule, "term": term.name, "from": start}
    for name in ("opens", "earliest", "due"):
        value = getattr(answer, name)
        if value is not None:
            told[name] = value.isoformat()
    if answer.fen is not None:
        told["fen"] = answer.fen
    told |= {"unit": term.length.unit, "basis": term.law, "confidence": term.confidence,
             "explanation": answer.explanation}
    if answer.unknown_years:
        told["unknown_years"] = list(answer.unknown_years)
    return told


def _calendar(args: argparse.Namespace) -> Calendar:
    try:
        return calendar_with(DataFolder(args.data).calendars)
    except CalendarBroken as error:
        raise UserError(f"节假日文件读不出来（{error}）。", "请重新导入放假安排。") from error


def _batch(args: argparse.Namespace) -> int:
    try:
        if args.batch.stat().st_size > _MAX_BATCH:
            raise UserError(f"{args.batch}过大。", "请分成几次计算。")
        calls = json.loads(args.batch.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{args.batch}读不出来，或不是 JSON。", "请核对路径和内容。") from error
    if not isinstance(calls, list):
        raise UserError("批量文件应当是一个 JSON 列表。", "请核对批量文件。")
    calendar, answers = _calendar(args), []
    for call in calls:
        try:
            answers.append(answer_call(call, calendar))
        except UserError as error:
            rule = call.get("rule") if isinstance(call, dict) else None
            answers.append({"rule": rule, "error": {"what": error.what, "remedy": error.remedy}})
    if args.json:
        report(answers)
    else:
        for told in answers:
            say(told["error"]["what"] if "error" in told else told["explanation"])
    return 1 if any("error" in told for told in answers) else 0


def _deadline(args: argparse.Namespace) -> int:
    if args.batch is not None:
        return _batch(args)
    if args.rule is None:
        if args.json:
            report([{"rule": t.rule, "term": t.name, "event": t.event, "side": t.side.value,
                     "basis": t.law, "confidence": t.confidence} for t in terms().values()])
        else:
            for term in terms().values():
                say(f"{term.id}　自{term.event}起　{term.duty}（{term.law}）")
        return 0
    call = {"rule": args.rule, "from": args.start, "side": args.side,
            "suspended": args.suspended, "amount": args.amount, "paid": args.paid,
            "term": args.term, "extension": args.extension}
    told = answer_call({k: v for k, v in call.items() if v is not None}, _calendar(args))
    if args.json:
        report(told)
    else:
        say(told["explanation"])
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``deadline``."""
    one = verbs.add_parser("deadline", help="计算法定期限并说明依据；不写期限时列出全部")
    one.add_argument("rule", nargs="?", help="例如 EV-09.dispose；只有一个期限的规则可只写编号")
    one.add_argument("--from", dest="start", help="起算的日期或时刻")
    one.add_argument("--side", choices=["party", "agency"], help="按当事人还是按机关计算")
    one.add_argument("--suspended", action="append", metavar="FROM..TO", help="不计入的期间，可多次")
    one.add_argument("--amount", metavar="FEN", help="罚款本金（分）")
    one.add_argument("--paid", metavar="DATE", help="加处罚款计算到哪一日，默认今天")
    one.add_argument("--term", metavar="DAYS", help="决定书写明的期限（日）")
    one.add_argument("--extension", metavar="DAYS", help="批准延长的日数")
    one.add_argument("--batch", type=Path, metavar="FILE", help="JSON 列表，一次计算多个")
    one.set_defaults(run=_deadline)

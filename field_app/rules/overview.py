"""The table of rules for readers: one line a rule, as text for people, Markdown and JSON."""

from datetime import date
from typing import Any

from field_app.domain.reasons import Level
from field_app.rules.table import Rule, rules

LEVELS = {Level.BLOCK: "阻断", Level.WARN: "警告", Level.TIMER: "提醒", Level.INFO: "提示"}
CONFIDENCE = {"V": "已读原文", "P": "只读到摘要", "M": "凭记忆，须核对", "I": "工程推断"}
_KINDS = {"check": "计算", "form": "文书校验", "term": "期限", "desk": "程序保证"}
_HEAD = """# 规则表

由 `python -m field_app rules table --out field_app/rules/RULES.md` 生成，内容在 resources/rules/1.toml。
可信度：V 已读原文，P 只读到摘要，M 凭记忆须核对，I 工程推断。级别：阻断不能放行，警告写明理由后放行，提醒只计时，
提示只告知。检查：“计算”是 field_app/rules/checks 中该编号的函数，“文书校验”是文书里的具名校验，
“期限”用 `deadline` 计算，“程序保证”由所列模块的做法保证。“规则查询”表示只在 `rules list`、
`rules show` 中显示，供人工核对。

| 编号 | 依据 | 级别 | 可信度 | 在哪里见到 | 由什么检查 |
|---|---|---|---|---|---|
"""


def levels_of(rule: Rule) -> str:
    """Levels its findings may have, the row's own first."""
    return "、".join(LEVELS[level] for level in (rule.level, *rule.also))


def checks_of(rule: Rule) -> str:
    """By what it is checked, in words with the name."""
    told = []
    for by in rule.checked_by:
        kind, _, name = by.partition(":")
        told.append(f"{_KINDS[kind]} {name}" if name else _KINDS[kind])
    return "；".join(told)


def markdown() -> str:
    """The whole table as RULES.md holds it."""
    lines = [f"| {r.id} | {r.law or '—'} | {levels_of(r)} | {r.confidence} | {'；'.join(r.shown)} | "
             f"{checks_of(r)} |\n" for r in rules().values()]
    return _HEAD + "".join(lines)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, (list, tuple)) else value


def told(rule: Rule) -> dict[str, Any]:
    """A rule as JSON tells it; dates ISO, money in fen."""
    return {
        "id": rule.id, "level": rule.level.value, "also": [level.value for level in rule.also],
        "law": rule.law, "text": rule.text, "remedy": rule.remedy, "confidence": rule.confidence,
        "forms": list(rule.forms), "shown": list(rule.shown),
        "checked_by": list(rule.checked_by), "asks": dict(rule.asks),
        "values": {key: _plain(value) for key, value in rule.values.items()},
        "effective_from": _plain(rule.effective_from),
        "effective_to": _plain(rule.effective_to)}


def described(rule: Rule) -> list[str]:
    """A rule in lines for people."""
    lines = [f"{rule.id}　{levels_of(rule)}　可信度：{CONFIDENCE[rule.confidence]}", rule.text + "。",
             f"怎么办：{rule.remedy}。", f"依据：{rule.law or '无法条，工程推断'}",
             f"在哪里见到：{'；'.join(rule.shown)}", f"由什么检查：{checks_of(rule)}"]
    if rule.asks:
        lines.append("逐项：" + "；".join(rule.asks.values()))
    if rule.effective_from or rule.effective_to:
        first = rule.effective_from.isoformat() if rule.effective_from else "不详"
        last = rule.effective_to.isoformat() if rule.effective_to else "现行"
        lines.append(f"施行：{first} 至 {last}")
    return lines

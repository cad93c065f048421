"""``forms``, ``templates`` and ``render``: papers without a case or a login."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from field_app.actions.paper_failures import told_failures
from field_app.actions.write_files import write_together
from field_app.cli import template_verbs
from field_app.cli.telling import report, say, tell_problems
from field_app.documents.fonts import missing_characters
from field_app.documents.render import Paper, PaperFacts, render
from field_app.domain.clock import SystemClock
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.forms import (
    FormDefinition,
    FormUnknown,
    check_answers,
    check_forms,
    list_forms,
    load_form,
)
from field_app.forms.telling import show_form, show_lines

MAX_ANSWER_BYTES = 4 << 20


def _forms_list(args: argparse.Namespace) -> int:
    found = list_forms()
    if args.json:
        report([{"id": f.form_id, "version": f.version, "title": f.title, "group": f.group,
                 "number_word": f.number_word} for f in found])
        return 0
    for form in found:
        say(f"{form.form_id}　第{form.version}版　{form.title}")
    return 0


def _forms_check(args: argparse.Namespace) -> int:
    return tell_problems(check_forms(), "文书定义全部完好。", as_json=args.json)


def _forms_show(args: argparse.Namespace) -> int:
    told = show_form(_form(args.form))
    if args.json:
        report(told)
    else:
        for line in show_lines(told, keys=True):
            say(line)
    return 0


def _read_json(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_ANSWER_BYTES:
            raise UserError(f"{path}过大。", "请核对文件。")
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}读不出来，或不是 JSON。", "请核对路径和内容。") from error


def _form(form_id: str) -> FormDefinition:
    try:
        return load_form(form_id)
    except FormUnknown as error:
        raise UserError(f"没有文书{form_id}。", "用 forms list 查看可用的文书。") from error


def _render_one(form_id: str, answers: Any, stem: Path, *, party: str = "") -> dict[str, Any]:
    """Check, render and write ``stem``.docx and .pdf; ``UserError`` says what is wrong."""
    if not isinstance(answers, dict):
        raise UserError("答案应当是一个 JSON 对象。", "请核对答案文件。")
    started = time.perf_counter()
    form = _form(form_id)
    with told_failures(form.title):
        reasons = check_answers(form, answers, today=SystemClock().now().wall.date(),
                                missing_characters=missing_characters)
        made = _made(form, answers, reasons, party)
    write_together({stem.with_name(stem.name + suffix): data
                    for suffix, data in ((".docx", made.docx), (".pdf", made.pdf))})
    return {
        "name": stem.name, "pdf": str(stem.with_name(stem.name + ".pdf")),
        "docx": str(stem.with_name(stem.name + ".docx")), "pages": made.pages,
        "seconds": round(time.perf_counter() - started, 3),
        "warnings": [*made.warnings, *(r.text for r in reasons if r.level is Level.WARN)]}


def _made(form: FormDefinition, answers: dict[str, Any], reasons: list[Reason],
          party: str) -> Paper:
    blocking = [r for r in reasons if r.level is Level.BLOCK]
    if blocking:
        first = blocking[0]
        raise UserError(f"{first.text}（共{len(blocking)}处）。", f"{first.remedy}。", code=first.where)
    return render(form, answers, PaperFacts(party_name=party))


def _safe_stem(out: Path, name: str) -> Path:
    if not name or Path(name).name != name or name.startswith("."):
        raise UserError(f"文件名“{name}”不能用。", "请用不含斜线的普通名称。")
    return out / name


def _batch(args: argparse.Namespace) -> int:
    rows, results = _read_json(args.batch), []
    if not isinstance(rows, list):
        raise UserError("批量文件应当是一个 JSON 列表。", "请核对批量文件。")
    for row in rows:
        name = str(row.get("name", "")) if isinstance(row, dict) else ""
        try:
            if not isinstance(row, dict):
                raise UserError("列表里有不是对象的一项。", "请核对批量文件。")
            answers = row.get("answers")
            if isinstance(answers, str):
                answers = _read_json(args.batch.parent / answers)
            results.append(_render_one(str(row.get("id")), answers, _safe_stem(args.out, name)))
        except UserError as error:
            results.append({"name": name, "error": {
                "what": error.what, "remedy": error.remedy, "path": error.code}})
    failed = [r for r in results if "error" in r]
    if args.json:
        report(results)
    else:
        for result in results:
            say(f"{result['name']}　" + (result["error"]["what"] if "error" in result
                                        else f"{result['pages']}页　{result['seconds']}秒"))
    return 1 if failed else 0


def _with_case(form_id: str, answers: Any, case: Any) -> Any:
    """What the case knows fills the fields of the form that the answers leave out."""
    if not isinstance(case, dict):
        raise UserError("案件资料应当是一个 JSON 对象。", "请核对案件文件。")
    if not isinstance(answers, dict):
        return answers
    known = {field.key for field in _form(form_id).fields}
    return {**{k: v for k, v in case.items() if k in known}, **answers}


def _blank(args: argparse.Namespace) -> int:
    """An empty paper for handwriting: a PDF only, without number and code."""
    from field_app.actions.blank_forms import make_blank

    if not args.form:
        raise UserError("缺少文书编号。", "用法：render G2-02 --blank --out 文件夹。")
    form = _form(args.form)
    made = make_blank(form)
    path = _safe_stem(args.out, (args.name or f"{form.form_id}-空白") + ".pdf")
    write_together({path: made.pdf})
    if args.json:
        report({"name": path.stem, "pdf": str(path), "pages": made.pages})
    else:
        say(f"{path}\n共{made.pages}页")
    return 0


def _render(args: argparse.Namespace) -> int:
    if args.blank:
        return _blank(args)
    if args.batch is not None:
        return _batch(args)
    if not args.form or args.answers is None:
        raise UserError("缺少文书编号或答案文件。", "用法：render G2-02 --answers 文件，或 --batch 文件。")
    answers, party = _read_json(args.answers), ""
    if args.case is not None:
        case = _read_json(args.case)
        answers = _with_case(args.form, answers, case)
        known = case.get("PARTY")
        party = str(known.get("name") or "") if isinstance(known, dict) else ""
    result = _render_one(args.form, answers, _safe_stem(args.out, args.name or args.form),
                         party=party)
    if args.json:
        report(result)
    else:
        say(f"{result['pdf']}\n{result['docx']}\n共{result['pages']}页")
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``forms``, ``templates`` and ``render``."""
    forms = verbs.add_parser("forms", help="文书定义").add_subparsers(dest="what", required=True)
    forms.add_parser("list", help="列出文书").set_defaults(run=_forms_list)
    forms.add_parser("check", help="检查定义").set_defaults(run=_forms_check)
    show = forms.add_parser("show", help="一种文书的栏目、法定内容、来源和把握程度")
    show.add_argument("form", help="文书编号，例如 G2-02")
    show.set_defaults(run=_forms_show)
    template_verbs.add_verbs(verbs)
    one = verbs.add_parser("render", help="按答案制作文书")
    one.add_argument("form", nargs="?", help="文书编号，例如 G2-02")
    one.add_argument("--answers", type=Path)
    one.add_argument("--case", type=Path, help="案件资料（JSON），补足答案里没有的栏目")
    one.add_argument("--blank", action="store_true", help="空白文书，供手工填写")
    one.add_argument("--batch", type=Path, help="JSON 列表：id、answers、name")
    one.add_argument("--name", default="", help="文件名（不含扩展名），默认为文书编号")
    one.add_argument("--out", type=Path, default=Path())
    one.set_defaults(run=_render)

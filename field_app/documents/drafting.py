"""Makes a first Word template from a form's definition, in the official layout, for Word or WPS.

Layout: margins within resources/layout (binding edge left), agency and title centred, body 仿宋
16 pt on 28 pt lines, tables 12 pt, seal and date at the right, QR code and page x of y in the
footer, signature lines on every page of records. What the law wants said stands in full; lawyers
turn it into sentences.
"""

from collections.abc import Iterator

from field_app.documents import qr
from field_app.documents.wordml import (
    cell,
    dxa,
    page_field,
    paragraph,
    qr_picture,
    row,
    row_tag,
    run,
    style,
    table,
    tag,
    word_file,
)
from field_app.forms.definition import Field, FormDefinition, Kind, Need

MARGINS = (30.0, 26.0, 24.0, 28.0)  # top, right, bottom, left in mm
_WIDTH = dxa(210 - MARGINS[1] - MARGINS[3])
_BODY, _LINE, _SMALL = 16.0, 28.0, 12.0
_TITLE_FACE = "华文中宋"
_INK = "　" * 6
_MAX_COLUMNS = 6
_STYLES = (
    style("Agency", "文书机关", face=_TITLE_FACE, size=18, bold=True, line=32, align="center"),
    style("PaperTitle", "文书标题", face=_TITLE_FACE, size=22, bold=True, line=36, align="center"),
    style("Number", "文书文号", size=_BODY, align="center"),
    style("Item", "文书栏目", size=_BODY, indent=2),
    style("Cell", "表格文字", size=_SMALL, line=18.5, align="left"),
    style("Foot", "文书页脚", size=10.5, line=20, align="left"),
)
_SKIPPED = frozenset({"ENT", "SEAL", "SIGNREC", "RECEIPT"})


def draft_template(form: FormDefinition) -> bytes:
    """A .docx that prints every field of ``form``; the same form gives the same bytes."""
    blocks = {field.block: field for field in form.fields if field.block}
    body = [*_head(form, blocks), *_main(form), *_statements(form), *_foot(blocks)]
    return word_file("".join(body), footer=_footer(form, record="SIGNREC" in blocks),
                     margins=MARGINS, size=_BODY, line=_LINE, styles=_STYLES,
                     picture=qr.png(""))


def _name(owner: str, field: Field) -> str:
    return f"{owner}.{field.key}" if owner else field.key


def _head(form: FormDefinition, blocks: dict[str, Field]) -> Iterator[str]:
    yield paragraph(run("{{ paper.agency }}"), style="Agency", keep_next=True)
    yield paragraph(run(form.title), style="PaperTitle", keep_next=True)
    yield paragraph(run("{{ paper.doc_no }}"), style="Number", keep_next=True)
    ent = blocks.get("ENT")
    if ent is not None and ent.child("entrusted_org") is not None:
        yield tag("{%p if " + ent.key + ".entrusted_org %}")
        yield paragraph(run("受委托组织：{{ " + ent.key + ".entrusted_org }}"), style="Item")
        yield tag("{%p endif %}")


def _main(form: FormDefinition) -> Iterator[str]:
    for field in form.fields:
        if field.block not in _SKIPPED and field.kind is not Kind.AUTO:
            yield from _optional(field, field.key, _field(field, "", field.label))


def _optional(field: Field, name: str, written: Iterator[str]) -> Iterator[str]:
    """What may be missing disappears with its label; ink that comes later never does."""
    if field.need is Need.REQUIRED or field.after_printing or field.kind is Kind.SIGN:
        yield from written
        return
    yield tag("{%p if " + name + " %}")
    yield from written
    yield tag("{%p endif %}")


def _field(field: Field, owner: str, label: str) -> Iterator[str]:
    name = _name(owner, field)
    if field.kind is Kind.LIST and field.item is not None:
        yield from _list(field, field.item, name, label)
    elif field.kind is Kind.STRUCT and field.block in ("OFFICER", "PERSON"):
        yield _line(label, _person(field, name))
    elif field.kind is Kind.STRUCT:
        yield paragraph(run(label, face="黑体"), style="Item", keep_next=True)
        for child in field.fields:
            if child.kind is not Kind.AUTO:
                yield from _optional(child, _name(name, child), _field(child, name, child.label))
    elif field.kind is Kind.LONG:
        yield paragraph(run(f"{label}：", face="黑体"), style="Item", keep_next=True)
        yield tag("{%p for line in " + name + ".lines %}")
        yield paragraph(run("{{ line }}"), style="Item")
        yield tag("{%p endfor %}")
    else:
        yield _line(label, _plain(field, name))


def _line(label: str, *runs: str) -> str:
    return paragraph(run(f"{label}："), *runs, style="Item")


def _plain(field: Field, name: str) -> str:
    """The run that prints one value."""
    if field.kind is Kind.SIGN:
        return run(_INK, underline=True)
    if field.kind is Kind.MONEY:
        return run("{{ " + name + ".words }}（{{ " + name + " }}）")
    return run("{{ " + name + " }}", underline=field.after_printing)


def _person(field: Field, name: str) -> str:
    """A person in one line: the name, then whatever tells him apart."""
    told = "{{ " + name + " }}"
    for child in field.fields[1:]:
        if child.kind in (Kind.TEXT, Kind.CHOICE, Kind.DATE) and child.key != "name":
            part = f"{name}.{child.key}"
            told += "{% if " + part + " %}，" + child.label + "{{ " + part + " }}{% endif %}"
    return run(told)


def _list(field: Field, item: Field, name: str, label: str) -> Iterator[str]:
    columns = [c for c in item.fields if c.kind is not Kind.AUTO]
    plain = all(c.kind not in (Kind.STRUCT, Kind.LIST) for c in columns)
    if item.kind is Kind.STRUCT and not item.block and plain and len(columns) <= _MAX_COLUMNS:
        yield paragraph(run(f"{label}：", face="黑体"), style="Item", keep_next=True)
        yield _rows(columns, name)
        yield paragraph()
        return
    yield paragraph(run(f"{label}：", face="黑体"), style="Item", keep_next=True)
    yield tag("{%p for item in " + name + " %}")
    if item.kind is Kind.STRUCT and item.block in ("OFFICER", "PERSON"):
        yield paragraph(run("{{ loop.index }}. "), _person(item, "item"), style="Item")
    elif item.kind is Kind.STRUCT:
        for place, child in enumerate(columns):
            number = "{{ loop.index }}. " if place == 0 else ""
            yield from _optional(child, f"item.{child.key}",
                                 _field(child, "item", number + child.label))
    else:
        yield paragraph(run("{{ loop.index }}. "), _plain(item, "item"), style="Item")
    yield tag("{%p endfor %}")


def _rows(columns: list[Field], name: str) -> str:
    shares = [3 if c.kind is Kind.LONG else 2 if c.kind in (Kind.TEXT, Kind.MOMENT) else 1.4
              for c in columns]
    first = dxa(12)
    unit = (_WIDTH - first) / sum(shares)
    widths = [first, *(round(s * unit) for s in shares)]

    def text(words: str) -> str:
        return paragraph(run(words, size=_SMALL), style="Cell")

    return table(
        widths,
        row(*(cell(w, text(t)) for w, t in zip(
            widths, ["序号", *(c.label for c in columns)], strict=True)), head=True),
        row_tag("{%tr for item in " + name + " %}", widths),
        row(*(cell(w, text(t)) for w, t in zip(
            widths, ["{{ loop.index }}", *("{{ item." + c.key + " }}" for c in columns)],
            strict=True))),
        row_tag("{%tr endfor %}", widths))


def _statements(form: FormDefinition) -> Iterator[str]:
    for statement in form.statements:
        yield paragraph(run("，".join(statement.phrases) + "。"), style="Item")


def _foot(blocks: dict[str, Field]) -> Iterator[str]:
    seal = blocks.get("SEAL")
    if seal is not None:
        yield paragraph(run("{{ " + seal.key + ".seal_org }}（印章）"), align="right", before=28,
                        keep_next=True)
        yield paragraph(run("{{ " + seal.key + ".seal_at }}"), align="right")
    receipt = blocks.get("RECEIPT")
    if receipt is not None:
        yield from _field(receipt, "", receipt.label)
    if "SIGNREC" in blocks:
        yield paragraph(run("（以下空白）"), align="center")
    yield paragraph(run("{{ paper.copies }}", size=10.5), style="Foot", rule_above=True)


def _footer(form: FormDefinition, *, record: bool) -> str:
    lines = []
    if record:
        lines.append(paragraph(
            run("当事人（签名）："), run(_INK, underline=True),
            run("　执法人员（签名）："), run(_INK, underline=True), run("、"),
            run(_INK, underline=True), run("　　年　月　日"), style="Foot", rule_above=True))
    lines.append(paragraph(
        qr_picture(11), run("  {{ paper.short_code }}　"),
        run("" if form.numbering == "case" else "{{ paper.doc_no }}"),
        run("　　第"), page_field("PAGE"), run("页　共"), page_field("NUMPAGES"), run("页"),
        style="Foot"))
    return "".join(lines)

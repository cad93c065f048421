"""The layout on its own: line ends, justification, tabs, tables and pages, on blocks made by hand."""

from dataclasses import replace

import pytest

from field_app.documents.fonts import Face
from field_app.documents.layout.breaking import may_break
from field_app.documents.layout.display import MarkOp, RuleOp, TextOp
from field_app.documents.layout.lines import SINGLE, Line, lay_lines
from field_app.documents.layout.model import (
    Block,
    Border,
    Cell,
    Document,
    Edges,
    LineBreak,
    Margins,
    PageField,
    Paragraph,
    ParagraphStyle,
    Row,
    RunStyle,
    Section,
    Tab,
    Table,
    TabStop,
    Text,
)
from field_app.documents.layout.pages import LaidDocument, lay_document
from field_app.documents.refusal import MAX_PAGES, PaperTooLong, TemplateRefused

RUN = RunStyle(Face.SERIF, Face.SERIF, False, False, 10.0, False, False, "000000", 0.0, 0.0)
PLAIN = ParagraphStyle("left", 0, 0, 0, 0, 0, 20, "exact", False, False, False, True, True, (),
                       None, None, 10.0)
THIN = Border(0.5, "000000")


def paragraph(text: str, style: ParagraphStyle = PLAIN, run: RunStyle = RUN) -> Paragraph:
    return Paragraph(style, (Text(text, run),))


def lines(text: str, width: float, style: ParagraphStyle = PLAIN) -> list[str]:
    return [shown(line) for line in lay_lines(paragraph(text, style), width, None, set())]


def shown(line: Line) -> str:
    texts = sorted((op for op in line.ops if isinstance(op, TextOp)), key=lambda op: op.x)
    return "".join(op.text for op in texts)


def right_edge(line: Line) -> float:
    from field_app.documents.fonts import advance

    last = max((op for op in line.ops if isinstance(op, TextOp)), key=lambda op: op.x)
    return last.x + sum(advance(last.face, c) for c in last.text) * last.size \
        + last.tracking * (len(last.text) - 1)


@pytest.mark.parametrize(("before", "after", "allowed"), [
    ("执", "法", True), ("法", "，", False), ("法", "》", False), ("《", "法", False),
    ("“", "法", False), ("…", "…", False), ("—", "—", False), ("法", "A", True), ("A", "b", False),
    ("1", "2", False), ("8", "年", True), ("5", "%", False), ("字", "．", False), ("，", "（", True)])
def test_where_a_line_may_end(before: str, after: str, allowed: bool) -> None:
    assert may_break(before, after) is allowed


def test_lines_break_between_any_two_characters() -> None:
    assert lines("一二三四五六七", 30) == ["一二三", "四五六", "七"]


def test_a_closing_mark_never_opens_a_line() -> None:
    assert lines("一二三，四五", 36) == ["一二三，", "四五"]
    assert lines("一二三，四五", 31) == ["一二", "三，四", "五"]
    assert lines("一二三”。四", 31) == ["一二", "三”。", "四"]
    for width in range(41, 160, 3):
        for line in lines("甲乙丙（丁戊），“己庚”；辛壬《癸子》：丑寅……卯辰——巳。", width)[1:]:
            assert line[0] not in "，。；：）》”…—"


def test_an_opening_mark_never_ends_a_line() -> None:
    assert lines("一二（三四）", 30) == ["一二", "（三四）"]


def test_figures_and_words_stay_whole_unless_longer_than_a_line() -> None:
    assert lines("号码13800000001号", 75) == ["号码", "13800000001号"]
    assert "".join(lines("A" * 60, 50)) == "A" * 60
    assert len(lines("A" * 60, 50)) > 5


def test_a_figure_is_not_cut_at_its_point_to_make_room_for_it() -> None:
    for width in range(30, 80):
        assert not any(line.endswith(("0", "0.", "0.9")) for line in lines("一，二三0.95米，", width))


def test_spaces_at_a_line_end_are_not_carried_over() -> None:
    assert lines("ab cd", 12) == ["ab", "cd"]


def test_justified_lines_reach_the_edge_and_last_lines_do_not() -> None:
    style = replace(PLAIN, align="both")
    laid = lay_lines(paragraph("一二三四五六七八九十" * 3, style), 102.0, None, set())
    assert right_edge(laid[0]) == pytest.approx(102.0, abs=0.1)
    ragged = lay_lines(paragraph("一二三四五六七八九十" * 3, style), 105.0, None, set())
    assert right_edge(ragged[0]) == pytest.approx(105.0, abs=0.1)
    assert right_edge(laid[-1]) == pytest.approx(100.0, abs=0.1)


def test_a_line_that_would_need_gaps_like_spaces_stays_ragged() -> None:
    style = replace(PLAIN, align="both")
    laid = lay_lines(paragraph("一二三四五13800000001", style), 80.0, None, set())
    assert right_edge(laid[0]) == pytest.approx(50.0, abs=0.1)


@pytest.mark.parametrize(("align", "x"), [("left", 0.0), ("center", 40.0), ("right", 80.0)])
def test_alignment(align: str, x: float) -> None:
    (line,) = lay_lines(paragraph("一二", replace(PLAIN, align=align)), 100.0, None, set())
    assert next(op for op in line.ops if isinstance(op, TextOp)).x == pytest.approx(x)


def test_indents_and_hanging_first_line() -> None:
    style = replace(PLAIN, left=20, first=-20)
    laid = lay_lines(paragraph("一二三四五六", style), 50.0, None, set())
    starts = [min(op.x for op in line.ops if isinstance(op, TextOp)) for line in laid]
    assert starts == [0.0, 20.0]


def test_line_heights_follow_their_rule() -> None:
    def height(rule: str, value: float) -> float:
        style = replace(PLAIN, line_rule=rule, line=value)
        return lay_lines(paragraph("一", style), 100.0, None, set())[0].height

    assert height("exact", 28) == 28
    assert height("atLeast", 28) == 28
    assert height("atLeast", 3) == SINGLE * 10
    assert height("auto", 1.5) == pytest.approx(1.5 * SINGLE * 10)


def test_tabs_go_to_their_stops_and_underlined_ones_draw_a_line() -> None:
    under = replace(RUN, underline=True)
    style = replace(PLAIN, tabs=(TabStop(60, "left"), TabStop(100, "right")))
    laid = lay_lines(Paragraph(style, (Text("甲", RUN), Tab(under), Text("乙", RUN), Tab(RUN),
                                       Text("丙丁", RUN))), 100.0, None, set())
    texts = {op.text: op.x for op in laid[0].ops if isinstance(op, TextOp)}
    assert texts == {"甲": 0.0, "乙": 60.0, "丙丁": pytest.approx(80.0)}
    (rule,) = [op for op in laid[0].ops if isinstance(op, RuleOp)]
    assert (rule.x, rule.x2) == (10.0, 60.0)


def test_a_forced_break_ends_the_line_without_justifying_it() -> None:
    style = replace(PLAIN, align="both")
    laid = lay_lines(Paragraph(style, (Text("一二三四五六七八九", RUN), LineBreak(), Text("十", RUN))),
                     92.0, None, set())
    assert [shown(line) for line in laid] == ["一二三四五六七八九", "十"]
    assert right_edge(laid[0]) == pytest.approx(90.0)


def test_marks_cover_the_characters_they_stand_for() -> None:
    style_text = Paragraph(PLAIN, (Text("甲", RUN), Text("乙丙", RUN, 7), Text("丁", RUN)))
    (line,) = lay_lines(style_text, 100.0, None, set())
    assert [op for op in line.ops if isinstance(op, MarkOp)] == [MarkOp(10.0, 0.0, 30.0, 20.0, 7)]


def test_a_missing_character_is_noted() -> None:
    missing: set[str] = set()
    (line,) = lay_lines(paragraph("甲\U0001f600"), 100.0, None, missing)
    assert missing == {"\U0001f600"} and shown(line) == "甲□"


def sheet(*body: Block, header: tuple[Block, ...] = (), footer: tuple[Block, ...] = (),
          height: float = 200.0) -> Document:
    section = Section(300.0, height, Margins(20, 20, 20, 20), 5.0, 5.0)
    return Document(section, body, header, footer, {})


def page_texts(laid: LaidDocument) -> list[list[str]]:
    return [[op.text for op in sorted((o for o in ops if isinstance(o, TextOp)),
                                      key=lambda o: (round(o.y), o.x))] for ops in laid.pages]


def numbered(count: int, style: ParagraphStyle = PLAIN) -> list[Paragraph]:
    return [paragraph(f"第{n}段", style) for n in range(count)]


def test_pages_fill_and_overflow() -> None:
    laid = lay_document(sheet(*numbered(20)))
    assert ["".join(texts).count("段") for texts in page_texts(laid)] == [8, 8, 4]


def test_widow_and_orphan_lines_stay_together() -> None:
    body = [*numbered(7), paragraph("一二三四五六七八九十" * 6)]
    laid = lay_document(sheet(*body))
    assert len(page_texts(laid)[0]) == 7, "one line alone must not stay at the foot"


def test_keep_next_moves_the_heading_along() -> None:
    body = [*numbered(7), paragraph("标题", replace(PLAIN, keep_next=True)), paragraph("正文")]
    laid = lay_document(sheet(*body))
    assert page_texts(laid)[1] == ["标题", "正文"]


def test_a_chain_no_page_can_hold_does_not_bind() -> None:
    laid = lay_document(sheet(*numbered(30, replace(PLAIN, keep_next=True))))
    assert len(laid.pages) == 4 and not laid.clipped


def test_page_breaks() -> None:
    body = [paragraph("一"), Paragraph(PLAIN, (), ends_page=True), paragraph("二"),
            paragraph("三", replace(PLAIN, page_break_before=True))]
    assert page_texts(lay_document(sheet(*body))) == [["一"], ["二"], ["三"]]


def test_header_and_footer_push_the_body_and_count_pages() -> None:
    foot = Paragraph(PLAIN, (Text("页", RUN), PageField(RUN, total=False), Text("共", RUN),
                             PageField(RUN, total=True)))
    laid = lay_document(sheet(*numbered(12), header=(paragraph("头"), paragraph("头")),
                              footer=(foot, foot)))
    assert len(laid.pages) == 3
    assert "".join(page_texts(laid)[1]).endswith("页2共3页2共3")
    body = [op.y for op in laid.pages[0] if isinstance(op, TextOp) and "段" in op.text]
    assert min(body) > 45 and max(body) < 155


def test_edges_that_leave_no_room_are_refused() -> None:
    with pytest.raises(TemplateRefused, match="页眉和页脚过高"):
        lay_document(sheet(paragraph("一"), footer=tuple(numbered(8))))


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(PaperTooLong):
        lay_document(sheet(*numbered(8 * MAX_PAGES + 1)))


def cell(text: str, *, span: int = 1, merge: str = "", valign: str = "top") -> Cell:
    return Cell(span, merge, Edges(THIN, THIN, THIN, THIN), Margins(1, 5, 1, 5), "", valign,
                tuple(paragraph(t) for t in text.split("|")))


def row(*cells: Cell, **more: object) -> Row:
    plain = Row(cells, 0.0, exact=False, cant_split=False, header=False)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_header_row_is_repeated_and_rows_break_between_lines() -> None:
    table = Table((100.0, 160.0), 0.0, False, (
        row(cell("栏目"), cell("内容"), header=True),
        row(cell("甲"), cell("|".join(f"行{n:02d}" for n in range(12)))),
        row(cell("乙"), cell("末"))))
    laid = lay_document(sheet(table))
    pages = ["".join(texts) for texts in page_texts(laid)]
    assert len(pages) == 3 and pages[2] == "栏目内容乙末"
    assert all(page.startswith("栏目内容") for page in pages)
    assert [f"{n:02d}" in pages[0] for n in range(12)] != [True] * 12
    assert "".join(pages).count("行") == 12 and not laid.clipped


def test_a_row_that_may_not_split_moves_unless_no_page_holds_it() -> None:
    tall = "|".join(str(n) for n in range(5))
    table = Table((260.0,), 0.0, False, (row(cell(tall)), row(cell(tall), cant_split=True)))
    assert [len(t) for t in page_texts(lay_document(sheet(table)))] == [5, 5]
    huge = Table((260.0,), 0.0, False, (row(cell("|".join("甲" * 20)), cant_split=True),))
    laid = lay_document(sheet(huge))
    assert sum(len(t) for t in page_texts(laid)) == 20 and not laid.clipped


def test_merged_rows_break_between_rows() -> None:
    rows = [row(cell("合并", merge="restart"), cell("行0"))] + [
        row(cell("", merge="continue"), cell(f"行{n}")) for n in range(1, 12)]
    laid = lay_document(sheet(Table((100.0, 160.0), 0.0, False, tuple(rows))))
    pages = ["".join(texts) for texts in page_texts(laid)]
    assert len(pages) == 2 and "合并" in pages[0] and "合并" not in pages[1]
    assert "".join(pages).count("行") == 12


def test_merged_text_lies_in_the_middle_of_its_rows() -> None:
    rows = [row(cell("合", merge="restart", valign="center"), cell("一")),
            row(cell("", merge="continue"), cell("二")), row(cell("", merge="continue"), cell("三"))]
    laid = lay_document(sheet(Table((100.0, 160.0), 0.0, False, tuple(rows))))
    ys = {op.text: op.y for op in laid.pages[0] if isinstance(op, TextOp)}
    assert ys["合"] == pytest.approx(ys["二"])


def test_spans_borders_and_centred_tables() -> None:
    table = Table((50.0, 60.0), 0.0, True, (row(cell("跨", span=2)), row(cell("左"), cell("右"))))
    laid = lay_document(sheet(table))
    xs = {op.text: op.x for op in laid.pages[0] if isinstance(op, TextOp)}
    assert xs == {"跨": 100.0, "左": 100.0, "右": 150.0}
    rules = [op for op in laid.pages[0] if isinstance(op, RuleOp)]
    assert {(r.x, r.x2) for r in rules if r.y == r.y2} >= {(95.0, 205.0), (95.0, 145.0)}


def test_a_row_of_exact_height_keeps_it() -> None:
    table = Table((260.0,), 0.0, False, (
        row(cell("一|二|三"), height=25.0, exact=True), row(cell("后"))))
    laid = lay_document(sheet(table))
    after = next(op for op in laid.pages[0] if isinstance(op, TextOp) and op.text == "后")
    assert after.y < 20 + 25 + 20

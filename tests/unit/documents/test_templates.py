"""Templates: the shipped ones are sound, hostile and careless ones are refused with their place."""

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.crypto.hashing import sha256_hex
from field_app.documents.layout.reader import read_document
from field_app.documents.package import read_package, write_package
from field_app.documents.refusal import TemplateRefused
from field_app.documents.release import check_template, check_templates
from field_app.documents.templates import (
    PaperTemplate,
    compile_template,
    load_template,
    template_for,
)
from field_app.forms import load_form
from field_app.paths import TEMPLATES

FOLDER = TEMPLATES / "G1-15-责令限期整改指令书"
DOCX = FOLDER / "1.docx"
META = load_template(FOLDER / "1.toml").meta
Parts = dict[str, bytes]


def changed(change: Callable[[Parts], object]) -> bytes:
    """The shipped template with something done to its parts."""
    parts = read_package(DOCX.read_bytes(), "t")
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return buffer.getvalue()


def in_body(old: str, new: str) -> Callable[[Parts], object]:
    def change(parts: Parts) -> None:
        text = parts["word/document.xml"].decode()
        assert old in text, old
        parts["word/document.xml"] = text.replace(old, new, 1).encode()
    return change


def add(name: str, data: bytes) -> Callable[[Parts], object]:
    return lambda parts: parts.update({name: data})


def compiled(data: bytes) -> PaperTemplate:
    return compile_template(data, "试.docx", META)


def test_the_shipped_templates_are_sound() -> None:
    assert check_templates() == []
    assert len([p for p in TEMPLATES.iterdir() if p.is_dir()]) >= 4


@pytest.mark.parametrize("placeholder", [
    "{{ ''.__class__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ paper.__init__ }}",
    "{{ self }}", "{{ cycler.__init__.__globals__ }}", "{{ PARTY.name.upper() }}",
    "{{ PARTY.name|attr('x') }}", "{{ 9**9**9 }}", "{{ range(10**9) }}", "{{ lipsum() }}",
    "{% for i in range(99999999) %}{% endfor %}", "{% set x = 1 %}", "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}", "{% macro x() %}{% endmacro %}", "{{ PARTY[_x] }}",
    "{{ PARTY['name'] }}", "{{ 1.5 }}", "{{ PARTY.name ~ 'x' }}", "{{ PARTY.name is defined }}",
    "{{ 'a' if PARTY else 'b' }}", "{{ [1,2] }}", "{% if SEAL > 1 %}{% endif %}",
    "{% for x in problems if x %}{% endfor %}", "{% for x in problems recursive %}{% endfor %}",
    "{{ unclosed", "{% if x %}", "{% nosuch %}", "{{ caller() }}", "{{ PARTY.name | safe }}"])
def test_placeholders_that_do_more_than_name_a_field_are_refused(placeholder: str) -> None:
    from xml.sax.saxutils import escape

    data = changed(in_body("{{ paper.doc_no }}", escape(placeholder)))
    with pytest.raises(TemplateRefused) as refused:
        compiled(data)
    assert refused.value.file and refused.value.problem


@pytest.mark.parametrize(("change", "problem"), [
    (add("word/vbaProject.bin", b"MZ"), "宏"),
    (add("word/embeddings/oleObject1.bin", b"x"), "不允许的部分"),
    (add("word/activeX/activeX1.xml", b"<x/>"), "不允许的部分"),
    (add("../../evil.xml", b"<x/>"), "不允许的部分"),
    (add("word/media/../evil.png", b"x"), "不允许的部分"),
    (add("customXml/item1.xml", b"<x/>"), "不允许的部分"),
    (lambda parts: parts.pop("word/styles.xml"), "缺少"),
    (lambda parts: parts.update({"[Content_Types].xml": parts["[Content_Types].xml"].replace(
        b"document.main+xml", b"macroEnabled.main+xml")}), "宏"),
    (lambda parts: parts.update({"word/_rels/document.xml.rels": parts[
        "word/_rels/document.xml.rels"].replace(
            b'Target="styles.xml"', b'Target="http://evil.example/s" TargetMode="External"')}),
     "外部链接"),
    (lambda parts: parts.update({"word/_rels/document.xml.rels": parts[
        "word/_rels/document.xml.rels"].replace(b'Target="styles.xml"',
                                                b'Target="../../../etc/passwd"')}), "指向别处"),
    (lambda parts: parts.update({"word/document.xml": parts["word/document.xml"].replace(
        b"<w:document", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document', 1)}),
     "DTD"),
    (lambda parts: parts.update({"word/document.xml": b"<w:document>"}), "XML"),
    (add("word/media/big.png", b"\0" * 9_000_000), "压缩比"),
])
def test_hostile_packages_are_refused(change: Callable[[Parts], object], problem: str) -> None:
    with pytest.raises(TemplateRefused, match=problem):
        compiled(changed(change))


def test_zip_bombs_and_rubbish_are_refused() -> None:
    with pytest.raises(TemplateRefused, match="不是完好的"):
        read_package(b"PK\x03\x04 rubbish", "t")
    with pytest.raises(TemplateRefused, match="超过"):
        read_package(b"\0" * (5 << 20), "t")
    many = changed(lambda p: p.update({f"word/media/p{n}.png": b"x" for n in range(70)}))
    with pytest.raises(TemplateRefused, match="过大"):
        read_package(many, "t")
    broken = bytearray(DOCX.read_bytes())
    broken[len(broken) // 3] ^= 0xFF
    with pytest.raises(TemplateRefused):
        compiled(bytes(broken))


@pytest.mark.parametrize(("xml", "problem"), [
    ('<w:ins w:id="1"><w:r><w:t>x</w:t></w:r></w:ins>', "修订"),
    ('<w:del w:id="1"><w:r><w:delText>x</w:delText></w:r></w:del>', "修订"),
    ('<w:hyperlink r:id="rId9"><w:r><w:t>x</w:t></w:r></w:hyperlink>', "超链接"),
    ("<w:sdt><w:sdtContent/></w:sdt>", "内容控件"),
    ('<w:commentRangeStart w:id="1"/>', "批注"),
    ("<w:r><w:pict/></w:r>", "文本框"), ("<w:r><w:object/></w:r>", "嵌入对象"),
    ('<w:r><w:footnoteReference w:id="2"/></w:r>', "脚注"),
    ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "符号字体"),
    ("<w:r><w:rPr><w:i/></w:rPr><w:t>x</w:t></w:r>", "字符格式i"),
    ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>", "字符格式vanish"),
    ('<w:r><w:rPr><w:rFonts w:eastAsia="隶书"/></w:rPr><w:t>x</w:t></w:r>', "隶书"),
    ('<w:r><w:rPr><w:rFonts w:asciiTheme="minorHAnsi"/></w:rPr><w:t>x</w:t></w:r>', "主题字体"),
    ('<w:r><w:rPr><w:u w:val="wave"/></w:rPr><w:t>x</w:t></w:r>', "下划线"),
    ('<w:r><w:rPr><w:sz w:val="9999"/></w:rPr><w:t>x</w:t></w:r>', "sz"),
    ('<w:r><w:rPr><w:color w:val="zz"/></w:rPr><w:t>x</w:t></w:r>', "颜色"),
    ('<w:fldSimple w:instr="DATE"><w:r><w:t>x</w:t></w:r></w:fldSimple>', "域代码"),
    ('<w:fldSimple w:instr="PAGE"><w:r><w:t>x</w:t></w:r></w:fldSimple>', "页眉或页脚"),
    ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', "域代码不完整"),
    ('<w:r><w:t>x</w:t><w:br w:type="page"/></w:r>', "独占一段"),
    ('<w:r><w:br w:type="column"/></w:r>', "元素br"),
    ("<w:r><w:drawing/></w:r>", "嵌入型"), ("<w:smartTag/>", "smartTag"),
    ('<m:oMath xmlns:m="urn:m"/>', "oMath"),
])
def test_what_is_not_drawn_is_refused_with_its_place(xml: str, problem: str) -> None:
    parts = read_package(DOCX.read_bytes(), "t")
    text = parts["word/document.xml"].decode()
    first_end = text.index("</w:p>")
    parts["word/document.xml"] = (text[:first_end] + xml + text[first_end:]).encode()
    with pytest.raises(TemplateRefused, match=problem) as refused:
        read_document(parts)
    assert refused.value.file == "word/document.xml" and refused.value.place == "第1段"


@pytest.mark.parametrize(("old", "new", "problem"), [
    ('<w:pgSz w:w="11906"', '<w:docGrid w:type="lines" w:linePitch="312"/><w:pgSz w:w="11906"',
     "文档网格"),
    ('<w:pgSz w:w="11906"', '<w:cols w:num="2"/><w:pgSz w:w="11906"', "分栏"),
    ('<w:pgSz w:w="11906"', '<w:titlePg/><w:pgSz w:w="11906"', "titlePg"),
    ('<w:headerReference w:type="default"', '<w:headerReference w:type="first"', "首页不同"),
    ("<w:keepNext/>", '<w:framePr w:w="1"/>', "framePr"),
    ("<w:keepNext/>", '<w:numPr/>', "numPr"),
    ("<w:keepNext/>", '<w:spacing w:beforeLines="100"/>', "不用行"),
    ("<w:keepNext/>", '<w:jc w:val="thaiDistribute"/>', "对齐方式"),
    ("<w:keepNext/>", '<w:pStyle w:val="NoSuch"/>', "没有样式"),
    ("<w:keepNext/>", '<w:tabs><w:tab w:val="left" w:pos="9" w:leader="dot"/></w:tabs>', "前导符"),
    ("<w:keepNext/>", '<w:ind w:left="x"/>', "无法识别"),
])
def test_page_and_paragraph_settings_that_are_not_drawn(old: str, new: str, problem: str) -> None:
    parts = read_package(DOCX.read_bytes(), "t")
    in_body(old, new)(parts)
    with pytest.raises(TemplateRefused, match=problem):
        read_document(parts)


TABLE = TEMPLATES / "G4-02-送达回证" / "1.docx"


@pytest.mark.parametrize(("old", "new", "problem"), [
    ('<w:tblLayout w:type="fixed"/>', '<w:tblpPr w:x="1"/>', "环绕"),
    ('<w:tblLayout w:type="fixed"/>', '<w:jc w:val="right"/>', "表格对齐"),
    ('<w:gridSpan w:val="3"/>', '<w:gridSpan w:val="2"/>', "各格共占"),
    ('<w:vAlign w:val="center"/>', '<w:textDirection w:val="tbRl"/>', "textDirection"),
    ('<w:vAlign w:val="center"/>', '<w:shd w:val="pct20"/>', "纯色"),
    ('<w:top w:val="single"', '<w:top w:val="wave"', "边框样式"),
    ("<w:cantSplit/>", "<w:hidden/>", "表格行格式"),
])
def test_tables_that_are_not_drawn(old: str, new: str, problem: str) -> None:
    parts = read_package(TABLE.read_bytes(), "t")
    text = re.sub(r"\{[{%].*?[%}]\}", "", parts["word/document.xml"].decode())
    assert old in text
    parts["word/document.xml"] = text.replace(old, new, 1).encode()
    with pytest.raises(TemplateRefused, match=problem) as refused:
        read_document(parts)
    assert "表格" in refused.value.place or "表格" in refused.value.problem


def test_a_nested_table_is_refused_with_row_and_cell() -> None:
    parts = read_package(TABLE.read_bytes(), "t")
    text = re.sub(r"\{[{%].*?[%}]\}", "", parts["word/document.xml"].decode())
    parts["word/document.xml"] = text.replace("</w:tcPr>", "</w:tcPr><w:tbl/>", 1).encode()
    with pytest.raises(TemplateRefused, match="套表格") as refused:
        read_document(parts)
    assert refused.value.place == "第1个表格第1行第1格第1段"


def checked(data: bytes) -> list[str]:
    return check_template(compiled(data), load_form("G1-15"))


def test_a_mandatory_statement_cannot_be_dropped() -> None:
    problems = checked(changed(in_body("不停止执行", "停止执行")))
    assert problems == []  # it stands in the other branch too
    def both(parts: Parts) -> None:
        parts["word/document.xml"] = parts["word/document.xml"].replace(
            "不停止执行".encode(), b"")
    assert any("不停止执行" in problem for problem in checked(changed(both)))


def test_a_name_the_form_does_not_have_is_told() -> None:
    for wrong in ("{{ PARTY.nickname }}", "{{ nosuch }}", "{{ problems.joyned }}",
                  "{% for x in problems %}{{ x.color }}{% endfor %}", "{{ paper.secret }}",
                  "{{ officers[0].rank }}", "{{ loop.depth }}"):
        problems = checked(changed(in_body("{{ paper.doc_no }}", wrong)))
        assert any("没有名为" in problem for problem in problems), wrong


def test_a_literal_character_without_a_glyph_is_told() -> None:
    problems = checked(changed(in_body("{{ paper.doc_no }}", "\U0001f600")))
    assert any("字形" in problem for problem in problems)


def test_what_stands_in_a_branch_not_taken_is_checked_too() -> None:
    problems = checked(changed(in_body(
        "<w:t xml:space=\"preserve\">{{ paper.doc_no }}</w:t>",
        "<w:t>{% if paper.draft %}</w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>x{% endif %}</w:t>")))
    assert any("字符格式i" in problem for problem in problems)


def test_a_changed_file_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, place)
    form = load_form("G1-15")
    assert template_for(form, folder=tmp_path).meta == META
    (place / "1.docx").write_bytes(changed(in_body("整改期间", "整改之间")))
    assert "校验值不一致" in check_templates(tmp_path)[0]
    with pytest.raises(TemplateRefused, match="校验值不一致"):
        load_template(place / "1.toml")


def test_the_newest_template_for_the_forms_version_is_taken(tmp_path: Path) -> None:
    place = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, place)
    data = changed(in_body("整改期间", "整改之间"))
    (place / "2.docx").write_bytes(data)
    toml = (place / "1.toml").read_text("utf-8")
    (place / "2.toml").write_text(
        toml.replace("\nversion = 1", "\nversion = 2").replace(META.docx_sha256, sha256_hex(data)),
        encoding="utf-8")
    assert template_for(load_form("G1-15"), folder=tmp_path).meta.version == 2
    with pytest.raises(TemplateRefused, match="没有"):
        template_for(replace(load_form("G1-15"), version=9), folder=tmp_path)


@pytest.mark.parametrize(("old", "new"), [
    ('paper = "A4"', 'paper = "A3"'), ("\nversion = 1", "\nversion = 2"),
    ("released = 2026-11-24", 'released = "soon"'), ('form = "G1-15"', 'form = "G1-15"\nx = 1'),
    ('confidence = "V"', 'confidence = "Q"'), ("[[layout]]", "[layout")])
def test_a_careless_toml_is_refused(tmp_path: Path, old: str, new: str) -> None:
    place = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, place)
    text = (place / "1.toml").read_text("utf-8")
    assert old in text
    (place / "1.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TemplateRefused):
        load_template(place / "1.toml")
    assert check_templates(tmp_path)


def test_packages_are_written_the_same_and_without_a_clock() -> None:
    parts = read_package(DOCX.read_bytes(), "t")
    assert write_package(parts) == write_package(dict(parts))
    with zipfile.ZipFile(io.BytesIO(write_package(parts))) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [info.filename for info in package.infolist()] == list(parts)

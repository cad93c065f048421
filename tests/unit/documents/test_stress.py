"""Hostile templates and answers: refused in clear words within time and memory, nothing half-written."""

import io
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from field_app.documents import fonts
from field_app.documents.fonts import Face, missing_characters
from field_app.documents.package import read_package
from field_app.documents.refusal import FontDamaged, PaperTooLong, TemplateRefused
from field_app.documents.render import PaperFacts, render
from field_app.documents.templates import compile_template, load_template, template_for
from field_app.domain.reasons import Level
from field_app.errors import UserError
from field_app.forms import check_answers, load_form
from field_app.paths import FONTS, TEMPLATES

TODAY = date(2026, 11, 24)
FOLDER = TEMPLATES / "G1-15-责令限期整改指令书"
META = load_template(FOLDER / "1.toml").meta
ROOT = Path(__file__).parents[3]
Sample = Callable[[str], dict[str, Any]]


def package(change: Callable[[dict[str, bytes]], object]) -> bytes:
    parts = read_package((FOLDER / "1.docx").read_bytes(), "t")
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return buffer.getvalue()


def body(xml: str) -> bytes:
    """The template with something in place of its document number."""
    def change(parts: dict[str, bytes]) -> None:
        text = parts["word/document.xml"].decode()
        parts["word/document.xml"] = text.replace("{{ paper.doc_no }}", xml, 1).encode()
    return package(change)


def within(seconds: float, act: Callable[[], Any], error: type[Exception]) -> str:
    started = time.perf_counter()
    with pytest.raises(error) as refused:
        act()
    assert time.perf_counter() - started < seconds
    return str(refused.value)


@pytest.mark.parametrize("attack", [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ PARTY.__getitem__.__globals__ }}",
    "{{ PARTY|attr('__class__') }}", "{{ ('%c' % 95)|list }}", "{{ paper['__class__'] }}",
    "{{ officers[0]._raw }}", "{{ PARTY['_text'] }}", "{{ loop.__init__ }}", "{{ {}.__class__ }}",
    "{% import 'os' as o %}", "{% from 'os' import system %}", "{% extends 'x' %}",
    "{% for a in range(1000000000) %}{{ a }}{% endfor %}", "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 10000000 }}", "{{ 'x'.format }}", "{{ ''.join }}", "{{ lipsum.__globals__ }}",
    "{% with a=1 %}{% endwith %}", "{% call x() %}{% endcall %}", "{% filter upper %}{% endfilter %}",
    "{% block x %}{% endblock %}", "{% raw %}{{ x }}{% endraw %}{{ 1//0 }}", "{% do x %}",
    "{% for officers in officers if officers.__class__ %}{% endfor %}", "{% autoescape false %}"])
def test_templates_that_try_to_run_code_are_refused_quickly(attack: str) -> None:
    said = within(2.0, lambda: compile_template(body(escape(attack)), "试.docx", META),
                  TemplateRefused)
    assert "占位符" in said


def test_nested_loops_over_lists_end_as_too_long(sample: Sample) -> None:
    """What the sandbox lets through is still bounded by what a paper may hold."""
    deep = "".join(f"{{% for a{n} in problems %}}" for n in range(9)) + "字" * 50 + "{% endfor %}" * 9
    template = compile_template(body(deep), "试.docx", META)
    answers = sample("G1-15")
    answers["problems"] = answers["problems"] * 10
    within(30.0, lambda: render(load_form("G1-15"), answers, PaperFacts(), template=template),
           PaperTooLong)


@pytest.mark.parametrize(("change", "problem"), [
    (lambda p: p.update({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "宏"),
    (lambda p: p.update({"word/vbaData.xml": b"<x/>"}), "不允许"),
    (lambda p: p.update({"word/media/inner.zip": b"PK\x03\x04"}), "不允许"),
    (lambda p: p.update({"word/media/a.svg": b"<svg/>"}), "不允许"),
    (lambda p: p.update({"word/afchunk.mht": b"x"}), "不允许"),
    (lambda p: p.update({"word/media/zeros.png": bytes(15 << 20)}), "压缩比"),
    (lambda p: p.update({"word/media/a.png": bytes(10 << 20),
                         "word/media/b.png": bytes(10 << 20)}), "过大"),
    (lambda p: p.update({"word/styles.xml": b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 99 + b'">' + b"".join(
        b'<!ENTITY x%d "%s">' % (n, b"&x%d;" % (n - 1) * 10 if n else b"&x;" * 10)
        for n in range(9)) + b"]><a>&x8;</a>"}), "DTD|XML"),
    (lambda p: p.update({"word/_rels/settings.xml.rels": b'<Relationships xmlns="x"><Relationship '
                         b'Id="r" Type="http://x/attachedTemplate" Target="t.dotm"/>'
                         b"</Relationships>"}), "指向别处"),
    (lambda p: p.update({"word/_rels/document.xml.rels": p["word/_rels/document.xml.rels"].replace(
        b"</Relationships>", b'<Relationship Id="r9" Type="http://x/image" TargetMode="External" '
        b'Target="file://server/share/a.png"/></Relationships>')}), "外部链接"),
])
def test_hostile_packages_are_refused_quickly(change: Callable[[dict[str, bytes]], object],
                                              problem: str) -> None:
    import re

    data = package(change)
    said = within(2.0, lambda: compile_template(data, "试.docx", META), TemplateRefused)
    assert re.search(problem, said), said


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """The directory says a member is small; unpacking it stops at what was said."""
    data = bytearray(package(lambda p: p.update({"word/media/z.png": bytes(8 << 20)})))
    true = struct.pack("<I", 8 << 20)
    at = data.find(true)
    while at >= 0:
        data[at:at + 4] = struct.pack("<I", 4000)
        at = data.find(true, at)
    within(2.0, lambda: read_package(bytes(data), "试.docx"), TemplateRefused)


def test_a_picture_of_huge_size_is_refused() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(
            ">I", zlib.crc32(kind + content))

    huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 65000, 65000) + bytes(9)
    for part, picture, problem in (("qr.png", huge, "图片过大"), ("a.jpg", jpeg, "图片过大"),
                                   ("b.png", b"GIF89a", "不是完好"), ("c.jpeg", b"\xff\xd8\xff", "不是完好")):
        data = package(lambda p, n=part, c=picture: p.update({f"word/media/{n}": c}))  # type: ignore[misc]
        assert problem in within(2.0, lambda d=data: read_package(d, "t"), TemplateRefused)  # type: ignore[misc]


def rows(count: int, sample: Sample) -> dict[str, Any]:
    answers = sample("G2-22")
    answers["items"] = [answers["items"][0] | {"no": str(n)} for n in range(count)]
    return answers


def test_ten_thousand_rows_are_refused_at_entry_and_as_a_draft(sample: Sample) -> None:
    form, answers = load_form("G2-22"), rows(10_000, sample)
    started = time.perf_counter()
    (reason,) = check_answers(form, answers, today=TODAY)
    assert reason.level is Level.BLOCK and "过长" in reason.text and "另附" in reason.remedy
    assert time.perf_counter() - started < 1.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    within(10.0, lambda: render(form, answers, PaperFacts(draft=True)), PaperTooLong)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 * 1024


@pytest.mark.parametrize("text", ["字" * 1_000_000, "A" * 1_000_000, "字，" * 500_000,
                                  "一行\n" * 250_000])
def test_a_megabyte_of_text_is_refused_at_entry_and_as_a_draft(text: str, sample: Sample) -> None:
    form, answers = load_form("G1-04"), sample("G1-04") | {"facts": text}
    key = next(f.key for f in form.fields if f.kind.value == "long")
    answers = sample("G1-04") | {key: text}
    (reason,) = check_answers(form, answers, today=TODAY)
    assert reason.level is Level.BLOCK and "过长" in reason.text
    within(10.0, lambda: render(form, answers, PaperFacts(draft=True)), PaperTooLong)


@pytest.mark.parametrize(("wrong", "told"), [
    ({"place": 5}, "place"), ({"place": ["一", "二"]}, "place"), ({"place": {"a": 1}}, "place"),
    ({"qa": "问"}, "qa"), ({"qa": [1]}, "qa[0]"), ({"qa": [[]]}, "qa"), ({"start_at": True}, "start_at"),
    ({"start_at": "昨天"}, "start_at"), ({"officers": {}}, "officers"), ({"officers": [None, 2]}, "officers"),
    ({"seq": "一"}, "seq"), ({"seq": 10**30}, "seq"), ({"没有": 1}, "没有"), ({"place": 1.5}, "place"),
    ({"place": "巷\u202e口"}, "place"), ({"place": "巷\x00口"}, "place"), ({"place": "巷\u200b口"}, "place"),
    ({"place": "巷\ud800口"}, "place"), ({"place": "巷\U000f0001口"}, "place"),
    ({"place": "巷\U0001f600口"}, "place"), ({"place": "一\n二"}, "place")])
def test_answers_of_a_wrong_kind_are_refused_with_their_place(wrong: dict[str, Any], told: str,
                                                              sample: Sample) -> None:
    reasons = check_answers(load_form("G2-02"), sample("G2-02") | wrong, today=TODAY,
                            missing_characters=missing_characters)
    assert any(r.level is Level.BLOCK and r.where.startswith(told) and r.remedy for r in reasons)


def test_a_character_without_a_glyph_is_refused_with_field_and_character(sample: Sample) -> None:
    answers = sample("G2-02") | {"place": "演练路\U00013000号"}
    (reason,) = check_answers(load_form("G2-02"), answers, today=TODAY,
                              missing_characters=missing_characters)
    assert reason.where == "place" and "\U00013000" in reason.text and "询问地点" in reason.text


def test_a_missing_or_cut_font_file_is_told_by_name(tmp_path: Path, sample: Sample,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    fonts.parsed.cache_clear()
    fonts.glyph.cache_clear()
    try:
        with pytest.raises(FontDamaged) as gone:
            render(load_form("G4-02"), sample("G4-02"), PaperFacts())
        assert gone.value.file.endswith(".ttf")
        whole = (FONTS / f"{Face.SERIF.value}.ttf").read_bytes()
        for cut in (0, 3, 40, 300, 5000, len(whole) // 2):
            (tmp_path / f"{Face.SERIF.value}.ttf").write_bytes(whole[:cut])
            with pytest.raises(FontDamaged):
                fonts.parsed(Face.SERIF)
    finally:
        fonts.parsed.cache_clear()
        fonts.glyph.cache_clear()


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateRefused, match="没有责令限期整改指令书"):
        template_for(load_form("G1-15"), folder=tmp_path)
    shutil.copytree(FOLDER, tmp_path / FOLDER.name)
    (tmp_path / FOLDER.name / "1.docx").unlink()
    with pytest.raises(TemplateRefused, match="文件无法读取"):
        template_for(load_form("G1-15"), folder=tmp_path)


def desk(*words: str, room: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own; ``room``: the longest file it may write, bytes."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))) if room else None
    return subprocess.run(
        [sys.executable, "-m", "field_app", "render", *words], capture_output=True, text=True,
        timeout=120, check=False, cwd=ROOT, preexec_fn=limit,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def test_the_command_line_leaves_nothing_half_written(tmp_path: Path, sample: Sample) -> None:
    answers = tmp_path / "a.json"
    answers.write_text(json.dumps(sample("G4-02")), encoding="utf-8")
    out = tmp_path / "out"
    (out / "a.pdf").mkdir(parents=True)
    done = desk("G4-02", "--answers", str(answers), "--out", str(out), "--name", "a")
    assert done.returncode == 1 and "没有写入" in done.stderr and "怎么办" in done.stderr
    assert [p.name for p in out.iterdir()] == ["a.pdf"]
    done = desk("G4-02", "--answers", str(answers), "--out", str(answers / "in"), "--name", "a")
    assert done.returncode == 1 and "没有写入" in done.stderr
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(sample("G4-02") | {"place": "巷\U00013000"}), encoding="utf-8")
    done = desk("G4-02", "--answers", str(bad), "--out", str(tmp_path / "none"), "--name", "b")
    assert done.returncode == 1 and "没有可打印的字形" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("number", "said"), [(28, "磁盘已满"), (13, "不能写入"), (30, "不能写入"),
                                              (5, "U盘可能已经拔出"), (22, "没有写入")])
def test_a_full_or_closed_folder_keeps_what_was_there(
        number: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk says no at the second file's bytes; the first is taken back, the old pair stays."""
    from field_app.actions.write_files import write_together

    files = {tmp_path / "甲.docx": b"new", tmp_path / "甲.pdf": b"new"}
    for path in files:
        path.write_bytes(b"old")
    plain, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(number, os.strerror(number))
        plain(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError) as told:
        write_together(files)
    assert said in told.value.what + told.value.remedy
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        "甲.docx": b"old", "甲.pdf": b"old"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=60)
    | st.sampled_from(["\u202e", "\x00", "字" * 5000, "2026-13-45", "9" * 400, "{{ 7*7 }}", "<w:p/>"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12)


@pytest.mark.soak
@given(form_id=st.sampled_from(sorted(p.name[:5] for p in TEMPLATES.iterdir() if p.is_dir())),
       data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_rubbish_in_any_draft_crashes(form_id: str, data: st.DataObject) -> None:
    form = load_form(form_id)
    answers = data.draw(st.dictionaries(
        st.sampled_from([f.key for f in form.fields]), JUNK, max_size=10))
    check_answers(form, answers, today=TODAY, missing_characters=missing_characters)
    made = render(form, answers, PaperFacts(draft=True))
    assert made.pdf.startswith(b"%PDF") and b"{{ 7" not in made.docx

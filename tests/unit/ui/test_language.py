"""Every sentence of the screens can be said in English, and what is made of it is up to date."""

import ast
import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from pytestqt.qtbot import QtBot

from field_app import languages
from field_app.actions.clock_offset import CLOCK_REMEDY
from field_app.actions.import_words import offset_cn
from field_app.cli.language_sources import Source, sources
from field_app.cli.languages import ROOT, faults, merged
from field_app.domain.chinese import date_cn
from field_app.errors import UserError
from field_app.languages import CORE, DATA, UI, Message, Sentences, sentences
from field_app.ui import language
from field_app.ui.language import said, speak, told, tr, tr_later

_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# What is matched, stored or printed, not shown; and the name of the choice, which is in both languages.
_BARE = {
    "cases_page.py": {"公民", "身份证", "统一社会信用代码"}, "laws_page.py": {"</span>　", "　<span style='color:"},
    "statistics_page.py": {"本月", "上月", "本季度", "本年", "上年", "近12个月", "全部", "执法统计", "至"},
    "clean_text.py": {"控制字符", "不可见字符", "换行控制符", "改变文字方向的字符", "残缺字符"},
    "district_dialogs.py": {"接收服务", "执法电脑-"},
    "export_dialog.py": {"(?:(\\d{1,2})[:：])?(\\d{1,3})[:：](\\d{1,2}(?:\\.\\d{1,3})?)"},
    "form_editor.py": {"＊"}, "import_page.py": {"导入清单-"}, "login_page.py": {"语言 / Language"},
    "media_doors.py": {"　"}, "print_choice.py": {"－", "＋"}, "reading_aloud.py": {"普通话"},
    "recording_desk.py": {"标记"},
    "settings_page.py": {"语言 / Language"}, "step_page.py": {"缺口", "《", "》"},
    "transcript_pane.py": {"\\s*(\\d{1,2}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,3}))?[ \\t　]?"}}


def _bare(path: Path) -> set[str]:
    """Chinese literals outside of ``tr`` and ``tr_later``, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(inner) for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "tr_later")
            for inner in ast.walk(node.args[0])}
    words = {id(node.value) for node in ast.walk(tree)
             if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            and _CHINESE.search(node.value) and id(node) not in told | words}


def test_no_chinese_is_shown_without_a_way_to_translate_it() -> None:
    found = {path.name: _bare(path) - _BARE.get(path.name, set())
             for path in (ROOT / "field_app/ui").glob("*.py")}
    assert {name: words for name, words in found.items() if words} == {}


def test_a_bare_sentence_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text('"""页面"""\nA = tr_later("好")\nB = label("没有译")\nC = tr(f"{x}件")\n', "utf-8")
    assert _bare(page) == {"没有译"}


@pytest.fixture(scope="module")
def now() -> list[Source]:
    return sources(ROOT)


def test_every_sentence_has_a_translation_with_the_same_holes(now: list[Source]) -> None:
    assert faults(merged(now, languages.read(languages.catalogue("en")))) == []


def test_a_missing_translation_and_other_holes_are_found() -> None:
    found = faults([Message(UI, "好", ""), Message(UI, "{n}件", "{m} items"), Message(UI, "旧", "", gone=True),
                    Message(UI, "{n:02d}分", "{n} min")])
    assert [line.partition("：")[0] for line in found] == ["没有译文", "填空不一致"]


def test_the_compiled_file_says_what_the_catalogue_says() -> None:
    made = QTranslator()
    assert made.load(str(languages.compiled("en")))
    stale = [m.source for m in languages.read(languages.catalogue("en"))
             if not m.gone and made.translate(m.context, m.source) != m.translation]
    assert stale == []


def test_an_update_keeps_translations_and_what_is_no_longer_said(tmp_path: Path, now: list[Source]) -> None:
    here = next(s for s in now if s.context == UI)
    old = [Message(UI, here.text, "kept", "elsewhere.py"), Message(CORE, "早就不说的话", "long gone", "old.py")]
    made = merged(now, old)
    assert Message(UI, here.text, "kept", here.place) in made
    assert Message(CORE, "早就不说的话", "long gone", "old.py", gone=True) in made
    path = tmp_path / "en.ts"
    languages.write(path, "en", made)
    before = path.read_bytes()
    assert languages.read(path) == made
    languages.write(path, "en", merged(now, languages.read(path)))
    assert path.read_bytes() == before


@pytest.mark.parametrize(("chinese", "english"), [
    ("张三的证书已于2026年3月1日过期。请换发证书后登录，或由其他持有效证书的执法人员登录。",
     "The certificate of 张三 expired on 2026-03-01. Renew the certificate, or another officer with a valid one "
     "logs in."),
    ("《中华人民共和国行政处罚法》第五十四条第二款第（一）项；国办发〔2018〕118号",
     '"Administrative Penalty Law" article 54 paragraph 2 item 1; 国办发〔2018〕118号'),
    ("收到行政处罚决定书", "Penalty decision received"),
    ("《现场检查笔录》或者《行政检查登记表》", '"On-site inspection record" or "Inspection register sheet"'),
    ("2份入卷、1份交当事人", "2 for file, 1 for to the party"),
    # What stands in brackets stays together: a comma within them ends no sentence, and no bracket loses its other.
    ("自整改期限届满之日（2026-12-12）起，开始当日不计，10个工作日内应当复查（法律没有规定期限，按十个工作日提醒），截止2026-12-25",
     "End of the rectification term on 2026-12-12: without the first day, within 10 working days: should re-inspect "
     "(no statutory term; reminded after ten working days), by 2026-12-25"),
    ("某公司（一组，二组）的目录；另一份（我们的推断，待核对）",
     "某公司（一组，二组）的目录; 另一份 (our inference, to be checked)"),
    ("来源：行政检查文书基本格式文本（试行）的目录；重庆市规范涉企行政检查办法（我们的推断，待核对）",
     "Source: 行政检查文书基本格式文本（试行）的目录; Chongqing Measures on Inspections of Companies "
     "(our inference, to be checked)"),
    # Names and what officers wrote are nobody's sentence.
    ("武隆区演练乡桐麻沟木制品有限公司（演练）", "武隆区演练乡桐麻沟木制品有限公司（演练）"),
    ("厨房内放有液化石油气钢瓶2只", "厨房内放有液化石油气钢瓶2只"),
    ("no Chinese at all", "no Chinese at all")])
def test_finished_sentences_are_said_in_english(chinese: str, english: str) -> None:
    assert sentences("en").said(chinese) == english


def test_what_the_core_makes_is_understood() -> None:
    english = sentences("en")
    assert english.said(offset_cn(timedelta(seconds=-75))) == "1 min 15 s slow against the laptop"
    assert english.said(date_cn(date(2026, 5, 4))) == "2026-05-04"
    assert not _CHINESE.search(english.said(CLOCK_REMEDY))


def test_holes_that_touch_are_told_apart_by_what_can_stand_in_them() -> None:
    made = Sentences([Message(CORE, "{amount}{unit_words}{within}{duty}办", "{within} {amount} {unit_words}: {duty}"),
                      Message(CORE, "个工作日", "working days"), Message(CORE, "内", "within"),
                      Message(DATA, "应当送达", "must serve")])
    assert made.said("15个工作日内应当送达办") == "within 15 working days: must serve"


def test_little_said_is_not_taken_for_a_name() -> None:
    made = Sentences([Message(CORE, "{name}案", "case of {name}"), Message(CORE, "{count}份", "{count} copies")])
    assert made.said("张三涉嫌违法案") == "张三涉嫌违法案"
    assert made.said("3份") == "3 copies"


def test_an_unknown_or_damaged_language_leaves_chinese(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
                                                       tmp_path: Path) -> None:
    speak("en")
    assert (language.language(), tr("登录"), said("网络")) == ("en", "Log in", "网络")
    assert told(UserError("没有找到密码钥匙。", "请核对证号。")) == "No token was found. Check the number."
    for name in ("xx", "zh"):
        speak(name)
        assert (language.language(), tr("登录"), said("没有找到密码钥匙。")) == ("zh", "登录", "没有找到密码钥匙。")
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    (tmp_path / "en.ts").write_text("<TS><context>", "utf-8")
    speak("en")
    assert (language.language(), tr("登录")) == ("zh", "登录")
    assert tr("{n}件，{at:%H:%M}", n=2, at=time(9, 5)) == tr(tr_later("2件，09:05"))

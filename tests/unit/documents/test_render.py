"""The papers: every answer and statement on them, the same bytes each time, sound for others' tools."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from field_app.documents.fonts import missing_characters
from field_app.documents.render import Paper, PaperFacts, render
from field_app.domain.chinese import date_cn, moment_cn
from field_app.forms import check_answers, load_form
from field_app.forms.conditions import CONDITIONS, Scope

PAPERS = ["G1-04", "G1-15", "G2-02", "G4-02", "G1-04-shop", "G1-15-entrusted", "G2-02-long",
          "G2-02-minor", "G4-02-leaving"]
TODAY = date(2026, 11, 24)
# Not printed: of the agency's book-keeping, or shown by what the paper says instead.
SILENT = re.compile(
    r"ENT\.(capacity|agency_seal_id|item_code|doc_no|entrust.*)|officers\[\d\]\.(valid_to|agency|on_.*)"
    r"|servers\[\d\]\.(valid_to|agency|on_.*)|recorder\.cert_no|cert_shown|rights_told|recuse_.*"
    r"|PARTY\.(party_type|id_type)|addressee\.(?!name).*|REMEDY\.recon_first")
Sample = Callable[[str], dict[str, Any]]
Papers = Callable[[str], Paper]
Squeezed = Callable[[str], str]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{n}]")
    elif value not in (None, ""):
        yield path, value


def printed(value: Any) -> str:
    """How an answer stands on paper."""
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date_cn(date.fromisoformat(text))
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", text):
        return moment_cn(datetime.fromisoformat(text))
    return text


def between_pages(text: str) -> str:
    """The text without the signature lines and page numbers that stand at each page's foot."""
    pages = text.split("\f")
    foot = re.compile(r"\n[^\n]*(被检查人（现场负责人签名）|被询问人（签名、捺指印）)：[^\n]*年[^\n]*"
                      r"\n(?:(?!\n\n).)*?第\s*\d+\s*页\s*共\s*\d+\s*页.*\Z", re.DOTALL)
    return "".join(foot.sub("", page) for page in pages)


@pytest.mark.parametrize("name", PAPERS)
def test_samples_pass_their_checks(name: str, sample: Sample) -> None:
    reasons = check_answers(load_form(name[:5]), sample(name), today=TODAY,
                            missing_characters=missing_characters)
    assert reasons == []


@pytest.mark.parametrize("name", PAPERS)
def test_docx_holds_every_answer_and_every_statement(
        name: str, sample: Sample, paper: Papers, docx_text: Callable[[bytes], str],
        squeezed: Squeezed) -> None:
    text = squeezed(docx_text(paper(name).docx))
    for path, value in leaves(sample(name)):
        if not SILENT.fullmatch(path):
            assert squeezed(printed(value)) in text, path
    form = load_form(name[:5])
    for statement in form.statements:
        if not statement.applies or CONDITIONS[statement.applies](Scope({}, sample(name))):
            for phrase in statement.phrases:
                assert phrase in text, phrase
    assert not re.search("[\U000f0000-\U000ffffd]", text), "marks must not leave the house"
    assert "{{" not in text and "{%" not in text


@pytest.mark.parametrize("name", PAPERS)
def test_pdf_holds_the_same_text_as_the_docx(
        name: str, paper: Papers, pages_text: Callable[[bytes], list[str]],
        docx_text: Callable[[bytes], str], squeezed: Squeezed) -> None:
    made = paper(name)
    body, header, footer = (squeezed(t) for t in docx_text(made.docx).split("\n"))
    pages = [squeezed(page) for page in pages_text(made.pdf)]
    assert len(pages) == made.pages and not header
    shown = sorted(body + "".join(
        footer.replace("第1页", f"第{n}页").replace("共1页", f"共{made.pages}页")
        for n in range(1, made.pages + 1)))
    # Character by character, whatever order a reader puts table cells in.
    assert sorted("".join(pages)) == shown


@pytest.mark.parametrize("name", PAPERS)
def test_poppler_finds_every_short_answer(
        name: str, sample: Sample, paper: Papers, pdf_text: Callable[[bytes], str],
        squeezed: Squeezed) -> None:
    text = squeezed(between_pages(pdf_text(paper(name).pdf)))
    lines = pdf_text(paper(name).pdf)
    for path, value in leaves(sample(name)):
        words = squeezed(printed(value))
        if not SILENT.fullmatch(path) and len(words) <= 12:
            assert words in text, path
    assert re.search(r"2026年5月\d+日", lines), "no gap may be read as a space"
    assert not re.search("[\u2e80-\u2fdf\ufffd]", lines), "no radicals for characters"


@pytest.mark.parametrize("name", PAPERS)
def test_anchors_lie_on_the_print_of_their_answers(
        name: str, sample: Sample, paper: Papers, squeezed: Squeezed) -> None:
    made = paper(name)
    document = pypdfium2.PdfDocument(made.pdf)
    pages = [page.get_textpage() for page in document]
    found: dict[str, str] = {}
    for anchor in made.anchors:
        assert 0 <= anchor.x0 < anchor.x1 <= 596 and 0 <= anchor.y0 < anchor.y1 <= 842
        found.setdefault(anchor.path, "")
        found[anchor.path] += pages[anchor.page - 1].get_text_bounded(
            anchor.x0 - 0.5, anchor.y0 - 1, anchor.x1 + 0.5, anchor.y1 + 1)
    for path, value in leaves(sample(name)):
        if path == "PARTY.id_no" and "PARTY.uscc" in found:
            continue  # the same number, printed once, as the credit code
        if not SILENT.fullmatch(path) and not isinstance(value, bool):
            assert squeezed(printed(value)) in squeezed(found[path]), path


def test_an_answer_over_two_pages_has_anchors_on_both(paper: Papers) -> None:
    made = paper("G1-04")
    assert made.pages == 2
    assert {a.page for a in made.anchors if a.path == "check_findings"} == {1, 2}


def test_page_counts(paper: Papers) -> None:
    assert paper("G2-02-long").pages >= 3
    assert paper("G4-02").pages == 1


@pytest.mark.parametrize(("name", "lines"), [
    ("G1-04", ["被检查人（现场负责人签名）：", "检查人员（签名）：", "记录人（签名）："]),
    ("G2-02-long", ["被询问人（签名、捺指印）：", "询问人（签名）：", "记录人（签名）："])])
def test_every_page_of_a_record_has_signature_lines_number_and_code(
        name: str, lines: list[str], paper: Papers, squeezed: Squeezed,
        pages_text: Callable[[bytes], list[str]]) -> None:
    made = paper(name)
    for n, page in enumerate(pages_text(made.pdf), 1):
        text = squeezed(page)
        foot = text[text.rindex(lines[0]):]
        assert all(line in foot for line in lines), n
        assert f"第{n}页共{made.pages}页" in foot
        assert "K7QH4MXD9" in foot and "9f3a5c019f3a5c01" in foot


def test_the_same_input_gives_the_same_bytes_in_this_and_another_process(
        paper: Papers, sample: Sample, finished: Callable[[str], PaperFacts]) -> None:
    again = render(load_form("G2-02"), sample("G2-02-long"), finished("G2-02"))
    first = paper("G2-02-long")
    assert (again.pdf, again.docx) == (first.pdf, first.docx)
    script = (
        "import json,sys,hashlib\n"
        "from field_app.documents.render import PaperFacts, render\n"
        "from field_app.forms import load_form\n"
        "made = render(load_form('G2-02'), json.load(sys.stdin), PaperFacts(doc_no=sys.argv[1],"
        "case_no=sys.argv[2], short_code=sys.argv[3], verify_text=sys.argv[4],"
        "log_head=sys.argv[5]))\n"
        "print(hashlib.sha256(made.pdf).hexdigest(), hashlib.sha256(made.docx).hexdigest())\n")
    facts = finished("G2-02")
    given_answers = json.dumps(sample("G2-02-long")).encode("ascii")
    done = subprocess.run(
        [sys.executable, "-c", script, facts.doc_no, facts.case_no, facts.short_code,
         facts.verify_text, facts.log_head], input=given_answers, capture_output=True,
        check=True, timeout=120, env={"PYTHONHASHSEED": "77", "TZ": "America/Lima",
                                                 "PYTHONPATH": str(Path(__file__).parents[3])})
    assert done.stdout.decode().split() == [hashlib.sha256(first.pdf).hexdigest(),
                                   hashlib.sha256(first.docx).hexdigest()]


def test_other_answers_or_facts_give_other_bytes(
        paper: Papers, sample: Sample, finished: Callable[[str], PaperFacts]) -> None:
    answers = sample("G4-02") | {"place": "别处"}
    assert render(load_form("G4-02"), answers, finished("G4-02")).pdf != paper("G4-02").pdf


@pytest.mark.parametrize("name", ["G1-04", "G1-15", "G2-02-long", "G4-02-leaving"])
def test_fonts_are_embedded_as_subsets_with_unicode(name: str, paper: Papers,
                                                    tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper(name).pdf)
    done = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True,
                          timeout=60)
    rows = done.stdout.splitlines()[2:]
    assert rows and not done.stderr
    for row in rows:
        assert "CID TrueType" in row and " yes yes yes " in row, row
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True,
                             timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_rare_characters_are_drawn_not_left_blank(sample: Sample,
                                                  finished: Callable[[str], PaperFacts]) -> None:
    """Each rare name character puts ink on the sheet, more than the .notdef of its face would."""
    form, answers = load_form("G2-02"), sample("G2-02")
    for character in "喆堃㙦䶮𬍛":
        made = render(form, answers | {"inq_name": character}, finished("G2-02"))
        anchor = next(a for a in made.anchors if a.path == "inq_name")
        page = pypdfium2.PdfDocument(made.pdf)[anchor.page - 1]
        picture = page.render(scale=4).to_pil().convert("L")
        height = page.get_height()
        box = (anchor.x0 * 4, (height - anchor.y1) * 4, anchor.x1 * 4, (height - anchor.y0) * 4)
        glyph = picture.crop(tuple(map(round, box)))
        assert sum(p < 128 for p in glyph.tobytes()) > 120, character
        assert made.warnings == ()


def test_a_character_no_font_has_is_told_and_drawn_as_a_box(
        sample: Sample, finished: Callable[[str], PaperFacts]) -> None:
    made = render(load_form("G2-02"), sample("G2-02") | {"place": "山\U0001f600上"},
                  finished("G2-02"))
    assert any("\U0001f600" in warning for warning in made.warnings)
    assert missing_characters("山\U0001f600上\u3000 ") == ["\U0001f600"]


@pytest.mark.parametrize("form_id", ["G1-04", "G1-15", "G2-02", "G4-02"])
def test_an_empty_draft_has_blanks_a_watermark_and_places_to_click(
        form_id: str, pdf_text: Callable[[bytes], str], docx_text: Callable[[bytes], str],
        squeezed: Squeezed) -> None:
    made = render(load_form(form_id), {}, PaperFacts(draft=True))
    assert made.warnings == ()
    assert "草稿" in squeezed(docx_text(made.docx)) and "年" in pdf_text(made.pdf)
    asked = {f.key for f in load_form(form_id).fields if f.need.value == "R"
             and not f.after_printing and f.kind.value not in ("bool",)}
    clickable = {re.split(r"[.\[]", a.path)[0] for a in made.anchors}
    assert asked <= clickable | {"order_items"}, asked - clickable
    picture = pypdfium2.PdfDocument(made.pdf)[0].render(scale=1).to_pil().convert("L")
    greys = picture.tobytes()
    assert sum(225 <= p <= 245 for p in greys) > 10_000


def test_a_finished_paper_has_no_watermark(paper: Papers, pdf_text: Callable[[bytes], str]) -> None:
    assert "草稿" not in pdf_text(paper("G1-15").pdf)
    picture = pypdfium2.PdfDocument(paper("G1-15").pdf)[0].render(scale=1).to_pil().convert("L")
    assert sum(225 <= p <= 245 for p in picture.tobytes()) < 10_000


def test_letterhead_follows_the_capacity(paper: Papers, pages_text: Callable[[bytes], list[str]],
                                         squeezed: Squeezed) -> None:
    own = squeezed("".join(pages_text(paper("G1-15").pdf)))
    assert own.startswith("重庆市武隆区演练乡人民政府责令限期整改指令书")
    assert "受委托组织" not in own
    entrusted = squeezed("".join(pages_text(paper("G1-15-entrusted").pdf)))
    assert entrusted.startswith("重庆市武隆区演练应急管理局责令限期整改指令书")
    assert "受委托组织：重庆市武隆区演练乡人民政府" in entrusted
    assert "重庆市武隆区演练应急管理局（印章）" in entrusted


def test_remedy_paragraph_has_both_forms(sample: Sample, finished: Callable[[str], PaperFacts],
                                         docx_text: Callable[[bytes], str]) -> None:
    answers = sample("G1-15")
    plain = docx_text(render(load_form("G1-15"), answers, finished("G1-15")).docx)
    assert "60日内向重庆市武隆区人民政府申请行政复议，或者" in plain
    assert "6个月内依法向重庆市武隆区人民法院提起行政诉讼" in plain
    answers["REMEDY"]["recon_first"] = True
    first = docx_text(render(load_form("G1-15"), answers, finished("G1-15")).docx)
    assert "应当先" in first and "或者自收到" not in first


def test_the_qr_code_reads_back_as_the_verification_text(paper: Papers) -> None:
    import cv2
    import numpy as np

    page = pypdfium2.PdfDocument(paper("G1-15").pdf)[0]
    picture = np.array(page.render(scale=4).to_pil().convert("L"))
    corner = picture[int(picture.shape[0] * 0.85):, int(picture.shape[1] * 0.7):]
    padded = np.pad(corner, 40, constant_values=255)
    text, *_ = cv2.QRCodeDetector().detectAndDecode(padded)
    assert text == "LE1 K7QH4MXD9 G1-15"


def test_libreoffice_reads_the_same_text_in_the_docx(
        paper: Papers, docx_text: Callable[[bytes], str], squeezed: Squeezed,
        tmp_path: Path) -> None:
    names = ["G1-04", "G4-02-leaving"]
    for name in names:
        (tmp_path / f"{name}.docx").write_bytes(paper(name).docx)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path),
         *(str(tmp_path / f"{name}.docx") for name in names)],
        check=True, capture_output=True, timeout=120)
    for name in names:
        theirs = squeezed((tmp_path / f"{name}.txt").read_text("utf-8-sig"))
        ours = squeezed(docx_text(paper(name).docx).split("\n", maxsplit=1)[0])
        assert theirs == ours


LETTERS = st.text(st.sampled_from(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三"
    "，。、；：？！（）《》“”……——·％℃0123456789AaZz.-/ 喆堃㙦䶮𬍛"), min_size=1)
LONG = LETTERS.filter(str.strip)


@given(qa=st.lists(st.fixed_dictionaries({"q": LONG, "a": st.lists(LONG, min_size=1, max_size=4)
                                          .map("\n".join)}), min_size=3, max_size=12),
       place=LONG.map(lambda t: t[:150]).filter(str.strip),
       name=LONG.map(lambda t: t[:50]).filter(str.strip))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_answers_that_pass_the_checks_render(qa: list[dict[str, str]], place: str,
                                                 name: str) -> None:

    from field_app.paths import RESOURCES

    form = load_form("G2-02")
    answers = json.loads((RESOURCES / "training/answers/G2-02.json").read_text("utf-8"))
    answers |= {"qa": qa, "place": place, "inq_name": name}
    assert check_answers(form, answers, today=TODAY) == []
    made = render(form, answers, PaperFacts(doc_no="甲", verify_text="乙", case_no="丙"))
    assert made.warnings == ()
    document = pypdfium2.PdfDocument(made.pdf)
    assert len(document) == made.pages
    shown = re.sub(r"\s+", "", "".join(p.get_textpage().get_text_range() for p in document))
    for pair in qa:
        for line in (pair["q"], *pair["a"].split("\n")):
            assert set(re.sub(r"\s+", "", line)) <= set(shown)


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.just("\x00\ud800\U000f0001\U000f0000"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "no", "id_no", "q", "a", "seal_at", "capacity", "choice"]),
        inner, max_size=3), max_leaves=10)


@given(form_id=st.sampled_from(["G1-04", "G1-15", "G2-02", "G4-02"]), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_draft_whatever_crashes(form_id: str, data: st.DataObject) -> None:
    form = load_form(form_id)
    answers = data.draw(st.dictionaries(st.sampled_from([f.key for f in form.fields]), WILD,
                                        max_size=8))
    made = render(form, answers, PaperFacts(draft=True))
    assert made.pdf.startswith(b"%PDF") and made.pages >= 1


def test_pages_show_where_the_seal_goes_across(
        sample: Callable[[str], dict[str, Any]], finished: Callable[[str], PaperFacts]) -> None:
    """Dark points at the very edge of each of several pages, none on a single page."""
    def edges(form_id: str) -> list[int]:
        made = render(load_form(form_id), sample(form_id), finished(form_id))
        with pypdfium2.PdfDocument(made.pdf) as pdf:
            return [int((page.render(scale=2).to_numpy()[:, -6:] < 220).any(axis=(1, 2)).sum())
                    for page in pdf]

    assert all(rows >= 2 for rows in edges("G2-02"))
    assert len(edges("G2-02")) > 1
    assert edges("G2-24") == [0]


@pytest.mark.parametrize("form_id", [
    "G2-10", "G2-14", "G2-16", "G2-24", "G2-25", "G3-24", "G4-06", "G4-08", "G4-12", "G4-13"])
def test_the_party_of_the_case_stands_where_the_form_does_not_ask_for_it(
        form_id: str, sample: Callable[[str], dict[str, Any]], squeezed: Callable[[str], str],
        pages_text: Callable[[bytes], list[str]]) -> None:
    name = "某某演练食品店"
    made = render(load_form(form_id), sample(form_id), PaperFacts(party_name=name))
    assert name in squeezed("".join(pages_text(made.pdf)))
    without = render(load_form(form_id), sample(form_id), PaperFacts())
    assert name not in squeezed("".join(pages_text(without.pdf)))

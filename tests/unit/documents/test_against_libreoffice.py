"""LibreOffice as judge: its PDF of our filled .docx says the same, in the same order, on as many pages.

It is given our fonts under the names that templates use, so that it measures the same characters.
"""

import difflib
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree

from field_app.documents.fonts import Face, parsed
from field_app.documents.render import Paper
from field_app.forms import list_forms
from field_app.paths import FONTS

FORMS = [f.form_id for f in list_forms()]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = {"FandolFang": ("仿宋", "仿宋_GB2312", "FangSong"),
         "Noto Serif SC": ("宋体", "SimSun", "Times New Roman", "华文中宋", "STZhongsong"),
         "Noto Sans SC": ("黑体", "SimHei", "Arial"), "LXGW WenKai": ("楷体", "KaiTi")}
HUNG = "LibreOffice 7.4 leaves out of its PDF a comma that it hangs beyond a justified line"
# What differs, as (only in ours, only in theirs), and why.
ALLOWED = {
    **dict.fromkeys(["G1-02", "G1-06", "G2-17", "G2-24", "G3-05", "G3-15"], ("，", "", HUNG)),
    "G2-12": ("", "序号名称规格型号产地成色等级数量价格备注",
              "wider gaps around figures carry the list's total over, under repeated headings"),
}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def fonts_file(folder: Path) -> Path:
    """A fontconfig file that knows our fonts only, under the templates' names."""
    rules = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign" binding="same"><string>{family}</string></edit></match>'
        for family, names in NAMES.items() for name in names)
    path = folder / "fonts.conf"
    path.write_text(f"<?xml version='1.0'?><fontconfig><dir>{FONTS}</dir>"
                    f"<cachedir>{folder}/fonts</cachedir>{rules}</fontconfig>", encoding="utf-8")
    return path


def judged(papers: dict[str, Paper], folder: Path) -> dict[str, Path]:
    """LibreOffice's PDF of every paper, in one run with a profile of its own."""
    for name, made in papers.items():
        (folder / f"{name}.docx").write_bytes(made.docx)
        (folder / f"{name}-ours.pdf").write_bytes(made.pdf)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
         "--convert-to", "pdf", "--outdir", str(folder),
         *(str(folder / f"{name}.docx") for name in papers)],
        check=True, capture_output=True, timeout=500,
        env={**os.environ, "FONTCONFIG_FILE": str(fonts_file(folder))})
    return {name: folder / f"{name}.pdf" for name in papers}


def foot_of(docx: bytes, folder: Path) -> re.Pattern[str]:
    """What stands at the foot of every page, for any page number."""
    path = folder / "foot.docx"
    path.write_bytes(docx)
    with ZipFile(path) as package:
        root = etree.fromstring(package.read("word/footer1.xml"))
    text = squeezed("".join(t.text or "" for t in root.iter(f"{W}t")))
    return re.compile(re.escape(text).replace("第1页共1页", r"第\d+页共\d+页"))


def body_and_pages(pdf: Path, foot: re.Pattern[str]) -> tuple[str, int]:
    """The text in the order in which the file draws it, without the feet, and how many pages."""
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", str(pdf), "-"],
                          capture_output=True, check=True, timeout=60)
    pages = done.stdout.decode().split("\f")[:-1]
    text, feet = foot.subn("", squeezed("".join(pages)))
    assert feet == len(pages)
    return text, feet


def compare(name: str, made: Paper, theirs: Path, folder: Path) -> None:
    foot = foot_of(made.docx, folder)
    ours, our_pages = body_and_pages(folder / f"{name}-ours.pdf", foot)
    seen, their_pages = body_and_pages(theirs, foot)
    assert our_pages == their_pages == made.pages
    # What 仿宋 lacks LibreOffice draws after the rest of its line: counted, not put in order.
    common = parsed(Face.FANG).charToGlyph
    assert Counter(c for c in ours if ord(c) not in common) \
        == Counter(c for c in seen if ord(c) not in common)
    ours = "".join(c for c in ours if ord(c) in common)
    seen = "".join(c for c in seen if ord(c) in common)
    only_ours, only_theirs = "", ""
    for what, a, b, c, d in difflib.SequenceMatcher(None, ours, seen, autojunk=False).get_opcodes():
        if what != "equal":
            only_ours, only_theirs = only_ours + ours[a:b], only_theirs + seen[c:d]
    assert (only_ours, only_theirs) in (("", ""), ALLOWED.get(name, ("", "", ""))[:2])


def test_a_letter_a_record_and_a_table_read_the_same_in_libreoffice(
        paper: Callable[[str], Paper], tmp_path: Path) -> None:
    papers = {name: paper(name) for name in ("G1-15", "G2-02", "G4-02")}
    for name, theirs in judged(papers, tmp_path).items():
        compare(name, papers[name], theirs, tmp_path)


@pytest.fixture(scope="module")
def everything(paper: Callable[[str], Paper], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judge")
    judged({form_id: paper(form_id) for form_id in FORMS}, folder)
    return folder


@pytest.mark.soak
@pytest.mark.parametrize("form_id", FORMS)
def test_every_paper_reads_the_same_in_libreoffice(
        form_id: str, everything: Path, paper: Callable[[str], Paper]) -> None:
    compare(form_id, paper(form_id), everything / f"{form_id}.pdf", everything)

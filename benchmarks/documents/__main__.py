"""Prints what making papers costs: a record, the live paper, all forms at their longest, memory.

Ours is a warm process; beside it docxtpl fills the same template and one LibreOffice converts many
files in a batch, which is its fastest way. ``--renders`` sets the trial of memory (1000).
"""

import argparse
import gc
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate

from field_app.documents.context import build_context
from field_app.documents.fonts import missing_characters
from field_app.documents.render import Paper, PaperFacts, render
from field_app.forms import check_answers, list_forms, load_form
from field_app.forms.longest import longest_answers
from field_app.paths import RESOURCES, TEMPLATES
from field_app.ui.paper_view import draw_pages

RECORD = "G2-02"
FACTS = PaperFacts(doc_no="武演乡执〔2026〕3-询-1", case_no="武演乡执〔2026〕3", short_code="K7QH4MXD9",
                   verify_text="LE1 K7QH4MXD9 G2-02", log_head="9f3a5c01" * 8)
_TALK = {"q": "东侧圆锯机锯片上方为什么没有防护罩？", "a": "上个月换锯片的时候拆下来，螺丝滑丝了，一直没有装"
         "回去。我晓得应该装，这几天赶货就拖下来了。"}
_PREVIEW_PIXELS = 1000  # as field_app.ui.paper_editor draws it
_BATCH = 12


def answers_of(form_id: str) -> dict[str, Any]:
    """The training answers of a form."""
    made: dict[str, Any] = json.loads(
        (RESOURCES / "training" / "answers" / f"{form_id}.json").read_text("utf-8"))
    return made


def three_pages() -> dict[str, Any]:
    """An inquiry's record of three pages."""
    answers = answers_of(RECORD)
    while render(load_form(RECORD), answers, FACTS).pages < 3:
        answers["qa"] = [*answers["qa"], _TALK]
    return answers


def timed(act: Callable[[], Any], count: int) -> list[float]:
    """Milliseconds of each of ``count`` runs."""
    took = []
    for _ in range(count):
        started = time.perf_counter()
        act()
        took.append((time.perf_counter() - started) * 1000)
    return took


def row(name: str, shown: str, goal: str, held: bool) -> None:
    """One line of the table."""
    print(f"{name:<46} {shown:>26}   {goal:<18} {'yes' if held else 'NO'}")


def libreoffice_ms(made: Paper, folder: Path) -> float:
    """Milliseconds a document takes in one batch of LibreOffice, its start and profile warm."""
    profile = f"-env:UserInstallation=file://{folder}/profile"

    def convert(names: list[str]) -> float:
        for name in names:
            (folder / name).write_bytes(made.docx)
        started = time.perf_counter()
        subprocess.run(["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir",
                        str(folder), *(str(folder / n) for n in names)],
                       check=True, capture_output=True)
        return time.perf_counter() - started

    convert(["warm.docx"])
    return convert([f"{n}.docx" for n in range(_BATCH)]) * 1000 / _BATCH


def docxtpl_ms(answers: dict[str, Any]) -> float:
    """Milliseconds docxtpl takes to fill and save the same template."""
    template = next(TEMPLATES.glob(f"{RECORD}-*")) / "1.docx"
    data = template.read_bytes()

    def fill() -> None:
        context, _ = build_context(load_form(RECORD), answers, FACTS)
        document = DocxTemplate(BytesIO(data))
        document.render(context, autoescape=True)
        document.save(BytesIO())

    return statistics.median(timed(fill, 10))


def record() -> None:
    """A record of three pages, ours beside docxtpl and LibreOffice."""
    form, answers = load_form(RECORD), three_pages()
    made = render(form, answers, FACTS)
    took = timed(lambda: render(form, answers, FACTS), 40)
    median, late = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    row(f"record, {made.pages} pages, answers to PDF and docx",
        f"{median:.0f} ms, p95 {late:.0f} ms", "<= 150, p95 300", median <= 150 and late <= 300)
    folder = Path(tempfile.mkdtemp(prefix="papers-"))
    try:
        theirs = docxtpl_ms(answers) + libreoffice_ms(made, folder)
    finally:
        shutil.rmtree(folder)
    row(f"  docxtpl + LibreOffice, batch of {_BATCH}", f"{theirs:.0f} ms, {theirs / median:.1f} times",
        ">= 4 times ours", theirs >= 4 * median)


def live_paper() -> None:
    """What the editor does after a keystroke: judge, lay out as a draft, draw every page."""
    form, answers = load_form(RECORD), three_pages()
    draft = PaperFacts(case_no=FACTS.case_no, draft=True)

    def keystroke() -> None:
        answers["place"] = answers["place"][:-1] + ("东" if answers["place"][-1] != "东" else "西")
        draw_pages(render(form, answers, draft).pdf, pixels_wide=_PREVIEW_PIXELS)
        check_answers(form, answers, today=date(2026, 11, 24),
                      missing_characters=missing_characters)

    median = statistics.median(timed(keystroke, 20))
    row("live paper after a keystroke, 3 pages", f"{median:.0f} ms", "<= 300", median <= 300)


def all_longest() -> None:
    """Every form with the longest answers it takes."""
    forms = [load_form(f.form_id) for f in list_forms()]
    filled = [(form, longest_answers(form)) for form in forms]
    started = time.perf_counter()
    made = [render(form, answers, FACTS) for form, answers in filled]
    took = time.perf_counter() - started
    faults = sum(bool(paper.warnings) for paper in made)
    row(f"all {len(forms)} forms at their longest, {sum(p.pages for p in made)} pages",
        f"{took:.1f} s, {faults} warnings", "<= 15 s, 0", took <= 15 and not faults)


def memory(renders: int) -> None:
    """How the process grows over many papers of all forms."""
    forms = [(load_form(f.form_id), answers_of(f.form_id)) for f in list_forms()]
    for form, answers in forms:
        render(form, answers, FACTS)
    before = _resident()
    started = time.perf_counter()
    for n in range(renders):
        render(*forms[n % len(forms)], FACTS)
    took = time.perf_counter() - started
    grown = (_resident() - before) / 1e6
    row(f"memory over {renders} papers ({renders / took:.1f} a second)",
        f"{before / 1e6:.0f} MB, grows {grown:+.1f}", "<= 15 MB", grown <= 15)


def _resident() -> int:
    gc.collect()
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("--renders", type=int, default=1000)
    wanted = parser.parse_args()
    print(f"{'papers':<46} {'measured':>26}   {'goal':<18} held")
    record()
    live_paper()
    all_longest()
    memory(wanted.renders)


if __name__ == "__main__":
    main()

"""Sample answers of the four papers, and how papers are read back by independent tools."""

import json
import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pypdfium2
import pytest
from lxml import etree

from field_app.documents.render import Paper, PaperFacts, render
from field_app.forms import load_form
from field_app.paths import RESOURCES

SAMPLES = Path(__file__).parent / "samples"
TRAINING = RESOURCES / "training" / "answers"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def facts_for(form_id: str, *, draft: bool = False) -> PaperFacts:
    """Facts of a finished sheet of that form."""
    return PaperFacts(doc_no=f"武演乡执〔2026〕3-{form_id}-1", case_no="武演乡执〔2026〕3",
                      short_code="K7QH4MXD9", verify_text=f"LE1 K7QH4MXD9 {form_id}", draft=draft,
                      log_head="9f3a5c01" * 8)


@pytest.fixture(scope="session")
def sample() -> Callable[[str], dict[str, Any]]:
    """A fresh copy of a sample by its file's stem."""
    def load(name: str) -> dict[str, Any]:
        place = SAMPLES if (SAMPLES / f"{name}.json").exists() else TRAINING
        answers: dict[str, Any] = json.loads((place / f"{name}.json").read_text("utf-8"))
        return answers
    return load


@pytest.fixture(scope="session")
def paper(sample: Callable[[str], dict[str, Any]]) -> Callable[[str], Paper]:
    """The finished paper of a sample, rendered once."""
    made: dict[str, Paper] = {}

    def get(name: str) -> Paper:
        if name not in made:
            made[name] = render(load_form(name[:5]), sample(name), facts_for(name[:5]))
        return made[name]
    return get


@pytest.fixture(scope="session")
def finished() -> Callable[[str], PaperFacts]:
    return facts_for


@pytest.fixture(scope="session")
def squeezed() -> Callable[[str], str]:
    """Text without any white space, so that line ends do not matter."""
    return lambda text: re.sub(r"\s+", "", text)


@pytest.fixture(scope="session")
def pdf_text() -> Callable[[bytes], str]:
    """What poppler reads in a PDF."""
    def read(pdf: bytes) -> str:
        done = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"], input=pdf,
                              capture_output=True, check=True, timeout=60)
        assert not done.stderr, done.stderr.decode()
        return done.stdout.decode("utf-8")
    return read


@pytest.fixture(scope="session")
def pages_text() -> Callable[[bytes], list[str]]:
    """What PDFium reads on each page."""
    def read(pdf: bytes) -> list[str]:
        document = pypdfium2.PdfDocument(pdf)
        return [page.get_textpage().get_text_range() for page in document]
    return read


@pytest.fixture(scope="session")
def docx_text() -> Callable[[bytes], str]:
    """All text of a .docx: body, then header, then footer."""
    def read(docx: bytes) -> str:
        with ZipFile(BytesIO(docx)) as package:
            names = ["word/document.xml", "word/header1.xml", "word/footer1.xml"]
            return "\n".join(
                "".join(t.text or "" for t in etree.fromstring(package.read(n)).iter(f"{_W}t"))
                for n in names)
    return read

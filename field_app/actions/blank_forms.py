"""Blank forms for handwriting: found by words, and drawn without a number or a case."""

from dataclasses import dataclass

from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import form_of
from field_app.documents.blank import BlankPaper, render_blank
from field_app.documents.refusal import PaperTooLong, TemplateRefused
from field_app.forms import FormDefinition, list_forms

GROUPS = {1: "检查与立案", 2: "调查取证与强制措施", 3: "告知、审核与决定", 4: "送达与执行", 5: "归档、监督与公示"}


@dataclass(frozen=True)
class FormLine:
    """A form in the list."""

    form_id: str
    title: str
    group: str


def blank_forms(words: str = "") -> list[FormLine]:
    """All forms by group, or those whose title or number holds every one of ``words``."""
    wanted = words.upper().split()
    return [FormLine(f.form_id, f.title, GROUPS.get(f.group, f"第{f.group}组"))
            for f in list_forms()
            if all(word in f"{f.form_id} {f.title}".upper() for word in wanted)]


def make_blank(form: FormDefinition, *, agency_name: str = "") -> BlankPaper:
    """The blank paper, or a refusal in words."""
    try:
        return render_blank(form, agency_name=agency_name)
    except (TemplateRefused, PaperTooLong) as error:
        raise refuse(f"《{form.title}》的空白文书不能制作。", "请检查文书格式（templates check）。",
                     code="blank.template") from error


def blank_pdf(session: Session, form_id: str) -> bytes:
    """A blank paper with this agency's letterhead; takes no number."""
    name = str(session.trust.agency.get("name", ""))
    return make_blank(form_of(form_id), agency_name=name).pdf

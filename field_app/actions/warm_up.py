"""What every paper needs, read once while nobody waits for it."""

from datetime import datetime

from field_app.actions.blank_forms import make_blank
from field_app.actions.fill_document import form_of
from field_app.actions.phrases import phrase_library
from field_app.actions.procedure_facts import form_titles
from field_app.documents.fonts import Face, parsed
from field_app.domain.clock import CHINA
from field_app.domain.workdays import shipped_calendar
from field_app.rules.procedure import offered
from field_app.rules.table import rules

_MOST_USED = "G1-04"  # 现场检查笔录


def warm_up() -> None:
    """Read faces, procedures, rules and phrases, and lay out one paper, as later ones will be.

    Takes some 1.5 s of a processor and no data of any case. Raises nothing that is not raised again where
    the broken file is used.
    """
    for face in Face:
        parsed(face)
    offered(datetime.now(CHINA).date())
    form_titles()
    phrase_library()
    rules()
    shipped_calendar()
    make_blank(form_of(_MOST_USED))

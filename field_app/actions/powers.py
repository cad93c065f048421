"""Whether the agency may act on a matter at all, by the catalogue of the day (AU-01, AU-03)."""

from datetime import date

from field_app.actions.catalogues import catalogue_in_use, matters_today, today
from field_app.actions.context import Session, refuse
from field_app.rules.catalogue import Catalogue, CatalogueMatter, entrustment_reasons
from field_app.rules.checks import check
from field_app.rules.checks.authority import ListedMatter, MatterFacts
from field_app.rules.table import rules

# What is not the agency's may still be found on patrol and handed over to who may act.
_PATROL = frozenset({"inspection"})
# A penalty rests on a matter that gives the power to penalise; one to inspect does not.
_PENAL = frozenset({"ordinary", "summary"})
_ONLY_INSPECTS = "行政检查"


def _listed(catalogue: Catalogue, own: frozenset[str]) -> tuple[ListedMatter, ...]:
    return tuple(ListedMatter(
        row["code"], date.fromisoformat(row["valid_from"]),
        date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None)
        for row in catalogue.rows("matter") if row["code"] in own)


def matters_for(session: Session, procedure: str) -> tuple[CatalogueMatter, ...]:
    """The agency's matters of today that a procedure can rest on; empty without a catalogue."""
    return tuple(m for m in matters_today(session)
                 if procedure not in _PENAL or m.type != _ONLY_INSPECTS)


def check_powers(session: Session, matter: str, procedure: str) -> None:
    """``UserError`` when a laptop with a catalogue opens or takes on a case outside of it."""
    catalogue = catalogue_in_use(session)
    if catalogue is None or procedure in _PATROL:
        return
    day = today(session)
    found = catalogue.matter(matter, day)
    own = frozenset(m.code for m in matters_today(session))
    against = check("AU-01", MatterFacts(
        found.code if found is not None else matter or "（没有填写）", day,
        _listed(catalogue, own)), day=day)
    if against:
        why = entrustment_reasons(found) if found is not None else []
        more = f"（{'；'.join(why)}）" if why else ""
        raise refuse(
            f"不能办理“{matter or '（没有填写执法事项）'}”：{against[0].text}{more}（{against[0].basis}）。",
            "请从清单里选择执法事项；确实不在清单内的，按“行政检查”登记后移交有权机关。", code="AU-01")
    if found is not None and procedure in _PENAL and found.type == _ONLY_INSPECTS:
        raise refuse(f"“{matter}”是行政检查事项，不能据此处罚（{rules()['AU-01'].law}）。",
                     "请改选清单里的行政处罚事项。", code="AU-01")

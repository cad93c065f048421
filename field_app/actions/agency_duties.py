"""What the agency owes by the year and by its people: training, reviewers, reports, file reviews."""

from datetime import date, timedelta

from field_app.actions.catalogues import catalogue_in_use, today
from field_app.actions.context import Session
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.rules.catalogue import Catalogue
from field_app.rules.checks import check
from field_app.rules.checks.people import ReviewerShare, TrainingFacts
from field_app.rules.checks.supervision import NewLawFacts, YearFacts
from field_app.rules.laws import laws
from field_app.storage import papers

_YEARLY, _REVIEW = "G5-12", "G5-11"
_TELL_NEW_LAW_FOR = timedelta(days=60)


def _training(session: Session, catalogue: Catalogue, day: date) -> list[Reason]:
    found = []
    for officer in session.pair.both:
        if catalogue.officer(officer.cert_no, day) is None:
            continue  # Not on this roster: another agency counts its hours.
        hours, general = catalogue.training_hours(officer.cert_no, day.year)
        for reason in check("PE-07", TrainingFacts(hours, int(general), day.year, day), day=day):
            found.append(Reason(reason.rule, reason.level, f"{officer.name}：{reason.text}",
                                reason.remedy, reason.basis, reason.confidence))
    return found


def _reviewers(session: Session, catalogue: Catalogue, day: date) -> list[Reason]:
    own = next((r["code"] for r in catalogue.at("agency", day)
                if r["name"] == session.trust.agency.get("name")), None)
    people = [r for r in catalogue.at("officer", day) if r["agency"] == own and r["on_duty"]]
    if not people:
        return []
    return check("PE-08", ReviewerShare(
        len(people), sum(bool(r.get("reviewer")) for r in people)), day=day)


def _done(session: Session, form: str, year: int) -> date | None:
    """When the newest issued paper of that form and year was issued on this laptop."""
    with session.begin() as tx:
        return papers.issued_for_year(tx, form, year)


def _yearly(session: Session, day: date) -> list[Reason]:
    found: list[Reason] = []
    for year in (day.year - 1, day.year):
        report = YearFacts(year, _done(session, _YEARLY, year), day)
        if year == day.year or day.month == 1:
            found += check("RP-01", report, day=day)
        found += check("RP-02", report, day=day) if year == day.year else []
    review = YearFacts(day.year - 1, _done(session, _REVIEW, day.year - 1), day)
    return found + (check("SU-03", review, day=day) if day.month == 1 else [])


def _new_laws(day: date) -> list[Reason]:
    found = []
    for law in laws():
        for reason in check("RP-03", NewLawFacts(law.effective, False, day), day=day):
            full = date(law.effective.year + 1, law.effective.month, min(law.effective.day, 28))
            if day <= full + _TELL_NEW_LAW_FOR:
                found.append(Reason(reason.rule, reason.level, f"《{law.title}》{reason.text}",
                                    reason.remedy, reason.basis, reason.confidence))
    return found


def agency_duties(session: Session) -> list[Reason]:
    """Reminders of today, each with its law; what cannot be known here is not guessed."""
    day = today(session)
    try:
        catalogue = catalogue_in_use(session)
    except UserError:
        catalogue = None  # Told where a matter is chosen.
    found = _yearly(session, day) + _new_laws(day)
    if catalogue is not None:
        found += _training(session, catalogue, day) + _reviewers(session, catalogue, day)
    return [r for r in found if r.level is not Level.INFO]

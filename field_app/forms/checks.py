"""Every named check that a form may ask for."""

from collections.abc import Callable, Mapping

from field_app.forms import paper_checks, people_checks
from field_app.forms.finding import Findings, Place

CHECKS: Mapping[str, Callable[[Place], Findings]] = {
    rule.__name__: rule for rule in (
        people_checks.id_number, people_checks.credit_code, people_checks.phone,
        people_checks.two_officers, people_checks.exactly_two_officers,
        people_checks.guardian_present, people_checks.agent_authorised,
        paper_checks.after_start, paper_checks.not_in_future, paper_checks.certificate_shown,
        paper_checks.rights_told, paper_checks.recusal_told, paper_checks.recusal_asked,
        paper_checks.says_true, paper_checks.problem_numbers, paper_checks.within_problems,
        paper_checks.hazard_level, paper_checks.law_reference, paper_checks.deadline_after_paper,
        paper_checks.named_body, paper_checks.named_court, paper_checks.reconsideration_days,
        paper_checks.litigation_months, paper_checks.seal_of_agency,
        paper_checks.entrusting_agency, paper_checks.witnessed_or_recorded,
        paper_checks.after_announcement)
}

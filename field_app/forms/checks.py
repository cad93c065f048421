"""Every named check that a form may ask for."""

from collections.abc import Callable, Mapping

from field_app.forms import (
    archive_checks,
    decision_checks,
    hearing_checks,
    inspection_checks,
    paper_checks,
    people_checks,
)
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
        paper_checks.after_announcement,
        inspection_checks.hotline_or_phone, inspection_checks.law_references,
        inspection_checks.listed_choices,
        inspection_checks.after_its_beginning, inspection_checks.recheck_after_deadline,
        inspection_checks.after_original_deadline, inspection_checks.cites_duty_to_order,
        inspection_checks.conclusion_fits_items, inspection_checks.next_step_fits_conclusion,
        inspection_checks.named_suspected_case, inspection_checks.within_limitation,
        inspection_checks.property_settled, inspection_checks.other_than_recused,
        inspection_checks.later_than_application, inspection_checks.no_coercion_when_entrusted,
        archive_checks.pages_follow, archive_checks.other_than_maker, archive_checks.imported_soon,
        archive_checks.secrecy_reviewed, archive_checks.no_coercion_entrusted,
        archive_checks.not_the_principal, archive_checks.scores_add_up, archive_checks.veto_fails,
        archive_checks.published_by_january, archive_checks.certificate_current,
        archive_checks.enough_training,
        decision_checks.law_reference_required, decision_checks.no_intended,
        decision_checks.definite_penalties, decision_checks.below_hearing_threshold,
        decision_checks.decided_penalties, decision_checks.words_of_amount,
        decision_checks.summary_limit, decision_checks.onsite_collection,
        decision_checks.reconsideration_first, decision_checks.surcharge_told,
        decision_checks.within_ninety_days, decision_checks.fifteen_days_to_pay,
        decision_checks.fee_within_principal, decision_checks.due_after_paper,
        decision_checks.remedies_expired, decision_checks.not_at_night,
        decision_checks.application_window, decision_checks.court_materials,
        decision_checks.transfer_materials, decision_checks.decided_in_three_days,
        decision_checks.ground_fits_kind, decision_checks.correction_differs,
        hearing_checks.hearing_term, hearing_checks.hearing_notice_term,
        hearing_checks.urged_three_days, hearing_checks.host_not_investigator,
        hearing_checks.final_statement, hearing_checks.points_answered, hearing_checks.told_again,
        hearing_checks.every_point_reviewed, hearing_checks.review_passed,
        hearing_checks.every_leader_spoke)
}

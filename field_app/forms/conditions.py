"""The named conditions under which a field is required or a statement is printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scope:
    """What a condition may look at: the field's ``siblings`` and all ``answers``."""

    siblings: Mapping[str, Any]
    answers: Mapping[str, Any]


ORGANIZATIONS = ("法人", "其他组织")


def _mode(scope: Scope) -> Any:
    return scope.answers.get("mode")


def _is_organization(scope: Scope) -> bool:
    return scope.siblings.get("party_type") in ORGANIZATIONS


def entrusted(scope: Scope) -> bool:
    """The paper goes out in the entrusting agency's name."""
    return scope.siblings.get("capacity") == "委托"


def letterhead_entrusted(scope: Scope) -> bool:
    """The same, seen from the whole paper."""
    block = scope.answers.get("ENT")
    return isinstance(block, Mapping) and block.get("capacity") == "委托"


def party_without_credit_code(scope: Scope) -> bool:
    """A party that its credit code does not already identify."""
    return not (_is_organization(scope) and scope.siblings.get("uscc"))


def organization_without_other_number(scope: Scope) -> bool:
    """An organization that no other number identifies."""
    return _is_organization(scope) and not scope.siblings.get("id_no")


def legal_person(scope: Scope) -> bool:
    """The party is a legal person."""
    return scope.siblings.get("party_type") == "法人"


def signature_refused(scope: Scope) -> bool:
    """The person refused to sign."""
    return bool(scope.siblings.get("refuse") or scope.siblings.get("refused"))


def left_in_place(scope: Scope) -> bool:
    """Leaving service (留置)."""
    return bool(_mode(scope) == "留置")


def posted(scope: Scope) -> bool:
    """Service by post."""
    return bool(_mode(scope) == "邮寄")


def electronic(scope: Scope) -> bool:
    """Electronic service."""
    return bool(_mode(scope) == "电子")


def announced(scope: Scope) -> bool:
    """Service by announcement."""
    return bool(_mode(scope) == "公告")


def limited_time(scope: Scope) -> bool:
    """To be put right by a day, not at once."""
    return bool(scope.siblings.get("order_mode") == "限期改正")


def problems_found(scope: Scope) -> bool:
    """An inspection that found something."""
    return scope.siblings.get("result") not in (None, "", "未发现问题")


def recusal_granted(scope: Scope) -> bool:
    """An officer is recused, so another takes over."""
    return bool(scope.siblings.get("decision") == "回避")


def leader_agrees(scope: Scope) -> bool:
    """The head of the agency agreed to what was asked for."""
    block = scope.answers.get("APPROVE")
    opinion = block.get("leader_opinion") if isinstance(block, Mapping) else None
    return isinstance(opinion, Mapping) and opinion.get("choice") == "同意"


def lent(scope: Scope) -> bool:
    """A file is lent and must come back."""
    return bool(scope.siblings.get("event") == "借阅")


def party_absent(scope: Scope) -> bool:
    """The party did not come; a witness is invited."""
    return scope.answers.get("party_present") is False


def accepts_electronic(scope: Scope) -> bool:
    """The party agreed to electronic service."""
    return scope.answers.get("e_ok") is True


def has_agent(scope: Scope) -> bool:
    """The party has an agent."""
    return bool(scope.answers.get("agent"))


def collected_on_spot(scope: Scope) -> bool:
    """The fine was collected on the spot."""
    return scope.answers.get("channel") == "当场收缴"


def deferral_granted(scope: Scope) -> bool:
    """A fine may be paid later or by instalments."""
    return scope.answers.get("kind") in ("延期", "分期")


def summary_fine(scope: Scope) -> bool:
    """A penalty on the spot that fines."""
    return scope.siblings.get("kind") in ("罚款", "警告并罚款")


def paid_on_the_spot(scope: Scope) -> bool:
    """The officers take the fine themselves."""
    return bool(scope.siblings.get("pay_mode") == "当场收缴")


def fine_to_pay(scope: Scope) -> bool:
    """A fine on the spot that is paid later, so that a surcharge may follow."""
    return summary_fine(scope) and not paid_on_the_spot(scope)


def money_penalty(scope: Scope) -> bool:
    """A decision that asks for money."""
    rows = scope.answers.get("penalties")
    return isinstance(rows, list) and any(
        isinstance(row, Mapping) and row.get("amount") for row in rows)


def first_offence(scope: Scope) -> bool:
    """Not punished as a first offence."""
    return str(scope.siblings.get("ground") or "").startswith("首违")


def corrected_ground(scope: Scope) -> bool:
    """Not punished because the wrong was put right in time."""
    return "及时改正" in str(scope.siblings.get("ground") or "")


def violation_stands(scope: Scope) -> bool:
    """Not punished although there was a violation, so that education is owed (行政处罚法第三十三条)."""
    return scope.siblings.get("ground") != "事实不成立"


CONDITIONS: Mapping[str, Callable[[Scope], bool]] = {
    rule.__name__: rule for rule in (
        entrusted, letterhead_entrusted, party_without_credit_code,
        organization_without_other_number, legal_person, signature_refused, left_in_place, posted,
        electronic, announced,
        limited_time, problems_found, recusal_granted, leader_agrees, lent,
        party_absent, accepts_electronic, has_agent, collected_on_spot, deferral_granted,
        summary_fine, paid_on_the_spot, fine_to_pay, money_penalty, first_offence,
        corrected_ground, violation_stands)
}

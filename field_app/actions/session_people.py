"""Who is at work changes within a shift: one proves the key again, someone assists, a partner goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from field_app.actions.audit_log import sign_head
from field_app.actions.context import Session, refuse
from field_app.actions.log_in import effective_now, is_training
from field_app.actions.refusals import login_refusal
from field_app.actions.unlock_card import CardAndPin, note_login, unlock_card
from field_app.credentials.key_places import same_place
from field_app.credentials.keys import KeyGone, OfficerKey
from field_app.credentials.login import (
    ASSISTS,
    Challenge,
    LoginRefused,
    answer,
    check_again,
    check_assistant,
)
from field_app.credentials.login import log_in as prove
from field_app.credentials.profile import fingerprint
from field_app.domain.people import Officer
from field_app.errors import UserError

MAX_ASSISTANTS = 8


def _gone(error: KeyGone) -> UserError:
    return refuse("密码钥匙或U盘已拔出。", "请插好后再试。", code="login.gone")


def _unlock(session: Session, card: CardAndPin, slot: int) -> OfficerKey:
    return unlock_card(session.context, card, slot=slot, training=is_training(session.trust))


@contextmanager
def _one_key(session: Session, card: CardAndPin, slot: int) -> Iterator[OfficerKey]:
    """One person's key for one proof, forgotten at the end; refusals in words for officers."""
    key = unlock_card(session.context, card, slot=slot, training=is_training(session.trust))
    try:
        yield key
        note_login(session.context, key)
    except LoginRefused as error:
        raise login_refusal(error) from error
    except KeyGone as error:
        raise _gone(error) from error
    finally:
        key.forget()


def unlock_again(session: Session, card: CardAndPin) -> Officer:
    """Either of the two proves the own key again, after the desk locked itself.

    The log keeps the proof. ``UserError`` when it is not one of the two, or the PIN is wrong.
    """
    with _one_key(session, card, 0) as key:
        moment = effective_now(session.context, session.trust).moment
        challenge = Challenge.fresh(session.header.device, moment, purpose="unlock",
                                    session_keys=session.session_keys)
        slot = 1 if fingerprint(key.certificate) == session.pair.first.cert_sha256 else 2
        proof = answer(challenge, slot, key)
        officer = check_again(challenge, proof, session.trust, at=moment.wall, pair=session.pair)
    with session.begin() as tx:
        session.note(tx, "unlocked", body={"by": officer.cert_no, "proof": proof.to_json()})
    return officer


def note_lock(session: Session, why: str) -> None:
    """The desk locked itself: ``idle``, ``key_removed`` or ``asked``."""
    with session.begin() as tx:
        session.note(tx, "locked", body={"why": why})


def join(session: Session, card: CardAndPin) -> Session:
    """Someone joins to assist: types and records, never signs or decides (PE-05)."""
    if len(session.assistants) >= MAX_ASSISTANTS:
        raise refuse(f"协助人员已有{MAX_ASSISTANTS}名。", "请先让不再协助的人员退出。", code="assist.many")
    with _one_key(session, card, ASSISTS) as key:
        moment = effective_now(session.context, session.trust).moment
        challenge = Challenge.fresh(session.header.device, moment, purpose="assist")
        proof = answer(challenge, ASSISTS, key)
        helper = check_assistant(challenge, proof, session.trust, at=moment.wall, pair=session.pair)
    if helper.cert_no in {a.cert_no for a in session.assistants}:
        raise refuse(f"{helper.name}已经在协助。", "不必重复加入。", code="assist.twice")
    with session.begin() as tx:
        session.note(tx, "assistant_joined", body={
            "number": helper.cert_no, "role": helper.role.value, "proof": proof.to_json()})
    return replace(session, assistants=(*session.assistants, helper))


def leave(session: Session, cert_no: str) -> Session:
    """Someone no longer assists."""
    with session.begin() as tx:
        session.note(tx, "assistant_left", body={"number": cert_no})
    return replace(session, assistants=tuple(
        a for a in session.assistants if a.cert_no != cert_no))


def change_partner(session: Session, staying: CardAndPin, coming: CardAndPin) -> Session:
    """One of the two hands over to another officer; who stays proves the own key again.

    The new pair opens the vault itself, so the newcomer must be enrolled on this laptop. The store
    stays open; the log keeps both proofs and who left.
    """
    if same_place(staying.place, coming.place):
        raise refuse("两次使用的是同一证件。", "请由接替的执法人员使用本人证书。", code="login.same_certificate")
    keys: list[OfficerKey] = []
    try:
        keys = [_unlock(session, staying, 1)]
        keys.append(_unlock(session, coming, 2))
        if fingerprint(keys[0].certificate) not in {o.cert_sha256 for o in session.pair.both}:
            raise refuse("留下的不是当前登录的执法人员。", "第一份证书请用留下的人员的。",
                         code="login.other_pair")
        moment = effective_now(session.context, session.trust).moment
        unlocked = prove(session.header, keys[0], keys[1], session.trust, moment=moment,
                         purpose="change_partner")
        note_login(session.context, *keys)
    except LoginRefused as error:
        raise login_refusal(error) from error
    except KeyGone as error:
        raise _gone(error) from error
    finally:
        for key in keys:
            key.forget()
    left = [o for o in session.pair.both if o.cert_no != unlocked.pair.first.cert_no]
    changed = replace(session, pair=unlocked.pair, session_keys=unlocked.session_keys)
    with changed.begin() as tx:
        sign_head(session, tx, "partner")
        # A login of its own to whoever follows the keys lent to the session.
        changed.note(tx, "logged_in", body={
            "format": "le-login/2", "proofs": [p.to_json() for p in unlocked.proofs],
            "trust": session.trust.number, "left": [o.cert_no for o in left]})
    return changed

"""Two officers log in with two certificates and two PINs; then the store opens."""

from field_app.actions.audit_log import sign_head
from field_app.actions.clock_offset import true_present
from field_app.actions.context import AppContext, Session, refuse
from field_app.actions.refusals import login_refusal
from field_app.actions.seen_log import keep_head, set_back, trust_behind
from field_app.actions.unlock_card import CardAndPin, machine, note_login, unlock_card
from field_app.actions.unsent import keep_unsent
from field_app.credentials.device import (
    DeviceHeader,
    NotEnrolled,
    read_header,
    reseal,
    write_header,
)
from field_app.credentials.key_places import same_place
from field_app.credentials.keys import KeyGone, OfficerKey
from field_app.credentials.login import LoginRefused, Unlocked
from field_app.credentials.login import log_in as prove
from field_app.credentials.profile import fingerprint, officer_of
from field_app.credentials.seen_time import Effective, effective, keep_seen, read_seen
from field_app.credentials.trust import Trust, TrustRefused, load_trust
from field_app.crypto.vault import derive
from field_app.domain.people import Role
from field_app.errors import UserError
from field_app.storage import events
from field_app.storage.engine import WrongStoreKey
from field_app.storage.store import NewerStore, open_store

__all__ = ["CardAndPin", "confirm_both", "log_in", "log_out"]

_BODY_FORMAT = "le-login/2"  # 2: each statement names the key lent to the session


def is_training(trust: Trust) -> bool:
    """Whether the bundle is that of a training district, told by its agency's facts."""
    return trust.agency.get("training") is True


def wipe_after(trust: Trust) -> int:
    """After how many wrong PINs in a row the laptop destroys its keys; 0: never (headquarters'
    choice, told in the trust bundle)."""
    told = trust.agency.get("wipe_after_wrong_pins")
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0


def effective_now(context: AppContext, trust: Trust) -> Effective:
    """Never earlier than headquarters' own time in the trust bundle, nor than what was seen."""
    seen = read_seen(context.data.clock, machine(context))
    return effective(context.clock.now(), bundle_issued=trust.issued, seen=seen)


def _follow_roster(context: AppContext, unlocked: Unlocked, trust: Trust) -> None:
    """Make the pair table anew when headquarters' roster differs from it."""
    header = read_header(context.data.device_header)
    roster = [trust.encryption_of(c) for c in trust.officers
              if officer_of(c).role is Role.QUALIFIED]
    wanted = {fingerprint(c) for c in roster}
    sealed = {p for seal in header.pairs for p in (seal.outer, seal.inner)}
    keepers = {fingerprint(c) for c in trust.custodians}
    kept = {p for seal in header.escrow for p in (seal.outer, seal.inner)}
    if len(wanted) > 1 and (wanted != sealed or (keepers != kept and len(keepers) != 1)):
        write_header(context.data.device_header,
                     reseal(header, unlocked.vault_key, roster, trust.custodians))


def _open(context: AppContext, unlocked: Unlocked, trust: Trust, now: Effective) -> Session:
    data = context.data.make()
    header = read_header(data.device_header)
    try:
        store = open_store(data.store, derive(unlocked.vault_key, "db/v1"), backups=data.backups)
    except NewerStore as error:
        raise refuse("本机资料是用更新版本的程序建立的，这个版本不能打开。",
                     "请安装新版程序；资料没有任何改动。", code="store.newer") from error
    except WrongStoreKey as error:
        raise refuse("本机资料库打不开，可能已损坏或被调换。",
                     "请不要删除任何文件，联系系统管理员从备份恢复。", code="store.key") from error
    session = Session(context, header, trust, unlocked.pair, unlocked.device_key, store,
                      unlocked.session_keys)
    with session.begin() as tx:
        newer = trust_behind(session, tx)
        if newer is not None:
            session.note(tx, "trust_set_back", body={"known": newer, "found": trust.number})
    if newer is not None:
        store.close()
        raise refuse("本机的信任包被换成了旧的，已吊销的证书可能因此混入。",
                     "请用U盘从总部重新导入最新的信任包，并告知系统管理员。", code="trust.older")
    with session.begin() as tx:
        broken, behind = events.first_break(tx), set_back(session, tx)
        session.note(tx, "logged_in", body={
            "format": _BODY_FORMAT, "proofs": [p.to_json() for p in unlocked.proofs],
            "trust": trust.number})
        if broken is not None:
            session.note(tx, "log_broken", body={"at": broken})
        if behind is not None:
            session.note(tx, "log_set_back", body=behind)
        if now.suspect:
            session.note(tx, "clock_set_back", body={
                "seen": now.moment.iso(), "behind_s": int(now.set_back.total_seconds())})
    return session


def log_in(context: AppContext, first: CardAndPin, second: CardAndPin) -> Session:
    """The whole login. Raises ``UserError`` with the exact reason; then nothing was opened."""
    if same_place(first.place, second.place):
        raise refuse("两次使用的是同一证件。", "执法人员不得少于两人，请另一名执法人员使用本人证书。",
                     code="login.same_certificate")
    header, trust = enrolled(context)
    training = is_training(trust)
    keys: list[OfficerKey] = []
    try:
        for slot, card in enumerate((first, second), 1):
            keys.append(unlock_card(context, card, slot=slot, training=training,
                                    wipe_after=wipe_after(trust)))
        now = effective_now(context, trust)
        try:
            unlocked = prove(header, keys[0], keys[1], trust, moment=now.moment)
        except LoginRefused as error:
            raise login_refusal(error) from error
        except KeyGone as error:
            raise refuse("密码钥匙或U盘在登录时被拔出。", "请插好后重新登录。", code="login.gone") from error
        note_login(context, *keys)
    finally:
        for key in keys:
            key.forget()
    session = _open(context, unlocked, trust, now)
    _follow_roster(context, unlocked, trust)
    keep_time(session)
    keep_head(session)
    return session


def enrolled(context: AppContext) -> tuple[DeviceHeader, Trust]:
    """This laptop's header and what it believes; ``UserError`` when it is no enrolled laptop."""
    try:
        header = read_header(context.data.device_header)
        return header, load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
    except NotEnrolled as error:
        raise refuse("本机还没有登记为执法电脑，或登记文件已损坏。",
                     "新电脑请插上系统管理员给的登记U盘，点“从U盘登记本机”；用过的电脑请联系系统管理员，不要删除任何文件。",
                     code="device.not_enrolled") from error
    except TrustRefused as error:
        raise refuse("本机的信任包缺失或不可信。", "请用U盘从总部重新导入信任包。",
                     code=f"trust.{error.code}") from error


def keep_time(session: Session) -> None:
    """Remember the present, so that a clock set back before the next login is noticed."""
    try:
        with session.begin() as tx:
            present = true_present(session, tx)
        keep_seen(session.context.data.clock, machine(session.context), present)
    except OSError as error:
        raise refuse("时钟记录写不下来。", "请检查磁盘空间。", code="disk.full") from error


def confirm_both(session: Session, first: CardAndPin, second: CardAndPin,
                 ) -> tuple[OfficerKey, OfficerKey]:
    """Both officers of this session prove themselves again (to submit, export or delete).

    The keys are the caller's to forget.
    """
    training = is_training(session.trust)
    one = unlock_card(session.context, first, slot=1, training=training)
    try:
        two = unlock_card(session.context, second, slot=2, training=training)
    except UserError:
        one.forget()
        raise
    here = {o.cert_sha256 for o in session.pair.both}
    if {fingerprint(k.certificate) for k in (one, two)} != here:
        for key in (one, two):
            key.forget()
        raise refuse("确认人不是当前登录的两名执法人员。", "请由当前登录的两人各自输入本人证书口令。",
                     code="login.other_pair")
    note_login(session.context, one, two)
    return one, two


def log_out(session: Session) -> None:
    """Note the end, close the store and forget the keys; once is enough."""
    if session.store.closed:
        return
    with session.begin() as tx:
        session.note(tx, "logged_out")
        sign_head(session, tx, "logout")
    keep_time(session)
    keep_head(session)
    keep_unsent(session)
    session.store.close()



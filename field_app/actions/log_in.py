"""Two officers log in with two certificates and two PINs; then the store opens."""

from dataclasses import dataclass
from pathlib import Path

from field_app.actions.context import AppContext, Session, refuse
from field_app.actions.refusals import login_refusal
from field_app.credentials.device import NotEnrolled, read_header, reseal, write_header
from field_app.credentials.keys import NotAKeyFile, SoftKey, WrongPin, load_key_file
from field_app.credentials.login import LoginRefused, Unlocked
from field_app.credentials.login import log_in as prove
from field_app.credentials.profile import fingerprint, officer_of
from field_app.credentials.trust import Trust, TrustRefused, load_trust
from field_app.crypto.vault import derive
from field_app.domain.clock import Moment
from field_app.domain.people import Role
from field_app.storage import events
from field_app.storage.engine import WrongStoreKey
from field_app.storage.store import NewerStore, open_store

_BODY_FORMAT = "le-login/2"  # 2: each statement names the key lent to the session


@dataclass(frozen=True)
class CardAndPin:
    """One officer's key file and the PIN just typed."""

    path: Path
    pin: str


def unlock_card(card: CardAndPin, *, slot: int) -> SoftKey:
    """Open one key file, or say in Chinese why not."""
    who = {1: "第一名执法人员", 2: "第二名执法人员"}[slot]
    if not card.pin:
        raise refuse(f"{who}还没有输入口令。", "请由本人输入证书口令。", code="login.no_pin")
    try:
        return load_key_file(card.path, card.pin)
    except WrongPin as error:
        raise refuse(f"{who}的证书口令不对。", "请由本人重新输入；忘记口令的，联系系统管理员换发证书。",
                     code="login.wrong_pin") from error
    except NotAKeyFile as error:
        raise refuse(f"{who}的证书文件读不出来。", "请重新插入U盘，选择本人的证书文件（.p12）。",
                     code="login.not_a_key") from error


def _trusted_now(context: AppContext, trust: Trust) -> Moment:
    """Never earlier than headquarters' own time in the trust bundle."""
    now = context.clock.now()
    wall = max(now.wall, trust.issued.astimezone(now.wall.tzinfo))
    return Moment(wall, now.mono_ms, now.boot)


def _follow_roster(context: AppContext, unlocked: Unlocked, trust: Trust) -> None:
    """Make the pair table anew when headquarters' roster differs from it."""
    header = read_header(context.data.device_header)
    wanted = {fingerprint(c) for c in trust.officers if officer_of(c).role is Role.QUALIFIED}
    sealed = {p for seal in header.pairs for p in (seal.outer, seal.inner)}
    if wanted != sealed and len(wanted) > 1:
        write_header(context.data.device_header,
                     reseal(header, unlocked.vault_key, trust.officers))


def _open(context: AppContext, unlocked: Unlocked, trust: Trust) -> Session:
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
        broken = events.first_break(tx)
        session.note(tx, "logged_in", body={
            "format": _BODY_FORMAT, "proofs": [p.to_json() for p in unlocked.proofs],
            "trust": trust.number})
        if broken is not None:
            session.note(tx, "log_broken", body={"at": broken})
    return session


def log_in(context: AppContext, first: CardAndPin, second: CardAndPin) -> Session:
    """The whole login. Raises ``UserError`` with the exact reason; then nothing was opened."""
    if first.path.resolve() == second.path.resolve():
        raise refuse("两次使用的是同一证件。", "执法人员不得少于两人，请另一名执法人员使用本人证书。",
                     code="login.same_certificate")
    try:
        header = read_header(context.data.device_header)
        trust = load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
    except NotEnrolled as error:
        raise refuse("本机还没有登记为执法电脑，或登记文件已损坏。",
                     "请联系系统管理员登记本机。", code="device.not_enrolled") from error
    except TrustRefused as error:
        raise refuse("本机的信任包缺失或不可信。", "请用U盘从总部重新导入信任包。",
                     code=f"trust.{error.code}") from error
    keys = (unlock_card(first, slot=1), unlock_card(second, slot=2))
    try:
        unlocked = prove(header, *keys, trust, moment=_trusted_now(context, trust))
    except LoginRefused as error:
        raise login_refusal(error) from error
    session = _open(context, unlocked, trust)
    _follow_roster(context, unlocked, trust)
    return session


def confirm_both(session: Session, first: CardAndPin, second: CardAndPin) -> tuple[SoftKey, SoftKey]:
    """Both officers of this session prove themselves again (to submit, export or delete)."""
    keys = (unlock_card(first, slot=1), unlock_card(second, slot=2))
    here = {o.cert_sha256 for o in session.pair.both}
    if {fingerprint(k.certificate) for k in keys} != here:
        raise refuse("确认人不是当前登录的两名执法人员。", "请由当前登录的两人各自输入本人证书口令。",
                     code="login.other_pair")
    return keys


def log_out(session: Session) -> None:
    """Note the end, close the store and forget the keys."""
    with session.begin() as tx:
        session.note(tx, "logged_out")
    session.store.close()



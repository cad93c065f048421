"""One officer's key and PIN: unlocked, or told in Chinese why not; wrong PINs are counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from field_app.actions.context import AppContext, refuse
from field_app.actions.unsent import unsent
from field_app.credentials import key_places
from field_app.credentials.device import destroy_header
from field_app.credentials.key_places import KeyPlace
from field_app.credentials.keys import KeyGone, KeyLocked, NotAKeyFile, OfficerKey, WrongPin
from field_app.credentials.lockout import FREE_TRIES, Lockout, read_lockout, write_lockout
from field_app.credentials.medium import Medium, medium_of
from field_app.credentials.profile import fingerprint
from field_app.credentials.token_keys import TokenPlace
from field_app.crypto.machine_secret import machine_secret
from field_app.errors import UserError

_TELL_WIPE = 10  # wrong PINs before the keys are destroyed from which it is told
_SLOTS = {1: "第一名执法人员", 2: "第二名执法人员", 3: "协助人员", 0: "执法人员"}


@dataclass(frozen=True)
class CardAndPin:
    """One officer's key file or token, and the PIN just typed."""

    place: KeyPlace
    pin: str


def machine(context: AppContext) -> bytes:
    """This machine's secret; ``UserError`` when the system does not keep one."""
    try:
        return machine_secret()
    except OSError as error:
        raise refuse("本机的机器密钥读写不了。", "请检查当前用户的文件夹是否可写，再试一次。",
                     code="machine.secret") from error


def _named(place: KeyPlace) -> str:
    """What wrong PINs are counted by: the certificate, else the name of the file or token."""
    try:
        return fingerprint(key_places.public_certificate(place))
    except (OSError, ValueError, NotAKeyFile, KeyGone):
        return f"place:{place.stem}"


def _minutes(wait: timedelta) -> str:
    seconds = ceil(wait.total_seconds())
    return f"{seconds}秒" if seconds < 60 else f"{-(-seconds // 60)}分钟"


def _known(context: AppContext, now: datetime) -> Lockout:
    return read_lockout(context.data.lockout, machine(context), now=now)


def _check_wait(context: AppContext, key: str, who: str, now: datetime) -> None:
    lockout = _known(context, now)
    if lockout.edited:
        # Edited or broken: whose tries they were is lost, so this key waits the first delay.
        for _ in range(FREE_TRIES):
            lockout = lockout.after_wrong(key, now)
        _keep(context, lockout)
    wait = lockout.wait(key, now)
    if wait:
        raise refuse(f"{who}的口令连续输错，{_minutes(wait)}后才能再试。",
                     "请稍候；忘记口令的，联系系统管理员换发证书。", code="login.locked")


def _keep(context: AppContext, lockout: Lockout) -> None:
    try:
        write_lockout(context.data.lockout, lockout, machine(context))
    except OSError as error:
        raise refuse("登录次数记不下来，没有登录。", "请检查磁盘空间后再试。", code="disk.full") from error


def note_login(context: AppContext, *keys: OfficerKey) -> None:
    """Both are in: their wrong PINs are forgotten."""
    now = context.clock.now().wall
    before = _known(context, now)
    prints = [fingerprint(k.certificate) for k in keys]
    if before.total or before.edited or any(p in before.tries for p in prints):
        _keep(context, before.after_login(*prints))


def _check_medium(card: CardAndPin, who: str, *, training: bool) -> None:
    if training or isinstance(card.place, TokenPlace) or card.place.suffix not in key_places.SHORT_PIN:
        return
    if medium_of(card.place) is Medium.FIXED:
        raise refuse(f"{who}的证书文件放在电脑硬盘上，电脑被盗后口令很快会被试出。",
                     "请把证书放在本人U盘上使用，硬盘上的删除；或者联系系统管理员改发USB密码钥匙。",
                     code="login.on_disk")


def unlock_card(context: AppContext, card: CardAndPin, *, slot: int, training: bool = False,
                wipe_after: int = 0) -> OfficerKey:
    """Open one key. ``UserError`` says what is wrong; a wrong PIN is counted and may bring a wait.

    ``training``: whether this is a training laptop, whose key files may lie on its disk;
    ``wipe_after``: after how many wrong PINs since the last login the laptop's keys are destroyed.
    """
    who, now = _SLOTS[slot], context.clock.now().wall
    if not card.pin:
        raise refuse(f"{who}还没有输入口令。", "请由本人输入证书口令。", code="login.no_pin")
    _check_medium(card, who, training=training)
    key = _named(card.place)
    _check_wait(context, key, who, now)
    try:
        return key_places.unlock(card.place, card.pin)
    except WrongPin as error:
        raise _wrong(context, key, who, now, wipe_after) from error
    except KeyLocked as error:
        raise refuse(f"{who}的密码钥匙输错口令过多，已自行锁定。", "请联系系统管理员解锁或者换发。",
                     code="login.token_locked") from error
    except KeyGone as error:
        raise refuse(f"{who}的密码钥匙或U盘已拔出。", "请插好后再试。", code="login.gone") from error
    except NotAKeyFile as error:
        raise refuse(f"{who}的证书文件读不出来。", "请重新插入U盘，选择本人的证书文件（.p12或者.sm2）。",
                     code="login.not_a_key") from error


def _wipe_words(context: AppContext, left: int) -> str:
    """What the next wrong PINs would cost, told while it can still be helped."""
    if left > _TELL_WIPE:
        return ""
    known = unsent(context)
    lost = f"，总部还没有签收的{known.cases}件案件将无法恢复" if known and known.cases else ""
    return f"；再输错{left}次，本机的密钥将被清除{lost}"


def _wrong(context: AppContext, key: str, who: str, now: datetime, wipe_after: int) -> UserError:
    lockout = _known(context, now).after_wrong(key, now)
    _keep(context, lockout)
    if wipe_after and lockout.total >= wipe_after:
        destroy_header(context.data.device_header)
        return refuse("口令连续输错过多，本机的密钥已经清除，本机资料不能再打开。",
                      "请联系系统管理员；已由总部签收的案件在总部。", code="login.wiped")
    wait = lockout.wait(key, now)
    more = f"已连续输错，{_minutes(wait)}后才能再试" if wait else f"再输错{lockout.left(key)}次须等待"
    if wipe_after:
        more += _wipe_words(context, wipe_after - lockout.total)
    return refuse(f"{who}的证书口令不对，{more}。",
                  "请由本人重新输入；忘记口令的，联系系统管理员换发证书。", code="login.wrong_pin")

"""Who may read in the browser: names and passwords, wrong tries that wait, sessions, and the list of
what each of them looked at."""

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Connection, delete, insert, select, update

from field_app.crypto.passwords import MAX_PASSWORD, MIN_PASSWORD, hash_password, is_password
from field_app.errors import UserError
from field_app.headquarters.store import HqStore
from field_app.headquarters.tables import case_file, console_event, console_session, console_user

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
FREE_TRIES = 5
DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_NAME = re.compile(r"[A-Za-z0-9._-]{2,40}")
_SEEN_EVERY = timedelta(minutes=1)


@cache
def _nobody() -> str:
    """Compared with when a name is unknown, so that the time of an answer tells nothing of names."""
    return hash_password(secrets.token_hex(16))


@dataclass(frozen=True)
class Reader:
    """Somebody signed in. ``form``: what every form of the session must carry."""

    name: str
    title: str
    form: str


@dataclass(frozen=True)
class Account:
    """A name as it is listed; ``waits_until`` after wrong passwords."""

    name: str
    title: str
    created: datetime
    removed: datetime | None
    waits_until: datetime | None


@dataclass(frozen=True)
class Looked:
    """One line of what was looked at; ``title``: the name of whoever it was, ``case``: the number of the
    case, both empty when unknown."""

    at: datetime
    user: str
    what: str
    package: str
    object: str
    detail: str
    title: str = ""
    case: str = ""
    number: int = 0


class SignInRefused(UserError):
    """Wrong name or password, or too many of them."""


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _hashed(password: str) -> str:
    try:
        return hash_password(password)
    except ValueError as error:
        raise UserError(f"密码长度不对，应为{MIN_PASSWORD}到{MAX_PASSWORD}个字符。",
                        "请换一个更长的密码，例如几个互不相干的词。", code="console.password") from error


def add_account(store: HqStore, name: str, title: str, password: str, *, at: datetime) -> None:
    """Let ``name`` (``title`` as people call them) sign in; ``UserError`` when it cannot be."""
    if not _NAME.fullmatch(name):
        raise UserError(f"用户名“{name[:40]}”不能用。", "请用2到40个字母、数字、点、横线或下划线。",
                        code="console.name")
    if not title.strip() or len(title) > 40:
        raise UserError("没有写明姓名，或者写得过长。", "请写真实姓名，不超过40字。", code="console.title")
    kept = _hashed(password)
    with store.write() as connection:
        if connection.execute(select(console_user.c.name).where(console_user.c.name == name)).first():
            raise UserError(f"用户名“{name}”已经有了。", "请换一个用户名；停用过的用户名不再使用。",
                            code="console.taken")
        connection.execute(insert(console_user).values(
            name=name, title=title.strip(), password=kept, created=_text(at)))


def change_password(store: HqStore, name: str, password: str) -> None:
    """A new password for ``name``, who is signed out everywhere; wrong tries are forgotten."""
    kept = _hashed(password)
    with store.write() as connection:
        changed = connection.execute(
            update(console_user).where(console_user.c.name == name, console_user.c.removed.is_(None))
            .values(password=kept, wrong=0, until=None)).rowcount
        connection.execute(delete(console_session).where(console_session.c.user == name))
    if not changed:
        raise _unknown(name)


def remove_account(store: HqStore, name: str, *, at: datetime) -> None:
    """``name`` may no longer sign in, and is signed out everywhere; the name stays on record."""
    with store.write() as connection:
        changed = connection.execute(
            update(console_user).where(console_user.c.name == name, console_user.c.removed.is_(None))
            .values(removed=_text(at))).rowcount
        connection.execute(delete(console_session).where(console_session.c.user == name))
    if not changed:
        raise _unknown(name)


def _unknown(name: str) -> UserError:
    return UserError(f"没有用户“{name[:40]}”，或者已经停用。", "请用 headquarters user list 查看用户名。",
                     code="console.unknown")


def accounts(store: HqStore) -> list[Account]:
    """All names, removed ones too."""
    with store.read() as connection:
        rows = connection.execute(select(console_user).order_by(console_user.c.name)).all()
    return [Account(r.name, r.title, datetime.fromisoformat(r.created), _time(r.removed),
                    _time(r.until)) for r in rows]


def _wait_words(wait: timedelta) -> str:
    minutes = -(-round(wait.total_seconds()) // 60)
    return f"请{minutes}分钟后再试；忘记密码的，请管理员重设。"


class _Strangers:
    """Wrong tries of names that nobody has. They wait as others do, or a wait would tell which names there
    are. An unknown name may be a password typed into the wrong field: not even its hash leaves the memory.
    """

    _MOST = 10_000

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[int, datetime | None]] = OrderedDict()

    def tried(self, name: str, at: datetime) -> None:
        """Count a try; :class:`SignInRefused` while it has to wait."""
        key = hashlib.blake2b(name.encode(), key=self._salt).digest()
        with self._lock:
            wrong, until = self._known.pop(key, (0, None))
            if until is None or at >= until:
                wrong, until = wrong + 1, _waits_until(wrong + 1, at)
                waits = None
            else:
                waits = until
            self._known[key] = wrong, until
            while len(self._known) > self._MOST:
                self._known.popitem(last=False)
        if waits is not None:
            raise _must_wait(waits - at)


_strangers = _Strangers()


def _must_wait(wait: timedelta) -> SignInRefused:
    return SignInRefused("密码连续输错，暂时不能登录。", _wait_words(wait), code="console.wait")


def _waits_until(wrong: int, at: datetime) -> datetime | None:
    round_, rest = divmod(wrong, FREE_TRIES)
    return None if rest else at + DELAYS[min(round_, len(DELAYS)) - 1]


def _begin_try(store: HqStore, name: str, at: datetime) -> str | None:
    """What is kept of the password of ``name``, None when there is no such name.

    The try counts as wrong before it is looked at: of many sent at once each counts, and those past the
    last free one wait. Raises :class:`SignInRefused` while one has to wait.
    """
    with store.write() as connection:
        row = connection.execute(select(console_user).where(
            console_user.c.name == name, console_user.c.removed.is_(None)).with_for_update()).first()
        if row is None:
            return None
        until = _time(row.until)
        if until is not None and at < until:
            raise _must_wait(until - at)
        until = _waits_until(row.wrong + 1, at)
        connection.execute(update(console_user).where(console_user.c.name == name).values(
            wrong=row.wrong + 1, until=_text(until) if until is not None else None))
        return str(row.password)


def sign_in(store: HqStore, name: str, password: str, *, at: datetime) -> str:
    """A new session's cookie. Raises :class:`SignInRefused`, in words that tell nothing of names."""
    kept = _begin_try(store, name, at) if _NAME.fullmatch(name) else None
    if kept is None:
        _strangers.tried(name, at)
    if not is_password(password, kept or _nobody()) or kept is None:
        with store.write() as connection:
            note(connection, name if kept is not None else "", "sign_in_refused", at=at)
        raise SignInRefused("用户名或密码不对。", "请核对后重新输入；连续输错5次要等待。",
                            code="console.wrong")
    token = secrets.token_urlsafe(32)
    with store.write() as connection:
        connection.execute(update(console_user).where(console_user.c.name == name)
                           .values(wrong=0, until=None))
        connection.execute(delete(console_session).where(
            console_session.c.seen < _text(at - LONGEST)))
        connection.execute(insert(console_session).values(
            token=_key(token), user=name, form=secrets.token_urlsafe(32), began=_text(at),
            seen=_text(at)))
        note(connection, name, "sign_in", at=at)
    return token


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(store: HqStore, token: str, *, at: datetime) -> Reader | None:
    """Who this cookie is; None when it is unknown, idle for too long or too old."""
    with store.read() as connection:
        row = connection.execute(
            select(console_session, console_user.c.title).join(
                console_user, console_user.c.name == console_session.c.user)
            .where(console_session.c.token == _key(token), console_user.c.removed.is_(None))).first()
    if row is None:
        return None
    began, seen = datetime.fromisoformat(row.began), datetime.fromisoformat(row.seen)
    if at - seen > IDLE or at - began > LONGEST:
        sign_out(store, token, at=at)
        return None
    if at - seen > _SEEN_EVERY:
        with store.write() as connection:
            connection.execute(update(console_session).where(
                console_session.c.token == _key(token)).values(seen=_text(at)))
    return Reader(row.user, row.title, row.form)


def sign_out(store: HqStore, token: str, *, at: datetime) -> None:
    """End a session; nothing happens when there is none."""
    with store.write() as connection:
        user = connection.execute(select(console_session.c.user).where(
            console_session.c.token == _key(token))).scalar()
        connection.execute(delete(console_session).where(console_session.c.token == _key(token)))
        if user is not None:
            note(connection, user, "sign_out", at=at)


def note(connection: Connection, user: str, what: str, *, at: datetime, package: str = "",
         object_id: str = "", detail: str = "") -> None:
    """Add one line to what was looked at."""
    connection.execute(insert(console_event).values(
        at=_text(at), user=user, what=what, package=package, object=object_id,
        detail=detail[:500]))


def looked(connection: Connection, *, package: str = "", before: int | None = None,
           limit: int = 200) -> list[Looked]:
    """The newest lines, of one package or of all; older ones than number ``before``."""
    asked = (select(console_event, console_user.c.title, case_file.c.hq_no, case_file.c.local_no)
             .outerjoin(console_user, console_user.c.name == console_event.c.user)
             .outerjoin(case_file, case_file.c.package == console_event.c.package)
             .order_by(console_event.c.number.desc()).limit(limit))
    if package:
        asked = asked.where(console_event.c.package == package)
    if before is not None:
        asked = asked.where(console_event.c.number < before)
    return [Looked(datetime.fromisoformat(r.at), r.user, r.what, r.package, r.object, r.detail,
                   r.title or "", r.hq_no or r.local_no or "", r.number) for r in connection.execute(asked)]

"""Takes what headquarters sends down: each thing judged, applied once, and on record either way.

An order is believed by headquarters' signature alone, whoever hands it over; it changes something
only when it is newer than what is here. What is refused is told in words and not asked for again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from field_app.actions.applied import Applied
from field_app.actions.apply_orders import APPLY
from field_app.actions.context import Session
from field_app.actions.inbox_key import inbox_key
from field_app.actions.take_files import take_bundle, take_released_catalogue
from field_app.credentials.trust import load_trust
from field_app.crypto.hashing import sha256_hex
from field_app.errors import UserError
from field_app.protocol.messages import InboxKind, SignedDocument
from field_app.protocol.orders import Order
from field_app.protocol.strict import Malformed
from field_app.storage import orders
from field_app.storage.orders import OrderOutcome, TakenOrder
from field_app.sync.client import HeadquartersClient
from field_app.sync.orders import OrderRefused, body_of, check_order

# A page brings at most twenty things; more pages than this are left for the next time.
_MOST_PAGES = 200
_LABELS = {InboxKind.BUNDLE: "信任包", InboxKind.CATALOGUE: "执法事项清单", InboxKind.ORDER: "总部下发的内容"}
_REFUSED = {
    "malformed": ("内容读不出来，没有采用", "请确认本机程序为最新版本；仍不行的，请告知总部"),
    "signature": ("总部签名不成立，可能被改动，没有采用", "请导入最新的信任包后再试；仍不行的，请告知系统管理员"),
    "other_device": ("是发给另一台电脑的，没有采用", "请核对U盘"),
    "sealed": ("不是用本机的密钥加密的，打不开", "请先封存报送一次案件，再请总部重新下发")}


@dataclass(frozen=True)
class Taken:
    """What came down in one go, without what was known already."""

    orders: tuple[TakenOrder, ...] = ()

    @property
    def applied(self) -> int:
        return sum(o.outcome is OrderOutcome.APPLIED for o in self.orders)

    @property
    def refused(self) -> tuple[TakenOrder, ...]:
        return tuple(o for o in self.orders if o.outcome is OrderOutcome.REFUSED)


def _refused(error: Exception) -> str:
    if isinstance(error, UserError):
        return f"{error.what}{error.remedy}"
    code = error.code if isinstance(error, OrderRefused) else "malformed"
    what, remedy = _REFUSED[code]
    return f"{what}。{remedy}。"


def _code(error: Exception) -> str:
    if isinstance(error, UserError | OrderRefused):
        return error.code
    return "malformed"


def _judge(session: Session, kind: InboxKind, signed: SignedDocument,
           sha256: str) -> tuple[str, Callable[[], Applied]]:
    """The name of the thing, and what applies it; raises what stands against it."""
    if kind is InboxKind.BUNDLE:
        return kind.value, lambda: take_bundle(session, signed)
    if kind is InboxKind.CATALOGUE:
        return kind.value, lambda: take_released_catalogue(session, signed)
    # By the newest bundle, which may have come down a moment ago and withdraw a signer.
    trust = load_trust(session.context.data.trust, pinned_root_sha256=session.header.root_sha256)
    order = check_order(signed, trust, device=session.header.device)
    return order.kind.value, lambda: _apply(session, order, sha256)


def _apply(session: Session, order: Order, sha256: str) -> Applied:
    with session.begin() as tx:
        body = body_of(order, inbox_key(session, tx))
    return APPLY[order.kind](session, order, body, sha256)


def take_one(session: Session, kind: InboxKind, signed: SignedDocument) -> TakenOrder | None:
    """Judge and apply one thing; None when these very bytes were taken before.

    Cut off in between it is done again: applying twice changes nothing. Raises ``UserError`` with
    code ``disk.full`` or ``OSError`` when this laptop cannot write; the thing then waits.
    """
    sha256 = sha256_hex(signed.document)
    with session.begin() as tx:
        if orders.known(tx, sha256):
            return None
    name, title = kind.value, _LABELS[kind]
    made = TakenOrder(sha256, name, session.at, OrderOutcome.REFUSED, title)
    try:
        name, work = _judge(session, kind, signed, sha256)
        done = work()
        made = replace(made, kind=name, title=done.title, problem=done.problem, case=done.case,
                       lines=done.lines,
                       outcome=OrderOutcome.OLDER if done.older else OrderOutcome.APPLIED)
        event = "order_applied" if not done.older else "order_older"
        body = {"kind": name, "sha256": sha256, **done.facts}
    except (OrderRefused, Malformed, UserError) as error:
        if isinstance(error, UserError) and error.code in ("disk.full", "disk.write"):
            raise
        made = replace(made, kind=name, problem=_refused(error))
        event, body = "order_refused", {"kind": name, "sha256": sha256, "code": _code(error)}
    with session.begin() as tx:
        orders.keep(tx, made)
        session.note(tx, event, case=made.case, body=body)
    return made


def take_inbox(session: Session, client: HeadquartersClient, *,
               cancelled: Callable[[], bool] = lambda: False) -> Taken:
    """Read headquarters' inbox from where it was left; raises a ``SyncFailed``.

    The cursor moves only past what was judged. A cursor beyond headquarters' own (it was restored
    from a backup) is begun anew: what is known already is passed over by its hash.
    """
    found: list[TakenOrder] = []
    anew = False
    with session.begin() as tx:
        after = orders.cursor(tx)
    for _page in range(_MOST_PAGES):
        page = client.inbox(after=after)
        fresh = sorted((i for i in page.items if i.cursor > after), key=lambda i: i.cursor)
        for item in fresh:
            if cancelled():
                return Taken(tuple(found))
            made = take_one(session, item.kind, item.signed)
            found += [made] if made is not None else []
        if fresh:
            after = fresh[-1].cursor
        elif page.next < after and not anew:
            after, anew = 0, True
        else:
            break
        with session.begin() as tx:
            orders.set_cursor(tx, after)
    return Taken(tuple(found))


def take_from_folder(session: Session, items: list[tuple[InboxKind, SignedDocument]]) -> Taken:
    """Take what a stick brought, in its order."""
    found = [take_one(session, kind, signed) for kind, signed in items]
    return Taken(tuple(each for each in found if each is not None))


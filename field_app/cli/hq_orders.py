"""``headquarters send`` and ``orders``: what goes down to the laptops, by network or stick."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.cli.hq_proofs import examiner_of
from field_app.cli.hq_stores import telling_stores
from field_app.cli.telling import report, say
from field_app.errors import UserError

if TYPE_CHECKING:
    from field_app.headquarters.examine import Examiner
    from field_app.protocol.messages import InboxItem

_REFUSED = {
    "no_key": ("还没有收到这台电脑的接收密钥，不能给它下发加密的内容。", "请先让它封存报送一次案件。"),
    "overlap": ("这段文号与已经分配的号段重叠，没有下发。", "不写 --first 就从最后一个号之后接着分配。"),
    "numbers": ("号段的起号或数量不对，没有下发。", "一次最多十万个号，起号不小于1。"),
    "release": ("不是总部发布的文件，或者签名不成立，没有下发。",
                "请选择 catalogue release 或 templates release 写出的文件。"),
    "large": ("文件过大，没有下发。", "请精简后重新发布。"),
    "case": ("总部没有收下过这个案件包，没有下发。", "请核对案件包编号。"),
    "reason": ("还没有写明退回理由。", "请用 --reason 写明。"),
    "twice": ("这个案件的这一版已经退回过。", "等该电脑报送新的一版后再办。"),
    "same": ("案件本来就在这台电脑上，不用指派。", "请核对电脑编号。")}


@contextmanager
def _sending(folder: Path) -> "Iterator[Examiner]":
    with examiner_of(folder) as examiner:
        from field_app.headquarters.orders import NotSent
        from field_app.packages.open import PackageUnreadable
        from field_app.protocol.strict import Malformed

        try:
            with examiner.store.settling():
                yield examiner
        except NotSent as error:
            what, remedy = _REFUSED[error.code]
            raise UserError(what, remedy, code=f"send.{error.code}") from error
        except (PackageUnreadable, Malformed) as error:
            raise UserError("案件包读不出来，没有下发。", "请用 headquarters verify 核验。",
                            code="send.package") from error


def _bundle(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.worker import hand_down_bundle

        hand_down_bundle(examiner.folder, examiner.store)
        say(f"第{examiner.trust.number}号信任包已下发给所有电脑，同步时生效。")
    return 0


def _catalogue(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.orders import send_catalogue

        number = send_catalogue(examiner, args.release)
    say(f"第{number}号执法事项清单已下发给所有电脑，同步时生效。")
    return 0


def _template(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.orders import send_template

        made = send_template(examiner, args.release, device=args.device)
    say(f"文书{made.form}的模板第{made.version}版已下发给{args.device or '所有电脑'}，同步时生效。")
    return 0


def _numbers(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.orders import send_numbers

        block = send_numbers(examiner, device=args.device, series=args.series, year=args.year,
                             count=args.count, first=args.first)
    if args.json:
        report(block.to_json())
    else:
        say(f"已给{args.device}下发号段：{block.series}〔{block.year}〕{block.first}—{block.last}号。")
    return 0


def _return(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.wishes import grant_wishes, wish_return, wishes

        with examiner.store.write() as connection:
            number = wish_return(connection, args.package, reason=args.reason, by=args.by)
        grant_wishes(examiner)
        with examiner.store.read() as connection:
            (made,) = (w for w in wishes(connection, args.package) if w.id == number)
    _tell_wish(made.problem, f"案件包{args.package}第{made.revision}版已退回{made.device}，同步时送达。")
    return 0


def _assign(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.sharing import assign_case

        assign_case(examiner, args.package, args.device)
    say(f"案件包{args.package}已指派给{args.device}，同步时送达。")
    return 0


def _tell_wish(problem: str, done: str) -> None:
    if problem:
        what, remedy = _REFUSED.get(problem, _REFUSED["case"])
        say(f"已登记，暂未送出：{what}{remedy}条件具备后会自动送出。")
    else:
        say(done)


def _notice(args: argparse.Namespace) -> int:
    with _sending(args.folder) as examiner:
        from field_app.headquarters.orders import send_order
        from field_app.protocol.orders import Notice, OrderKind
        from field_app.protocol.receipt import ReceiptReason

        text = " ".join(args.text.split())
        with examiner.store.write() as connection:
            send_order(examiner, connection, OrderKind.NOTICE, Notice(
                text[:200], (ReceiptReason("notice", text[:2000], "请按总部通知办理。"),)),
                device=args.device, sealed=False)
    say(f"通知已下发给{args.device or '所有电脑'}，同步时送达。")
    return 0


def _plan(args: argparse.Namespace) -> int:
    from field_app.actions.read_plan import read_plan

    told = read_plan(args.file, title=args.title)
    with _sending(args.folder) as examiner:
        from field_app.headquarters.orders import send_order
        from field_app.protocol.orders import OrderKind

        with examiner.store.write() as connection:
            send_order(examiner, connection, OrderKind.PLAN, told, device=args.device)
    say(f"检查计划“{told.title}”{len(told.lines)}项已下发给{args.device}，同步时生效；以前下发的由它代替。")
    return 0


def _orders(args: argparse.Namespace) -> int:
    """Copy what waits for a laptop onto a stick."""
    with examiner_of(args.folder) as examiner:
        from field_app.headquarters.intake import read_inbox
        from field_app.packages.orders_folder import write_orders

        found: list[InboxItem] = []
        after = 0
        with examiner.store.read() as connection:
            while page := read_inbox(connection, args.device, after=after).items:
                found += page
                after = page[-1].cursor
        try:
            folder = write_orders(args.out, found)
        except OSError as error:
            raise UserError("写不进所选位置。", "请检查存储介质是否写保护、是否已满。") from error
    if args.json:
        report({"folder": str(folder), "items": [{"cursor": i.cursor, "kind": i.kind.value} for i in found]})
    else:
        say(f"给{args.device}的{len(found)}项内容已写到{folder}。请在该电脑“同步”页点“收下回执”。")
    return 0


def _verb(acts: Any, name: str, words: str, run: Callable[[argparse.Namespace], int]) -> Any:
    verb = acts.add_parser(name, help=words)
    verb.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    verb.set_defaults(run=telling_stores(run))
    return verb


def add_verbs(inner: Any) -> None:
    """Add the verbs to ``headquarters``."""
    words = "向电脑下发：信任包、清单、模板、号段、退回、指派、通知、检查计划"
    acts = inner.add_parser("send", help=words).add_subparsers(dest="act", required=True)
    _verb(acts, "bundle", "下发最新的信任包", _bundle)
    catalogue = _verb(acts, "catalogue", "下发已发布的执法事项清单", _catalogue)
    catalogue.add_argument("release", type=Path, help="catalogue release 写出的 编号.json")
    template = _verb(acts, "template", "下发已发布的文书模板", _template)
    template.add_argument("release", type=Path, help="templates release 写出的 版本.toml")
    template.add_argument("--device", default="", help="电脑编号；不写则下发给所有电脑")
    numbers = _verb(acts, "numbers", "给一台电脑下发号段", _numbers)
    for name, what in (("--device", "电脑编号"), ("--series", "文号系列，如 武应急罚")):
        numbers.add_argument(name, required=True, help=what)
    for name, what in (("--year", "年份"), ("--count", "多少个号")):
        numbers.add_argument(name, type=int, required=True, help=what)
    numbers.add_argument("--first", type=int, help="起号；不写则接在最后一个号之后")
    back = _verb(acts, "return", "把已收下的案件退回电脑", _return)
    back.add_argument("package", help="案件包编号")
    back.add_argument("--reason", required=True, help="退回理由")
    back.add_argument("--by", required=True, help="谁决定退回")
    assign = _verb(acts, "assign", "把案件也指派给另一台电脑", _assign)
    assign.add_argument("package", help="案件包编号")
    assign.add_argument("--device", required=True, help="电脑编号")
    notice = _verb(acts, "notice", "下发通知", _notice)
    notice.add_argument("text", help="通知内容")
    notice.add_argument("--device", default="", help="电脑编号；不写则下发给所有电脑")
    plan = _verb(acts, "plan", "给一台电脑下发检查计划，代替以前下发的", _plan)
    plan.add_argument("file", type=Path, help=(
        "检查计划表格，.xlsx 或 .csv；第一行列名：计划编号、检查对象、对象类型、统一社会信用代码、检查地点、"
        "检查事项（多项用、隔开）、检查类型、开始日期、截止日期"))
    plan.add_argument("--device", required=True, help="电脑编号")
    plan.add_argument("--title", default="", help="计划名称；不写则用文件名")
    orders = _verb(inner, "orders", "把下发给一台电脑的内容写到存储介质", _orders)
    orders.add_argument("--device", required=True, help="电脑编号")
    orders.add_argument("--out", type=Path, required=True, help="存储介质")


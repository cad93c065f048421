"""``admin``: the district's credentials, from the CA to an enrolled laptop."""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from field_app.actions import administer, lost_keys
from field_app.actions.unsent import unsent
from field_app.cli import more_keys
from field_app.cli.issuing import add_ca, add_officer, context_of, officer_of, open_authority
from field_app.cli.telling import report, say, secret
from field_app.errors import UserError

Parsers = Any


def _ca(args: argparse.Namespace) -> int:
    made = administer.make_ca(context_of(args), args.out, args.district,
                              secret(args.passphrase_file, "新口令（至少12个字符）："))
    say(f"证书机构已建立：{args.out}")
    say(f"根证书：{made.root.subject.rfc4514_string()}")
    return 0


def _headquarters(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    made = administer.make_headquarters(context_of(args), authority, args.out, args.unit,
                                        hosts=args.host)
    authority.save_register(args.ca)
    say(f"总部密钥已建立：{args.out}")
    say(f"收件公钥：{made.recipient}")
    return 0


def _officer(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    path = administer.issue_officer(context_of(args), authority, args.out, officer_of(args),
                                    secret(args.pin_file, f"{args.name}的证书口令："))
    authority.save_register(args.ca)
    say(f"证书已签发：{path}")
    return 0


def _custodian(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    path = administer.issue_custodian(context_of(args), authority, args.out, args.name, args.number,
                                      secret(args.pin_file, f"保管人{args.name}的口令（至少12个字符）："))
    authority.save_register(args.ca)
    say(f"保管人证书已签发：{path}")
    say("请制作新的信任包；各电脑下次登录后，任意两名保管人可以共同恢复。")
    return 0


def _recover(args: argparse.Namespace) -> int:
    if len(args.custodian) != 2 or len(args.pin_file) not in (0, 2):
        raise UserError("需要两名保管人。", "请写两次 --custodian（和两次 --pin-file）。")
    files: list[Path | None] = [*args.pin_file] or [None, None]
    first, second = (lost_keys.Custodian(path, secret(file, f"{path.stem}的口令："))
                     for path, file in zip(args.custodian, files, strict=True))
    count = lost_keys.recover(context_of(args), args.bundle, first, second)
    say(f"本机已恢复，现有{count}对执法人员可以登录；恢复已记入日志。")
    return 0


def _wipe(args: argparse.Namespace) -> int:
    context = context_of(args)
    known = unsent(context)
    if known is None:
        say("不知道本机还有没有总部没有签收的案件。")
    else:
        say(f"截至{known.since[:16]}，总部还没有签收的案件有{known.cases}件；清除后不能恢复。")
    lost_keys.wipe(context, sure=args.sure)
    say("本机的密钥已经清除。")
    return 0


def _withdraw(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    count = administer.withdraw_officer(context_of(args), authority, args.number)
    authority.save_register(args.ca)
    say(f"已吊销{count}份证书；请制作新的信任包并分发。")
    return 0


def _list(args: argparse.Namespace) -> int:
    rows = [{k: v for k, v in row.items() if k != "pem"} for row in open_authority(args).issued]
    if args.json:
        report(rows)
        return 0
    for row in rows:
        state = f"已吊销（{row['withdrawn'][:10]}）" if row["withdrawn"] else "有效"
        say(f"{row['purpose']:<13}{row['name']}　{row['number']}　至{row['valid_to'][:10]}　{state}")
    return 0


def _bundle(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    try:
        agency = tomllib.loads(args.agency.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"机关信息文件{args.agency}读不出来。", "请核对路径，文件应为 TOML 格式。") from error
    recipient = administer.headquarters_recipient(args.headquarters, args.unit)
    made = administer.make_bundle(context_of(args), authority, args.headquarters, args.out,
                                  recipients=[recipient], agency=agency)
    authority.save_register(args.ca)
    say(f"第{made.number}号信任包已制作：{args.out}（{len(made.officers)}名人员）")
    return 0


def _device(args: argparse.Namespace) -> int:
    authority = open_authority(args)
    device = administer.enrol_device(context_of(args), authority, args.bundle, args.number)
    authority.save_register(args.ca)
    say(f"本机已登记为{device}：{args.data}")
    return 0


def _take(args: argparse.Namespace) -> int:
    trust = administer.import_bundle(context_of(args), args.bundle)
    say(f"已导入第{trust.number}号信任包。")
    return 0


def _calendar(args: argparse.Namespace) -> int:
    years = administer.import_calendar(context_of(args), args.file)
    say(f"已导入{'、'.join(map(str, years))}年的放假安排。")
    return 0


def add_verbs(verbs: Parsers) -> None:
    """Add ``admin`` with its own verbs."""
    inner = verbs.add_parser("admin", help="证书、信任包和执法电脑").add_subparsers(
        dest="what", required=True)
    ca = inner.add_parser("ca", help="建立区级证书机构")
    ca.add_argument("--out", type=Path, required=True)
    ca.add_argument("--district", required=True, help="区县名称")
    ca.add_argument("--passphrase-file", type=Path)
    ca.set_defaults(run=_ca)
    hq = inner.add_parser("headquarters", help="建立总部密钥")
    add_ca(hq)
    hq.add_argument("--out", type=Path, required=True)
    hq.add_argument("--unit", required=True)
    hq.add_argument("--host", action="append", required=True, help="主机名或地址，可多次")
    hq.set_defaults(run=_headquarters)
    officer = inner.add_parser("officer", help="签发执法人员或辅助人员证书")
    add_ca(officer)
    officer.add_argument("--out", type=Path, required=True)
    add_officer(officer)
    officer.set_defaults(run=_officer)
    withdraw = inner.add_parser("withdraw", help="吊销某证号的证书")
    add_ca(withdraw)
    withdraw.add_argument("--number", required=True)
    withdraw.set_defaults(run=_withdraw)
    listing = inner.add_parser("list", help="列出已签发的证书")
    add_ca(listing)
    listing.set_defaults(run=_list)
    bundle = inner.add_parser("bundle", help="制作信任包")
    add_ca(bundle)
    bundle.add_argument("--headquarters", type=Path, required=True)
    bundle.add_argument("--unit", required=True)
    bundle.add_argument("--agency", type=Path, required=True, help="机关信息（TOML）")
    bundle.add_argument("--out", type=Path, required=True)
    bundle.set_defaults(run=_bundle)
    device = inner.add_parser("device", help="把 --data 登记为执法电脑")
    add_ca(device)
    device.add_argument("--bundle", type=Path, required=True)
    device.add_argument("--number", required=True, help="电脑编号，例如 D001")
    device.set_defaults(run=_device)
    calendar = inner.add_parser("calendar", help="向 --data 导入国务院办公厅公布的放假安排")
    calendar.add_argument("file", type=Path, help="写法同 resources/calendars")
    calendar.set_defaults(run=_calendar)
    take = inner.add_parser("take-bundle", help="向 --data 导入信任包")
    take.add_argument("--bundle", type=Path, required=True)
    take.set_defaults(run=_take)
    _lost_key_verbs(inner)
    more_keys.add_verbs(inner)


def _lost_key_verbs(inner: Parsers) -> None:
    custodian = inner.add_parser("custodian", help="签发密钥保管人证书（三人中任意两人可恢复电脑）")
    add_ca(custodian)
    custodian.add_argument("--out", type=Path, required=True)
    custodian.add_argument("--name", required=True)
    custodian.add_argument("--number", required=True)
    custodian.add_argument("--pin-file", type=Path)
    custodian.set_defaults(run=_custodian)
    recover = inner.add_parser("recover", help="由两名保管人恢复 --data 的电脑")
    recover.add_argument("--custodian", type=Path, action="append", default=[], required=True)
    recover.add_argument("--pin-file", type=Path, action="append", default=[])
    recover.add_argument("--bundle", type=Path, help="先导入的新信任包")
    recover.set_defaults(run=_recover)
    wipe = inner.add_parser("wipe", help="清除 --data 的电脑的密钥，资料永远打不开")
    wipe.add_argument("--sure", required=True, metavar="电脑编号", help="输入本机编号以确认")
    wipe.set_defaults(run=_wipe)

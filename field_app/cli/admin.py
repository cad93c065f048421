"""``admin``: the district's credentials, from the CA to an enrolled laptop."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from field_app.actions import ceremony, district, lost_keys, take_bundle
from field_app.actions.district_register import grouped
from field_app.actions.unsent import unsent
from field_app.cli import more_keys
from field_app.cli.issuing import add_ca, add_officer, add_term, context_of, officer_of, open_authority
from field_app.cli.telling import report, say, secret
from field_app.crypto.suites import GM, INTL, SUITES
from field_app.domain.clock import CHINA
from field_app.domain.withdrawal import Withdrawal
from field_app.errors import UserError

Parsers = Any


def _ca(args: argparse.Namespace) -> int:
    made = district.found_district(
        context_of(args), args.out, args.district,
        secret(args.passphrase_file, "新口令（至少12个字符）："), suite=args.suite)
    say(f"证书机构已建立：{args.out}")
    say(f"根证书：{made.name}，SHA-256 {grouped(made.root_sha256)}")
    return 0


def _headquarters(args: argparse.Namespace) -> int:
    opened = open_authority(args)
    if not args.host and opened.suite == INTL:
        raise UserError("没有写总部服务的地址。", "请用 --host 写明主机名或地址，可多次。")
    recipient = district.make_headquarters(opened, args.out, args.unit, args.host)
    say(f"总部密钥已建立：{args.out}")
    say(f"收件公钥：{recipient}")
    if opened.suite == GM:
        say("国密区没有联网接收：案件包由U盘送来，用 headquarters import 收下。")
    return 0


def _time_key(args: argparse.Namespace) -> int:
    district.make_time_key(open_authority(args), args.out, args.unit)
    say("授时密钥已建立；重新启动总部服务后生效。")
    return 0


def _officer(args: argparse.Namespace) -> int:
    path = district.issue_officer(open_authority(args), args.out, officer_of(args),
                                  secret(args.pin_file, f"{args.name}的证书口令："))
    say(f"证书已签发：{path}")
    return 0


def _renew(args: argparse.Namespace) -> int:
    opened = open_authority(args)
    officer = district.renewal(opened, args.number, days=args.days, photo=args.photo)
    path = district.issue_officer(opened, args.out, officer,
                                  secret(args.pin_file, f"{officer.name}的新证书口令："))
    say(f"已换发：{path}；请制作新的信任包，两人先用旧证书登录一次，此后用新证书。")
    return 0


def _custodian(args: argparse.Namespace) -> int:
    path = district.issue_custodian(open_authority(args), args.out, args.name, args.number,
                                    secret(args.pin_file, f"保管人{args.name}的口令（至少12个字符）："))
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


def _try_custodian(args: argparse.Namespace) -> int:
    one = lost_keys.Custodian(args.custodian, secret(args.pin_file, f"{args.custodian.stem}的口令："))
    count = lost_keys.try_share(context_of(args), one)
    say(f"这份钥匙能用，可以与另外{count}名保管人中的任一人恢复本机；没有打开任何资料。")
    return 0


def _ceremony(args: argparse.Namespace) -> int:
    pages = ceremony.write_ceremony(context_of(args), args.ca, args.out)
    say(f"仪式记录已写出：{args.out}（{pages}页）")
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
    count = district.withdraw_number(open_authority(args), args.number, reason=Withdrawal(args.reason),
                                     note=args.note, day=args.date)
    say(f"已吊销{count}份证书；请制作新的信任包并分发。")
    return 0


def _list(args: argparse.Namespace) -> int:
    opened = open_authority(args)
    if args.json:
        report(district.register_rows(opened))
        return 0
    now = opened.context.clock.now().wall
    for one in opened.issued():
        role = one.role.label if one.role else one.holder.value
        say("　".join(filter(None, (
            f"{role:<6}", one.name, one.number, one.unit,
            f"至{one.valid_to.astimezone(CHINA):%Y-%m-%d}", one.told(now)))))
    return 0


def _bundle(args: argparse.Namespace) -> int:
    made = district.make_bundle(open_authority(args), args.headquarters, args.unit, args.out,
                                agency=args.agency)
    say(f"第{made.number}号信任包已制作：{args.out}（{len(made.officers)}名人员）")
    return 0


def _device(args: argparse.Namespace) -> int:
    device = district.enrol(open_authority(args), args.bundle, args.number, args.data)
    say(f"本机已登记为{device}：{args.data}")
    return 0


def _take(args: argparse.Namespace) -> int:
    trust = take_bundle.import_bundle(context_of(args), args.bundle)
    say(f"已导入第{trust.number}号信任包。")
    return 0


def _calendar(args: argparse.Namespace) -> int:
    years = take_bundle.import_calendar(context_of(args), args.file)
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
    ca.add_argument("--suite", choices=SUITES, default=INTL,
                    help="全区的算法，以后不能改：intl-1（P-256、age）或 gm-1（国密SM2、SM3、SM4）")
    ca.set_defaults(run=_ca)
    hq = inner.add_parser("headquarters", help="建立总部密钥")
    add_ca(hq)
    hq.add_argument("--out", type=Path, required=True)
    hq.add_argument("--unit", required=True)
    hq.add_argument("--host", action="append", default=[], help="主机名或地址，可多次；国密区不用")
    hq.set_defaults(run=_headquarters)
    time_key = inner.add_parser("time-key", help="给已建立的总部补发授时密钥")
    add_ca(time_key)
    time_key.add_argument("--out", type=Path, required=True, help="总部文件夹")
    time_key.add_argument("--unit", required=True)
    time_key.set_defaults(run=_time_key)
    _people_verbs(inner)
    bundle = inner.add_parser("bundle", help="制作信任包")
    add_ca(bundle)
    bundle.add_argument("--headquarters", type=Path, required=True)
    bundle.add_argument("--unit", required=True)
    bundle.add_argument("--agency", type=Path, help="机关信息（TOML）；不写则沿用上一个信任包的")
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


def _people_verbs(inner: Parsers) -> None:
    officer = inner.add_parser("officer", help="签发执法人员或辅助人员证书")
    add_ca(officer)
    officer.add_argument("--out", type=Path, required=True)
    add_officer(officer)
    officer.set_defaults(run=_officer)
    renew = inner.add_parser("renew", help="为某证号换发新证书，姓名、单位和身份照旧")
    add_ca(renew)
    renew.add_argument("--out", type=Path, required=True)
    renew.add_argument("--number", required=True)
    add_term(renew)
    renew.set_defaults(run=_renew)
    withdraw = inner.add_parser("withdraw", help="吊销某证号的证书")
    add_ca(withdraw)
    withdraw.add_argument("--number", required=True)
    withdraw.add_argument("--reason", choices=[w.value for w in Withdrawal],
                          default=Withdrawal.OTHER.value,
                          help="；".join(f"{w.value}为{w.label}" for w in Withdrawal))
    withdraw.add_argument("--note", default="", help="说明，写入登记簿")
    withdraw.add_argument("--date", type=date.fromisoformat, help="自哪天起吊销（2026-11-26），不写为现在")
    withdraw.set_defaults(run=_withdraw)
    listing = inner.add_parser("list", help="列出已签发的证书")
    add_ca(listing)
    listing.set_defaults(run=_list)


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
    trial = inner.add_parser("try-custodian", help="在 --data 的电脑上试用一名保管人的钥匙，不打开资料")
    trial.add_argument("--custodian", type=Path, required=True)
    trial.add_argument("--pin-file", type=Path)
    trial.set_defaults(run=_try_custodian)
    record = inner.add_parser("ceremony", help="写出证书签发与密钥托管仪式记录（PDF）")
    record.add_argument("--ca", type=Path, help="证书机构文件夹，按其内容填好；不写则为空白记录")
    record.add_argument("--out", type=Path, required=True, metavar="文件.pdf")
    record.set_defaults(run=_ceremony)
    wipe = inner.add_parser("wipe", help="清除 --data 的电脑的密钥，资料永远打不开")
    wipe.add_argument("--sure", required=True, metavar="电脑编号", help="输入本机编号以确认")
    wipe.set_defaults(run=_wipe)

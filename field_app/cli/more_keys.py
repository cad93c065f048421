"""``admin token-officer`` and ``admin keep-key``: keys in tokens, and keys wrapped for one laptop."""

import argparse
from pathlib import Path
from typing import Any

from field_app.actions import more_keys
from field_app.actions.district import issue_on_token
from field_app.actions.unlock_card import CardAndPin
from field_app.cli.issuing import add_ca, add_officer, context_of, officer_of, open_authority
from field_app.cli.telling import say, secret


def _tokens(args: argparse.Namespace) -> int:
    found = more_keys.tokens_at(args.driver)
    for token in found:
        say(f"{token.label or '（无标签）'}　序列号{token.serial}")
    if not found:
        say("驱动可用；现在没有插着密码钥匙。")
    return 0


def _officer(args: argparse.Namespace) -> int:
    place = issue_on_token(
        open_authority(args), args.driver, args.token, officer_of(args, renews=args.renew),
        secret(args.pin_file, f"{args.name}的密码钥匙口令："))
    say(f"证书已签发到密码钥匙：{place.stem}（序列号{place.serial}），私钥不出钥匙")
    return 0


def _keep(args: argparse.Namespace) -> int:
    path = more_keys.keep_on_laptop(
        context_of(args), CardAndPin(args.officer, secret(args.pin_file, f"{args.officer.stem}的口令：")),
        secret(args.passphrase_file, "新口令（至少12个字符）："), args.out)
    say(f"已存入本机：{path}；只能在本机打开")
    return 0


def add_verbs(inner: Any) -> None:
    """Add to ``admin``."""
    tokens = inner.add_parser("tokens", help="列出插着的USB密码钥匙")
    tokens.add_argument("--driver", type=Path, required=True, help="PKCS#11驱动文件")
    tokens.set_defaults(run=_tokens)
    issue = inner.add_parser("token-officer", help="在USB密码钥匙里生成密钥并签发执法人员证书")
    issue.add_argument("--driver", type=Path, required=True, help="PKCS#11驱动文件")
    issue.add_argument("--token", default="", help="密码钥匙的标签或者序列号，插着多个时必写")
    add_ca(issue)
    add_officer(issue)
    issue.add_argument("--renew", action="store_true", help="换发：该证号可以还有有效的旧证书")
    issue.set_defaults(run=_officer)
    keep = inner.add_parser("keep-key", help="把证书文件用长口令重新加密，存入 --data 的电脑，只能在本机用")
    keep.add_argument("--officer", type=Path, required=True, metavar="证书文件")
    keep.add_argument("--pin-file", type=Path)
    keep.add_argument("--passphrase-file", type=Path)
    keep.add_argument("--out", type=Path, required=True, help="存到哪个文件夹")
    keep.set_defaults(run=_keep)

"""``headquarters``: the receiving service; present only where its parts are installed."""

import argparse
from pathlib import Path
from typing import Any

from field_app.credentials.trust import TrustRefused
from field_app.errors import UserError

MISSING = UserError("这个安装不含总部服务。", "请在总部服务器上安装带 headquarters 组件的版本。")


def _serve(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.folder import HeadquartersIncomplete
        from field_app.headquarters.serve import serve
    except ImportError as error:
        raise MISSING from error
    try:
        serve(args.folder, host=args.host, port=args.port)
    except HeadquartersIncomplete as error:
        raise UserError(f"总部文件夹不完整：{error}。", "请先执行 admin headquarters 和 admin bundle。") from error
    except TrustRefused as error:
        raise UserError("总部的信任包不可信。", "请重新执行 admin bundle。", code=error.code) from error
    except OSError as error:
        raise UserError(f"不能在{args.host}:{args.port}上启动：{error.strerror}。",
                        "请换一个端口，或先停止占用它的程序。") from error
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``headquarters`` with its own verbs."""
    inner = verbs.add_parser("headquarters", help="总部接收服务").add_subparsers(
        dest="what", required=True)
    serve = inner.add_parser("serve", help="启动接收服务")
    serve.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8443)
    serve.set_defaults(run=_serve)

"""Two officers log in on the command line: their key files, and their PINs from files or asked."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.cli.telling import secret
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.paths import DataFolder


def add_officers(parser: argparse.ArgumentParser) -> None:
    """``--officer`` and ``--pin-file``, each given twice."""
    parser.add_argument("--officer", type=Path, action="append", default=[], metavar="证书文件",
                        help="执法人员的证书文件，两名各写一次")
    parser.add_argument("--pin-file", type=Path, action="append", default=[], metavar="口令文件",
                        help="口令文件，次序与证书相同；不给则当场输入")


@contextmanager
def two_officers(args: argparse.Namespace) -> Iterator[Session]:
    """The session of two officers; logged out at the end."""
    if len(args.officer) != 2 or len(args.pin_file) not in (0, 2):
        raise UserError("需要两名执法人员登录。", "请写两次 --officer（和两次 --pin-file）。")
    files: list[Path | None] = [*args.pin_file] or [None, None]
    first, second = (CardAndPin(card, secret(file, f"{card.stem}的口令："))
                     for card, file in zip(args.officer, files, strict=True))
    session = log_in(AppContext(SystemClock(), DataFolder(args.data)), first, second)
    try:
        yield session
    finally:
        log_out(session)

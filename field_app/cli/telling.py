"""What the command line prints: plain lines, JSON on request, errors as what and what to do."""

import getpass
import json
import sys
from pathlib import Path
from typing import Any

from field_app.errors import UserError


def say(text: str) -> None:
    """One line for a person."""
    print(text, flush=True)


def report(value: Any) -> None:
    """JSON for a program."""
    print(json.dumps(value, ensure_ascii=False, indent=1), flush=True)


def tell(error: UserError) -> None:
    """An expected failure: what happened and what to do."""
    print(f"错误：{error.what}\n怎么办：{error.remedy}", file=sys.stderr, flush=True)


def secret(file: Path | None, question: str) -> str:
    """A passphrase or PIN from a file's first line, or asked without showing it."""
    if file is None:
        return getpass.getpass(question)
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline(4096).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"口令文件{file}读不出来。", "请核对路径和权限。") from error


def tell_problems(problems: list[str], good: str, *, as_json: bool) -> int:
    """Defects line by line, or that there are none; the exit code."""
    if as_json:
        report({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            say(problem)
        say(f"发现{len(problems)}处问题。" if problems else good)
    return 1 if problems else 0

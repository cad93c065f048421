"""``languages``: takes every sentence into the catalogues, tells what is not translated, compiles them."""

import argparse
import subprocess
from collections.abc import Iterable
from pathlib import Path

from field_app import languages
from field_app.cli.language_sources import Source, sources
from field_app.cli.telling import say
from field_app.errors import UserError
from field_app.languages import CHINESE, LANGUAGES, Message

ROOT = Path(__file__).resolve().parent.parent.parent
_SHOWN = 20


def merged(said: Iterable[Source], old: list[Message]) -> list[Message]:
    """What is ``said`` now, with the translations of ``old``; what is no longer said stays, marked.

    A sentence whose words changed begins without a translation; one that moved keeps it.
    """
    known = {(m.context, m.source): m.translation for m in old}
    elsewhere = {m.source: m.translation for m in old if m.translation}
    now = [Message(s.context, s.text, known.get((s.context, s.text)) or elsewhere.get(s.text, ""), s.place)
           for s in said]
    here = {(m.context, m.source) for m in now}
    gone = [Message(m.context, m.source, m.translation, m.place, gone=True) for m in old
            if (m.context, m.source) not in here and m.translation]
    order = {languages.UI: 0, languages.CORE: 1, languages.DATA: 2}
    return sorted((*now, *gone), key=lambda m: (order.get(m.context, 3), m.gone))


def faults(messages: list[Message]) -> list[str]:
    """What a catalogue lacks: a translation, or one with other holes than its source."""
    found = []
    for one in messages:
        if one.gone:
            continue
        if not one.translation:
            found.append(f"没有译文：{one.source}（{one.place}）")
        elif languages.holes(one.source) != languages.holes(one.translation):
            found.append(f"填空不一致：{one.source} → {one.translation}（{one.place}）")
    return found


def compile_(language: str) -> None:
    """Make Qt's file of a catalogue. Raises ``UserError`` when Qt's tool is missing or refuses."""
    import PySide6

    tool = Path(PySide6.__file__).parent / "lrelease"
    done = subprocess.run([tool, "-silent", str(languages.catalogue(language)), "-qm",
                           str(languages.compiled(language))], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError("译文没有编译成功。", f"请核对译文文件：{done.stderr.strip()[:200]}")


def _others() -> list[str]:
    return [name for name in LANGUAGES if name != CHINESE]


def _update(_args: argparse.Namespace) -> int:
    for name in _others():
        path = languages.catalogue(name)
        old = languages.read(path) if path.exists() else []
        made = merged(sources(ROOT), old)
        languages.write(path, name, made)
        compile_(name)
        left = sum(1 for m in made if not m.gone and not m.translation)
        say(f"{path.name}：共{len(made)}句，{left}句还没有译文。")
    return 0


def _check(_args: argparse.Namespace) -> int:
    wrong = 0
    for name in _others():
        made = merged(sources(ROOT), languages.read(languages.catalogue(name)))
        found = faults(made)
        wrong += len(found)
        for line in found[:_SHOWN]:
            say(line)
        say(f"{name}：{len(made)}句，{len(found)}处要改。")
    return 1 if wrong else 0


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``languages update`` and ``languages check``; both need the sources."""
    parser = verbs.add_parser("languages", help="界面语言：收集新句子、编译、检查译文")
    below = parser.add_subparsers(dest="what", metavar="命令", required=True)
    update = below.add_parser("update", help="收集界面和规则里的句子，保留已有译文，再编译")
    update.set_defaults(run=_update)
    check = below.add_parser("check", help="列出没有译文的和填空不一致的")
    check.set_defaults(run=_check)

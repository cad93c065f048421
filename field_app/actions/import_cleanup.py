"""Deletes from a card what is safely here: only on request, each file checked at both ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.import_plan import ImportPlan, Verdict
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity
from field_app.domain.ids import BlobId, CaseId, ClipId
from field_app.domain.imports import FoundFile, ImportItem, ItemState
from field_app.errors import Cancelled
from field_app.media.importing.sealing import hash_source, opened, sha256_of
from field_app.media.importing.source import SourceLost, open_source, unlink_source
from field_app.storage import cases, clips, imports, papers

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Deleted:
    """How many files were deleted, and why others were not, in Chinese."""

    count: int
    bytes: int
    refused: tuple[str, ...]


@dataclass(frozen=True)
class OnCard:
    """A file of a card, and the original here that it should be the same as."""

    found: FoundFile
    item: ImportItem


def files_of_run(session: Session, run_id: str) -> list[OnCard]:
    """What a run brought in and has not deleted from its card yet."""
    with session.begin() as tx:
        return [OnCard(i.found, i) for i in imports.items_of(tx, run_id, ItemState.KEPT)]


def files_of_plan(session: Session, plan: ImportPlan) -> list[OnCard]:
    """What lies on a planned card and seems to be here already, whenever it was imported."""
    made = []
    with session.begin() as tx:
        for file in plan.files:
            if file.verdict is Verdict.DUPLICATE and file.sample:
                like = imports.stored_like(tx, file.found.size, file.sample)
                made += [OnCard(file.found, like[0])] if like else []
    return made


def _sealed_paths(session: Session, item: ImportItem) -> tuple[list[Path], AnyIdentity]:
    data = session.context.data
    with session.begin() as tx:
        key = case_identity(cases.get(tx, CaseId(item.case)))
        if item.blob:
            return [data.blobs / papers.blob(tx, BlobId(item.blob)).path], key
        parts = clips.get(tx, ClipId(item.clip)).segments
    return [data.media / p.path for p in parts if p.file == item.file], key


def _why_not(session: Session, one: OnCard, root: Path, tick: Callable[[int], None]) -> str:
    """Why a file must stay on the card; empty when both ends are what was recorded."""
    found, item = one.found, one.item
    paths, key = _sealed_paths(session, item)
    try:
        if sha256_of(opened(paths, [key]), tick=tick) != item.sha256:
            return "本机封存的副本与登记不符"
    except (OSError, AgeError):
        return "本机封存的副本打不开"
    try:
        with open_source(root, found.raw, size=found.size, mtime_ns=found.mtime_ns) as file:
            if hash_source(file, tick=tick) != item.sha256:
                return "卡上的文件与导入时不一样"
    except (OSError, SourceLost):
        return "卡上没有这个文件，或者它已变化"
    return ""


def delete_from_card(session: Session, files: Sequence[OnCard], root: Path, *,
                     progress: Progress = lambda _done, _total: None,
                     cancelled: Callable[[], bool] = lambda: False) -> Deleted:
    """Delete files from the card, each after both its ends were read and compared anew.

    Raises ``Cancelled``, or ``UserError`` when there is nothing to delete; what is not exactly
    what was imported stays on the card and is told.
    """
    if not files:
        raise refuse("没有可以删除的文件。", "只有已导入并核对过的文件才能从卡上删除。", code="import.delete")
    done, total = 0, 2 * sum(one.found.size for one in files)
    gone: list[OnCard] = []
    refused: list[str] = []

    def tick(count: int) -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += count
        progress(min(done, total), total)

    for one in files:
        why = _why_not(session, one, root, tick) or _delete(session, one, root)
        if why:
            refused.append(f"{one.found.path}：{why}，没有删除")
        else:
            gone.append(one)
    return Deleted(len(gone), sum(one.found.size for one in gone), tuple(refused))


def _delete(session: Session, one: OnCard, root: Path) -> str:
    """Unlink one file and tell the log; the log comes last, it must not say what did not happen."""
    try:
        unlink_source(root, one.found.raw)
    except (OSError, SourceLost):
        return "卡不让删除（可能是写保护）"
    item = one.item
    with session.begin() as tx:
        imports.save(tx, replace(item, state=ItemState.DELETED))
        session.note(tx, "source_deleted", case=item.case, body={
            "run": item.run, "item": item.id, "size": item.found.size, "sha256": item.sha256})
    return ""

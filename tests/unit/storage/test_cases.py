"""Cases, papers, clips and numbers come back as they went in; search finds short names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from field_app.domain.case import (
    Case,
    Clip,
    ClipState,
    PaperRecord,
    PaperState,
    Segment,
    Step,
    StepState,
    SyncState,
)
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, ClipId, DocumentId, PackageId, StepId
from field_app.storage import cases, clips, numbers, outbox, papers
from field_app.storage.cases import Unsent
from field_app.storage.numbers import Block, NumbersUsedUp
from field_app.storage.outbox import OutboxState
from field_app.storage.store import Store, Tx

AT = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)


def make_case(number: int, name: str = "张伟", place: str = "桐梓镇") -> tuple[Case, list[Step]]:
    case = Case(
        id=CaseId(f"case-{number}"), package=PackageId(f"pkg-{number}"),
        local_no=f"D001-2026-{number:04d}", procedure="inspection", procedure_version=1,
        cause="未设置安全警示标志", matter="安全生产检查", party={"name": name, "addr": place},
        place=place, opened=AT, officers=("A1", "A2"), identity="AGE-SECRET-KEY-1TEST")
    step = Step(StepId(f"step-{number}"), case.id, "inspection", 1, StepState.TODO)
    return case, [step]


def test_case_round_trip_and_steps(store: Store) -> None:
    case, steps = make_case(1)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        assert cases.get(tx, case.id) == case
        cases.set_step(tx, steps[0].id, StepState.NOW, at=AT)
        done = cases.set_step(tx, steps[0].id, StepState.DONE, at=AT.replace(hour=11))
        assert cases.steps(tx, case.id) == [done]
        assert done.started == AT
        cases.set_sync(tx, case.id, SyncState.SENDING, revision=1, confirmed=5, total=10)
        assert cases.by_package(tx, case.package).sync is SyncState.SENDING


@pytest.mark.parametrize(("words", "found"), [
    ("张", {1, 3}), ("张伟", {1}), ("㙦𬍛", {2}), ("𬍛", {2}), ("桐梓 张", {1, 3}),
    ("D001-2026-0002", {2}), ("不存在", set()), ("", {1, 2, 3}), ("伟桐", set()),
    ('"; DROP', set()),
])
def test_search_finds_one_to_many_characters(
        store: Store, words: str, found: set[int]) -> None:
    with store.begin() as tx:
        for number, name in ((1, "张伟"), (2, "李㙦𬍛"), (3, "张喆堃")):
            cases.add(tx, *make_case(number, name))
        assert {c.local_no[-1] for c in cases.listed(tx, words)} == {str(n) for n in found}


def test_issued_paper_never_changes(store: Store) -> None:
    case, steps = make_case(1)
    paper = PaperRecord(
        id=DocumentId("p"), case=case.id, step=steps[0].id, form="G1-04", form_version=1,
        form_sha256="0" * 64, title="现场检查笔录", state=PaperState.DRAFT,
        answers={"check_place": "车间"}, changed=AT)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        papers.add(tx, paper)
        papers.save(tx, replace(paper, answers={"check_place": "仓库"}))
        papers.save(tx, replace(paper, state=PaperState.ISSUED, number="1", issued=AT))
        with pytest.raises(ValueError, match="does not change"):
            papers.save(tx, paper)
        assert papers.drafts(tx, limit=5) == (0, [])


def _plan(tx: Tx, about: str, seen: list[str]) -> str:
    """How SQLite goes about the statements that were executed."""
    asked = [words for words in seen if about in words.lower()]
    return "\n".join(str(row) for words in asked for row in tx.connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {words}", tuple("x" for _ in range(words.count("?")))))


def test_what_is_not_sent_is_counted_and_the_given_back_comes_first(store: Store) -> None:
    with store.begin() as tx:
        assert cases.unsent(tx, limit=3) == Unsent(0, None, ())
        for number in range(40):
            case, steps = make_case(number)
            cases.add(tx, replace(case, opened=AT + timedelta(days=number)), steps)
            outbox.put(tx, case.package, 1, at=AT)
            outbox.keep_receipt(tx, case.package, 1, b"{}", b"sig", at=AT)
            cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=1)
        for number, state in ((0, SyncState.RETURNED), (1, SyncState.SEALED), (7, SyncState.DRAFT),
                              (9, SyncState.SENDING), (30, SyncState.REFUSED), (39, SyncState.DRAFT)):
            cases.set_sync(tx, CaseId(f"case-{number}"), state)
        seen: list[str] = []
        event.listen(tx.connection, "before_cursor_execute", lambda _c, _u, words, *_: seen.append(words))
        found = cases.unsent(tx, limit=4)
        assert [c.id for c in found.some] == ["case-30", "case-0", "case-39", "case-9"]
        assert (found.count, found.since) == (6, AT)
        plan = _plan(tx, "from case_file", seen)
        assert "ix_case_file_unsent" in plan and "SCAN case_file\n" not in plan and "TEMP B-TREE" not in plan


def test_unfinished_papers_are_counted_and_the_last_changed_come(store: Store) -> None:
    case, steps = make_case(1)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        for number in range(9):
            papers.add(tx, PaperRecord(
                id=DocumentId(f"p{number}"), case=case.id, step=steps[0].id, form="G1-04", form_version=1,
                form_sha256="", title="现场检查笔录", state=PaperState.VOID if number % 3 else PaperState.DRAFT,
                answers={}, changed=AT + timedelta(hours=number)))
        seen: list[str] = []
        event.listen(tx.connection, "before_cursor_execute", lambda _c, _u, words, *_: seen.append(words))
        count, newest = papers.drafts(tx, limit=2)
        assert (count, [p.id for p in newest]) == (3, ["p6", "p3"])
        plan = _plan(tx, "from paper", seen)
        assert "ix_paper_draft" in plan and "TEMP B-TREE" not in plan


def test_numbers_rise_by_series_and_year_and_roll_back_together(store: Store) -> None:
    with store.begin() as tx:
        assert [numbers.take(tx, "责改", 2026) for _ in range(3)] == [1, 2, 3]
        assert numbers.take(tx, "责改", 2027) == 1
    with pytest.raises(RuntimeError), store.begin() as tx:
        numbers.take(tx, "责改", 2026)
        raise RuntimeError
    with store.begin() as tx:
        assert numbers.take(tx, "责改", 2026) == 4


def test_numbers_come_from_reserved_blocks_only(store: Store) -> None:
    blocks = [Block(21, 22), Block(8, 9)]
    with store.begin() as tx:
        assert numbers.left(tx, "责改", 2026, blocks) == 4
        assert [numbers.take(tx, "责改", 2026, blocks) for _ in range(3)] == [8, 9, 21]
        assert numbers.left(tx, "责改", 2026, blocks) == 1
        assert numbers.take(tx, "责改", 2026, blocks) == 22
        with pytest.raises(NumbersUsedUp):
            numbers.take(tx, "责改", 2026, blocks)
        assert numbers.take(tx, "责改", 2026, [*blocks, Block(40, 40)]) == 40
        with pytest.raises(NumbersUsedUp):
            numbers.take(tx, "罚", 2026, [])


def test_clip_and_outbox(store: Store) -> None:
    case, steps = make_case(1)
    clip = Clip(ClipId("k"), case.id, steps[0].id, "AV-1", ClipState.RECORDING, AT, None, 0,
                has_video=True, has_audio=False)
    part = Segment(0, "k-00.mp4.age", 10, "a" * 64, 20, "b" * 64, AT, AT)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        clips.add(tx, clip)
        assert clips.unfinished(tx) == [clip]
        done = replace(clip, state=ClipState.WHOLE, ended=AT, segments=(part,))
        clips.finish(tx, done)
        assert clips.of_case(tx, case.id) == [done]
        outbox.put(tx, case.package, 1, at=AT)
        outbox.note_try(tx, case.package, 1, error="away")
        (waiting,) = outbox.waiting(tx)
        assert (waiting.attempts, waiting.last_error) == (1, "away")
        outbox.keep_receipt(tx, case.package, 1, b"{}", b"sig", at=AT)
        outbox.keep_receipt(tx, case.package, 1, b"other", b"sig", at=AT)
        assert outbox.receipt(tx, case.package, 1) == (b"{}", b"sig")
        outbox.finish(tx, case.package, 1, outbox.OutboxState.RECEIVED, at=AT)
        assert outbox.waiting(tx) == []


def test_green_is_refused_by_the_store_itself_without_a_receipt(store: Store) -> None:
    case, steps = make_case(1)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        outbox.put(tx, case.package, 1, at=AT)
    with pytest.raises(DatabaseError, match="only by a stored receipt"), store.begin() as tx:
        outbox.finish(tx, case.package, 1, OutboxState.RECEIVED, at=AT)
    with pytest.raises(DatabaseError, match="only by a stored receipt"), store.begin() as tx:
        cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=1)
    with store.begin() as tx:
        outbox.keep_receipt(tx, case.package, 1, b"{}", b"sig", at=AT)
    with pytest.raises(DatabaseError), store.begin() as tx:  # A receipt of another revision is none.
        cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=2)
    with store.begin() as tx:
        assert outbox.finish(tx, case.package, 1, OutboxState.RECEIVED, at=AT)
        cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=1)


def test_a_revision_only_moves_onward(store: Store) -> None:
    case, steps = make_case(1)
    with store.begin() as tx:
        cases.add(tx, case, steps)
        outbox.put(tx, case.package, 1, at=AT)
        outbox.put(tx, case.package, 1, at=AT)  # Queued twice after a crash is queued once.
        assert len(outbox.waiting(tx)) == 1
        assert outbox.advance(tx, case.package, 1, OutboxState.SENDING)
        assert not outbox.advance(tx, case.package, 1, OutboxState.CARRIED)
        assert outbox.advance(tx, case.package, 1, OutboxState.DELIVERED)
        assert not outbox.advance(tx, case.package, 1, OutboxState.SENDING)
        outbox.keep_receipt(tx, case.package, 1, b"{}", b"sig", at=AT)
        assert outbox.finish(tx, case.package, 1, OutboxState.RECEIVED, at=AT)
        assert not outbox.finish(tx, case.package, 1, OutboxState.REFUSED, at=AT)
        assert outbox.waiting(tx) == []
        assert outbox.finish(tx, case.package, 1, OutboxState.RETURNED, at=AT, error="缺签名")
        assert not outbox.finish(tx, case.package, 1, OutboxState.RECEIVED, at=AT)
        assert outbox.newest(tx, [case.package])[case.package].last_error == "缺签名"


def test_cases_are_listed_by_when_they_were_opened(store: Store) -> None:
    """Whatever offset the device told the time in; with words and without."""
    march, april = (datetime(2026, m, 1, tzinfo=CHINA) for m in (3, 4))
    opened = (march - timedelta(seconds=1), march.astimezone(UTC), april - timedelta(minutes=1), april)
    with store.begin() as tx:
        for number, at in enumerate(opened, 1):
            case, steps = make_case(number)
            cases.add(tx, replace(case, opened=at), steps)
        for words in ("", "张伟"):
            assert [c.local_no[-1] for c in cases.listed(tx, words, since=march, until=april)] == ["3", "2"]
            assert [c.local_no[-1] for c in cases.listed(tx, words, since=april)] == ["4"]
            assert [c.local_no[-1] for c in cases.listed(tx, words, until=march)] == ["1"]

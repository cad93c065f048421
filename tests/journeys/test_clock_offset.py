"""The laptop's clock is wrong: headquarters' time is on record, shown, a floor; nothing is rewritten."""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.clock_offset import Corrections, clock_words, known_offset, note_receipt
from field_app.actions.context import AppContext, Session
from field_app.actions.custody import custody_report
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import effective_now, enrolled, log_in, log_out
from field_app.actions.overview import today
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import send_cases
from field_app.cli.demo import hq_process
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import HOST, World
from field_app.domain.case import Case
from field_app.domain.clock import Moment, SystemClock
from field_app.errors import UserError
from field_app.storage import events

MakeCase = Callable[[Session], Case]


@dataclass
class Wrong:
    """The machine's clocks, the wall clock wrong by ``by``; ``boot`` names the boot."""

    by: timedelta
    boot: str = "boot-1"

    def now(self) -> Moment:
        true = SystemClock().now()
        return Moment(true.wall + self.by, true.mono_ms, self.boot)


@contextmanager
def headquarters(world: World) -> Iterator[str]:
    with hq_process.running(world.headquarters, host=HOST) as port:
        yield f"https://{HOST}:{port}"


def with_clock(world: World, by: timedelta, boot: str = "boot-1") -> World:
    return replace(world, laptop=AppContext(Wrong(by, boot), world.laptop.data))


def sealed_case(session: Session, world: World, new_case: MakeCase) -> Case:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, paper.id, typed(paper.answers, sample_answers("G1-04"))
               | {"av_refs": ["执法记录仪-07"], "PARTY": paper.answers["PARTY"]})
    issue_paper(session, paper.id)
    seal_case(session, case.id, world.both())
    return case


def told(session: Session, kind: str) -> list[dict[str, Any]]:
    with session.begin() as tx:
        return [dict(e.members()) for e in events.all_of_kind(tx, kind)]


@pytest.mark.parametrize("by", [timedelta(minutes=-3), pytest.param(timedelta(minutes=5), marks=pytest.mark.soak)])
def test_a_sync_puts_it_on_record_and_tells_it(
        world: World, new_case: MakeCase, tmp_path: Path, by: timedelta) -> None:
    wrong = with_clock(world, by)
    session = log_in(wrong.laptop, *wrong.both())
    case = sealed_case(session, wrong, new_case)
    with session.begin() as tx:
        before = [e.data for e in events.since(tx, 0)]
    with headquarters(world) as address:
        (sent,) = send_cases(session, address)
    assert sent.received
    (event,) = told(session, "clock_offset")
    body = event["body"]
    assert body["source"] == "network"
    assert abs(body["offset_ms"] * timedelta(milliseconds=1) + by) <= (
        body["uncertainty_ms"] * timedelta(milliseconds=1))
    minutes = abs(by) // timedelta(minutes=1)
    words = f"电脑时钟{'慢' if by < timedelta() else '快'}{minutes}分钟"
    assert clock_words(session) == words and today(session).clock == words
    assert any(words in notice.text and notice.serious for notice in today(session).notices)
    with session.begin() as tx:
        after = [e.data for e in events.since(tx, 0)]
    assert after[:len(before)] == before  # recorded times stay as they were
    made = custody_report(session, case=case.local_no, folder=tmp_path)
    rows = list(csv.reader(made.csv.read_text("utf-8-sig").splitlines()))
    assert rows[0][1:3] == ["时间（本机时钟）", "校正时间"]
    for row in rows[1:]:
        local, corrected = (datetime.fromisoformat(t) for t in row[1:3])
        assert abs(corrected - local + by) <= timedelta(seconds=2)
    text = subprocess.run(["pdftotext", "-layout", str(made.pdf), "-"], capture_output=True, text=True,
                          check=True).stdout
    assert "校正时间" in text and "联网比对" in text
    log_out(session)


@pytest.mark.soak
def test_it_is_recorded_again_only_when_it_is_news(world: World, new_case: MakeCase) -> None:
    boots = [("boot-1", timedelta()), ("boot-1", timedelta()), ("boot-1", timedelta(minutes=9)),
             ("boot-2", timedelta(minutes=9))]
    seen: list[int] = []
    case: Case | None = None
    with headquarters(world) as address:
        for boot, by in boots:
            laptop = with_clock(world, by, boot)
            session = log_in(laptop.laptop, *laptop.both())
            if case is None:
                case = sealed_case(session, laptop, new_case)
            else:
                seal_case(session, case.id, laptop.both())
            assert all(sent.received for sent in send_cases(session, address))
            seen.append(len(told(session, "clock_offset")))
            log_out(session)
    assert seen == [1, 1, 2, 3]


def test_a_year_back_is_judged_by_what_headquarters_signed(world: World, new_case: MakeCase) -> None:
    session = log_in(world.laptop, *world.both())
    sealed_case(session, world, new_case)
    with headquarters(world) as address:
        send_cases(session, address)
    true = session.at
    log_out(session)
    back = with_clock(world, timedelta(days=-365))
    _header, trust = enrolled(back.laptop)
    now = effective_now(back.laptop, trust)
    assert now.suspect and now.moment.wall >= true - timedelta(seconds=1)
    later = log_in(back.laptop, *back.both())  # the certificates did not exist a year ago
    assert told(later, "clock_set_back")
    log_out(later)


def test_a_year_ahead_does_not_keep_officers_out_for_a_year(world: World, new_case: MakeCase) -> None:
    first = log_in(world.laptop, *world.both())
    sealed_case(first, world, new_case)
    log_out(first)
    ahead = with_clock(world, timedelta(days=200))
    session = log_in(ahead.laptop, *ahead.both())
    with headquarters(world) as address:
        send_cases(session, address)
    assert clock_words(session).startswith("电脑时钟快200天")
    log_out(session)
    _header, trust = enrolled(world.laptop)
    assert not effective_now(world.laptop, trust).suspect  # the clock was set right
    again = log_in(world.laptop, *world.both())
    assert not told(again, "clock_set_back")
    log_out(again)


def test_a_false_time_is_on_record_and_hinders_nothing(
        world: World, new_case: MakeCase, session: Session) -> None:
    sealed_case(session, world, new_case)
    keys = world.headquarters / "keys"
    for end in ("key", "crt"):  # the upload service was given another purpose's key
        shutil.copyfile(keys / f"tls.{end}", keys / f"time.{end}")
    with headquarters(world) as address:
        (sent,) = send_cases(session, address)
    assert sent.received and not told(session, "clock_offset")
    (event,) = told(session, "false_time")
    assert event["body"] == {"code": "wrong_purpose"}


def test_a_receipt_bounds_it_on_the_way(world: World, new_case: MakeCase) -> None:
    for end in ("key", "crt"):
        (world.headquarters / "keys" / f"time.{end}").unlink()
    ahead = with_clock(world, timedelta(minutes=9))
    session = log_in(ahead.laptop, *ahead.both())
    sealed_case(session, ahead, new_case)
    with headquarters(world) as address:
        (sent,) = send_cases(session, address)
    assert sent.received
    (event,) = told(session, "clock_offset")
    body = event["body"]
    assert body["source"] == "receipt"
    off, wide = (body[name] * timedelta(milliseconds=1) for name in ("offset_ms", "uncertainty_ms"))
    assert off - wide <= timedelta(minutes=-9) <= off + wide and wide < timedelta(minutes=5)
    log_out(session)


def test_receipts_bound_it_where_no_time_is_signed(session: Session) -> None:
    made = session.at
    with session.begin() as tx:
        note_receipt(session, tx, made=made, signed=made + timedelta(hours=1),
                     kept=made + timedelta(days=1))
        assert known_offset(tx) is None  # it proves nothing against this clock
        note_receipt(session, tx, made=made, signed=made + timedelta(days=40),
                     kept=made + timedelta(days=2))
        known = known_offset(tx)
    assert known is not None and known.source == "receipt"
    assert (known.offset, known.uncertainty) == (timedelta(days=39), timedelta(days=1))
    assert "慢39天" in clock_words(session)
    with session.begin() as tx:
        note_receipt(session, tx, made=made, signed=made + timedelta(days=39),
                     kept=made + timedelta(days=1))
        assert len(events.all_of_kind(tx, "clock_offset")) == 1  # agrees with what is known
        note_receipt(session, tx, made=made + timedelta(days=1), signed=made, kept=made)
        assert len(events.all_of_kind(tx, "clock_offset")) == 1  # set back in between: proves nothing


def test_a_clock_set_back_in_between_is_corrected_by_the_other_clock(session: Session) -> None:
    with session.begin() as tx:
        assert Corrections(tx).of(1, {"wall": "2026-01-01T00:00:00+08:00", "mono_ms": 0,
                                      "boot": "x"}) is None
        session.note(tx, "clock_offset", body={
            "source": "network", "offset_ms": 1000, "uncertainty_ms": 5, "told": "", "local": ""})
    with session.begin() as tx:
        (event,) = events.all_of_kind(tx, "clock_offset")
        at = event.members()["at"]
        wall = datetime.fromisoformat(at["wall"])
        hour = timedelta(hours=1)

        def correct(walked: timedelta, ticked: timedelta, boot: str = at["boot"]) -> Any:
            return Corrections(tx).of(1, {
                "wall": (wall - walked).isoformat(), "boot": boot,
                "mono_ms": at["mono_ms"] - ticked // timedelta(milliseconds=1)})

        second = timedelta(seconds=1)
        assert correct(hour, hour) == (wall - hour + second, True)
        assert correct(-hour, hour) == (wall - hour + second, True)  # set back two hours meanwhile
        assert correct(hour, timedelta()) == (wall - hour + second, False)  # asleep, or set ahead
        assert correct(hour, hour, "other") == (wall - hour + second, False)


def test_a_second_time_key_is_not_laid_over_the_first(world: World) -> None:
    from field_app.actions.administer import make_time_key

    assert (world.headquarters / "keys" / "time.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UserError):
        make_time_key(world.laptop, None, world.headquarters, "x")  # type: ignore[arg-type]

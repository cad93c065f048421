"""Examines what an accepted case says by the procedure's rules, once more and apart from the laptop.

The laptop judged each paper before it was issued, by the tables it had. Headquarters judges them
again with its own and with the catalogue it sent last, and looks at the case from outside. What it
finds is advice: stored, shown in the console and told to the laptop; it never undoes a receipt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from field_app import logs
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import shipped_calendar
from field_app.forms import FormUnknown, check_answers, load_form
from field_app.forms.references import references
from field_app.headquarters.examine import Examiner
from field_app.headquarters.orders import NotSent, catalogue_sent, send_order
from field_app.headquarters.sharing import read_record
from field_app.headquarters.store import upsert
from field_app.headquarters.tables import advice, case_file, case_finding, receipt
from field_app.packages.open import PackageUnreadable
from field_app.protocol.orders import Notice, OrderKind
from field_app.protocol.receipt import ReceiptReason
from field_app.protocol.strict import TEXT_LIMIT, Malformed, tellable
from field_app.rules.case.case_facts import Around
from field_app.rules.case.case_findings import case_findings
from field_app.rules.catalogue import Catalogue
from field_app.rules.circumstances import Told
from field_app.rules.facts_agree import Told as ToldPaper
from field_app.rules.facts_agree import facts_that_differ, references_that_miss

_BATCH = 20
_MOST_FINDINGS = 200
# Rules look at each paper beside all before it, and search texts; no case of ours comes near these.
_MOST_PAPERS, _LONGEST_TEXT, _MOST_TEXT = 500, 50_000, 1_000_000
# Cases that were settled longer ago are examined without a word to their laptops.
_TOLD_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class CaseFinding:
    """One finding on an accepted revision; ``place``: the paper it speaks of."""

    level: Level
    rule: str
    text: str
    remedy: str
    place: str


def _paper(row: Mapping[str, Any]) -> PaperRecord:
    issued = row.get("issued")
    at = datetime.fromisoformat(str(issued)) if issued else None
    return PaperRecord(
        id=DocumentId(str(row["id"])), case=CaseId(""), step=StepId(""), form=str(row["form"]),
        form_version=int(row["version"]), form_sha256="", title=str(row["title"]),
        state=PaperState(str(row["state"])), answers=dict(row["answers"]),
        changed=at or datetime.fromtimestamp(0, UTC), number=str(row["number"]), issued=at)


def _passed(record: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Warnings that both officers let pass, each for what it was passed."""
    told = (row["record"] for row in record.get("passed_warnings", ()))
    return frozenset((str(r.get("about")), str(r.get("rule"))) for r in told if isinstance(r, dict))


def _around(record: Mapping[str, Any], catalogue: Catalogue | None) -> Around:
    said = record.get("circumstances") or {}
    opened = datetime.fromisoformat(str(record["opened"])).astimezone(CHINA).date()
    name = str(record.get("matter") or "")
    return Around(told=Told(frozenset(said.get("hold") or ()), frozenset(said.get("denied") or ())),
                  catalogue=catalogue, opened=opened,
                  matter=catalogue.matter(name, opened) if catalogue is not None and name else None)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts(item))


def _is_of_our_size(papers: Sequence[PaperRecord]) -> bool:
    """Whether judging ends in seconds, whatever somebody wrote into the record."""
    lengths = [len(text) for paper in papers for text in (*_texts(paper.answers), paper.title, paper.number)]
    return (len(papers) <= _MOST_PAPERS and max(lengths, default=0) <= _LONGEST_TEXT
            and sum(lengths) <= _MOST_TEXT)


def _form_reasons(paper: PaperRecord, day: date, others: Sequence[ToldPaper]) -> Iterator[Reason]:
    try:
        form = load_form(paper.form, paper.form_version)
    except FormUnknown:
        return
    yield from check_answers(form, paper.answers, today=day)
    yield from facts_that_differ(paper.form, paper.answers, list(others))
    yield from references_that_miss(references(form, paper.answers), list(others))


def judge_record(record: Mapping[str, Any], catalogue: Catalogue | None = None) -> list[CaseFinding]:
    """What the rules say of a case's issued papers, each by what was issued before it.

    ``catalogue``: judges fines by their tiers, and reviews by the agency's own list of major decisions;
    its days off have the last word. Raises ``KeyError``, ``TypeError``, ``ValueError`` for a record that is
    none, or larger than any of ours.
    """
    papers = [p for p in map(_paper, record["papers"]) if p.state is PaperState.ISSUED]
    if not _is_of_our_size(papers):
        raise ValueError("larger than any case")
    passed, around = _passed(record), _around(record, catalogue)
    calendar = shipped_calendar() if catalogue is None else shipped_calendar().joined(catalogue.calendar())
    found: list[CaseFinding] = []
    for number, paper in enumerate(papers):
        before = papers[:number]
        day = (paper.issued or datetime.now(UTC)).astimezone(CHINA).date()
        told = [ToldPaper(p.form, p.title, p.number, p.answers) for p in before]
        reasons = [r for r in _form_reasons(paper, day, told) if r.level is Level.BLOCK]
        reasons += [r for r in case_findings(
            paper.form, paper.answers, before, today=day, calendar=calendar, around=around)
            if r.level is Level.BLOCK or (r.level is Level.WARN and (paper.id, r.rule) not in passed)]
        place = tellable(f"《{paper.title}》{paper.number}", TEXT_LIMIT)
        found += [CaseFinding(r.level, r.rule, tellable(_with_basis(r), TEXT_LIMIT),
                              tellable(r.remedy, TEXT_LIMIT), place) for r in reasons]
    return found[:_MOST_FINDINGS]


def _with_basis(reason: Reason) -> str:
    return f"{reason.text}（{reason.basis}）" if reason.basis else reason.text


def findings_of(connection: Connection, package: str) -> list[CaseFinding]:
    """What stands about a case, as its newest accepted revision was judged."""
    rows = connection.execute(select(case_finding).where(case_finding.c.package == package)
                              .order_by(case_finding.c.ordinal))
    return [CaseFinding(Level(r.level), r.rule, r.text, r.remedy, r.place) for r in rows]


def _unexamined(connection: Connection) -> list[tuple[str, int, str, str, datetime]]:
    rows = connection.execute(
        select(case_file.c.package, case_file.c.revision, case_file.c.device, case_file.c.local_no,
               receipt.c.at)
        .join(receipt, and_(receipt.c.package == case_file.c.package,
                            receipt.c.revision == case_file.c.revision))
        .outerjoin(advice, advice.c.package == case_file.c.package)
        .where((advice.c.revision.is_(None)) | (advice.c.revision < case_file.c.revision))
        .order_by(receipt.c.at).limit(_BATCH))
    return [(r.package, r.revision, r.device, r.local_no, datetime.fromisoformat(r.at)) for r in rows]


def _judged(examiner: Examiner, package: str, catalogue: Catalogue | None) -> list[CaseFinding]:
    try:
        return judge_record(read_record(examiner, package), catalogue)
    except (Malformed, PackageUnreadable):
        return []  # No record of ours in it: there is nothing to judge.
    except Exception as error:
        logs.defect(error)  # What a case says may be anything; its receipt does not hang on this.
        return []


def advise_once(examiner: Examiner) -> int:
    """Judge some accepted revisions that were not yet; how many. Cut off anywhere it is done again."""
    with examiner.store.read() as connection:
        waiting = _unexamined(connection)
        catalogue = catalogue_sent(connection) if waiting else None
    done = 0
    for package, revision, device, number, at in waiting:
        mine = select(case_file.c.package).where(
            case_file.c.package == package, case_file.c.revision == revision)
        with examiner.store.claim(mine, case_file) as claim:
            if claim is None:
                continue
            found = _judged(examiner, package, catalogue)
            with claim.write() as connection:
                before = findings_of(connection, package)
                _keep(connection, package, revision, found)
                if found and found != before and datetime.now(UTC) - at < _TOLD_WITHIN:
                    _tell(examiner, connection, package, revision, device, number, found)
        done += 1
    return done


def _keep(connection: Connection, package: str, revision: int, found: Sequence[CaseFinding]) -> None:
    connection.execute(delete(case_finding).where(case_finding.c.package == package))
    if found:
        connection.execute(insert(case_finding), [
            {"package": package, "ordinal": place, "revision": revision, "level": f.level.value,
             "rule": f.rule, "text": f.text, "remedy": f.remedy, "place": f.place}
            for place, f in enumerate(found)])
    connection.execute(upsert(connection, advice).values(package=package, revision=revision)
                       .on_conflict_do_update(index_elements=["package"], set_={"revision": revision}))


def _tell(examiner: Examiner, connection: Connection, package: str, revision: int, device: str,
          number: str, found: Sequence[CaseFinding]) -> None:
    lines = tuple(ReceiptReason(f.rule[:60], f.text, f.remedy, f.place) for f in found)
    try:
        send_order(examiner, connection, OrderKind.NOTICE, Notice(
            f"案件{number}第{revision}版：总部复核意见{len(found)}处", lines, package, revision), device=device)
    except NotSent as error:
        logs.warn("advice was not sent", code=error.code, package=package, device=device)

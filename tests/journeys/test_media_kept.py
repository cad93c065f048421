"""Recordings that are kept: verified to the second and byte, let go only when all agree."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.export_clip import export_cut
from field_app.actions.log_in import CardAndPin, log_out
from field_app.actions.play_clip import play_clip
from field_app.actions.retention import (
    destroy,
    finish_destruction,
    keep_for_good,
    no_longer_for_good,
    reminders,
    retention_overview,
)
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import send_cases
from field_app.actions.stick import carry_out
from field_app.actions.verify_media import check_clip, verify_media, verify_sealed
from field_app.cli import main
from field_app.cli.demo import hq_process
from field_app.cli.demo.world import HOST, PINS, World
from field_app.domain.case import Case, Clip
from field_app.domain.clock import Moment
from field_app.domain.recorded import Deletion
from field_app.errors import Cancelled, UserError
from field_app.storage import clips
from field_app.ui.retention_dialog import how_it_stands
from tests.journeys import films
from tests.unit.media.films import spoil

MakeCase = Callable[[Session], Case]



@pytest.fixture
def case(session: Session, new_case: MakeCase) -> Case:
    return new_case(session)


@pytest.fixture
def clip(session: Session, case: Case) -> Clip:
    made: Clip = films.recorded(session, case, films.first_step(session, case))
    return made


def test_verification_tells_losses_orphans_and_missing_files(
        session: Session, case: Case, clip: Clip) -> None:
    report = verify_media(session)
    assert report.ok and report.files >= 2
    media = session.context.data.media
    (media / "stray.mp4.age").write_bytes(b"age-encryption.org/v1\n")
    first, second = (media / s.path for s in clip.segments)
    spoil(first, first.stat().st_size // 2)
    second.rename(second.with_suffix(".away"))
    report = verify_media(session)
    by_code = {f.code: f for f in report.findings}
    assert by_code.keys() == {"changed", "missing", "orphan"} and len(report.findings) == 4
    changed, missing = by_code["changed"], by_code["missing"]
    assert missing.lost == ((6.0, 10.0, 0, clip.segments[1].size),)
    ((from_s, to_s, low, high),) = changed.lost
    assert 0 < from_s < to_s < 6 and high - low == 64 << 10 and "无法播放" in changed.text
    # The player says the same, and plays the rest.
    source = play_clip(session, clip)
    assert source.frame_at((from_s + to_s) / 2) is None
    assert source.lost_at((from_s + to_s) / 2) == (from_s, to_s)
    assert source.frame_at(to_s) is not None and source.lost_at(8.0) is None
    assert source.frame_at(8.0) is None and source.lost_at(8.0) == (6.0, 10.0)
    source.close()
    assert check_clip(session, clip)
    with pytest.raises(Cancelled):
        verify_media(session, cancelled=lambda: True)
    with pytest.raises(UserError, match="有损坏"):
        export_cut(session, clip, from_s=0.0, to_s=6.0, reason="交法制审核")
    assert not list(media.glob("copy-*"))


def test_the_command_verifies_with_and_without_keys(
        world: World, session: Session, case: Case, clip: Clip, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    data = str(session.context.data.root)
    assert main(["--data", data, "media", "verify"]) == 1  # Not sealed yet: it cannot be told.
    assert "没有密钥不能判断" in capsys.readouterr().out
    seal_case(session, case.id, world.both())
    assert verify_sealed(session.context.data).ok
    assert main(["--data", data, "media", "verify"]) == 0
    log_out(session)
    words = ["--data", data, "--json", "media", "verify", "--case", case.local_no]
    for card, pin in zip(world.both(), PINS, strict=True):
        file = tmp_path / f"{card.place.stem}.pin"
        file.write_text(pin)
        words += ["--officer", str(card.place), "--pin-file", str(file)]
    capsys.readouterr()
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and found["with_keys"] and found["files"] == 3
    path = session.context.data.media / clip.segments[0].path
    path.write_bytes(path.read_bytes()[:-1000])
    assert main(words) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["code"] == "changed" and finding["lost"][0]["to_s"] == 6.0


class _Later:
    """The laptop's clock, months later."""

    def __init__(self, session: Session, days: int) -> None:
        self._clock, self._days = session.context.clock, days

    def now(self) -> Moment:
        moment = self._clock.now()
        return replace(moment, wall=moment.wall + timedelta(days=self._days))


def later(session: Session, days: int) -> Session:
    """The same session so many days on."""
    return replace(session, context=replace(session.context, clock=_Later(session, days)))


def test_retention_lets_go_only_what_headquarters_signed_for(
        world: World, session: Session, case: Case, clip: Clip) -> None:
    (kept,) = retention_overview(session).kept
    assert kept.keeping.rule.key == "unlinked" and kept.days is not None and kept.days > 150
    assert not kept.deletable and kept.receipt is None
    assert [k.clip.id for k in retention_overview(later(session, 160)).soon] == [clip.id]
    assert reminders(later(session, 160)) == (0, 1) and reminders(later(session, 200)) == (1, 0)
    over = later(session, 200)
    (kept,) = retention_overview(over).due
    assert kept.obstacle == "总部还没有签收这一件，不能销毁"
    assert f"请先打开案件{case.local_no}" in how_it_stands(kept)
    with pytest.raises(UserError, match="总部还没有签收"):
        destroy(over, [clip.id], world.both(), reason="保存期满")
    seal_case(session, case.id, world.both())
    (kept,) = retention_overview(over).due
    assert not kept.deletable  # Sealed is not received.
    with hq_process.running(world.headquarters, host=HOST) as port:
        send_cases(session, f"https://{HOST}:{port}")
        _let_go(world, session, over, case, clip)
        # The case goes on: its next revision still names what headquarters holds, and is received.
        seal_case(session, case.id, world.both())
        stick = world.root / "stick"
        stick.mkdir()
        assert [c.revision for c in carry_out(session, stick)] == [2]  # What was let go is not missed here either.
        (sent,) = send_cases(session, f"https://{HOST}:{port}")
    assert sent.received, sent.problem


def _let_go(world: World, session: Session, over: Session, case: Case, clip: Clip) -> None:
    """What was received is destroyed in the end, after every obstacle was tried."""
    (kept,) = retention_overview(session).kept
    assert kept.receipt == 1 and not kept.deletable  # Its time is not over.
    keep_for_good(session, clip, "violent_resistance", reason="当事人推搡执法人员")
    (kept,) = retention_overview(over).kept
    assert kept.keeping.rule.key == "permanent" and kept.days is None
    no_longer_for_good(session, clip, "violent_resistance")
    with pytest.raises(UserError, match="口令不对"):
        destroy(over, [clip.id], (world.both()[0], CardAndPin(world.both()[1].place, "x")),
                reason="保存期满")
    with pytest.raises(UserError, match="理由"):
        destroy(over, [clip.id], world.both(), reason=" ")
    emptied: list[Case] = []
    (made,) = destroy(over, [clip.id], world.both(), reason="保存期满，无关联案件",
                      case_emptied=emptied.append)
    assert made.receipt == 1 and [c.id for c in emptied] == [case.id]
    data = session.context.data
    assert not any((data.media / s.path).exists() for s in clip.segments)
    assert not any(p.name.startswith(s.ct_sha256) for s in clip.segments
                   for p in (data.packages / case.package / "data").rglob("*.age"))
    with session.begin() as tx:
        row = clips.get(tx, clip.id)
    assert row.deleted is not None and row.deleted.reason == "保存期满，无关联案件"
    (gone,) = retention_overview(over).kept
    told = how_it_stands(gone)  # Who let it go, why, and what headquarters holds.
    assert all(o.name in told for o in session.pair.both) and row.deleted.reason in told and "总部第1版已签收" in told
    (event,) = films.told(session, case, "recording_deleted")
    assert [s["sha256"] for s in event["segments"]] == [s.sha256 for s in clip.segments]
    assert verify_media(session).ok and verify_media(session).deleted == 1
    with pytest.raises(UserError, match="已按保存期限销毁"):
        play_clip(session, row)


def test_destruction_that_a_crash_cut_is_finished(
        world: World, session: Session, case: Case, clip: Clip) -> None:
    with session.begin() as tx:
        clips.note_deletion(tx, Deletion(clip.id, "unlinked", "满期", session.at, session.actors, 1))
    assert {f.code for f in verify_media(session).findings} == {"not_deleted"}
    assert finish_destruction(session) == 2
    assert verify_media(session).ok

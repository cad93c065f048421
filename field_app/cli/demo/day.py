"""One working day, told in lines: what was done, how long it took, where it lies."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.overview import list_cases
from field_app.actions.record_step import Devices, Recording, start_recording
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import send_cases
from field_app.cli.demo import hq_process, judges
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.sound import has_devices, tone
from field_app.cli.demo.world import HOST, World, make_world, point_to
from field_app.cli.telling import say
from field_app.domain.case import Case, PaperRecord, SyncState
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.paths import RESOURCES

RECORD_S = 6.0
# The sample's records take an hour, the demo's recordings some seconds: the desk asks why.
_SHORT = "演练：只录几秒，没有覆盖笔录的全部时间"
_SAMPLE_DAY = date(2026, 5, 14)
_ISO = re.compile(r"20\d\d-\d\d-\d\d(T\d\d:\d\d(:\d\d)?\+08:00)?")
# Each step with its papers and how it ends.
_PARTS = (("inspection", ("G1-04",), "rectify"), ("rectification", ("G1-15", "G4-02"), "served"),
          ("inquiry", ("G2-02",), "done"))
# Said by the session, not by the sample: two logins never bring the same values.
_FROM_SESSION = frozenset({"officers", "servers", "recorder", "case_no", "av_refs", "check_ref",
                           "docs", "ENT", "REMEDY", "SEAL"})


@contextmanager
def _timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    say(f"  {time.perf_counter() - started:6.1f} 秒　{what}")


def _moved(value: Any, days: int) -> Any:
    """The same answers as if they had been given ``days`` later."""
    if isinstance(value, dict):
        return {k: _moved(v, days) for k, v in value.items()}
    if isinstance(value, list):
        return [_moved(v, days) for v in value]
    if isinstance(value, str) and _ISO.fullmatch(value):
        later = datetime.fromisoformat(value) + timedelta(days=days)
        return later.isoformat() if "T" in value else later.date().isoformat()
    return value


def sample_answers(form: str) -> dict[str, Any]:
    """The training answers of one form, moved to today."""
    path = RESOURCES / "training" / "answers" / f"{form}.json"
    days = (SystemClock().now().wall.date() - _SAMPLE_DAY).days
    answers: dict[str, Any] = _moved(json.loads(path.read_text("utf-8")), days)
    return answers


def typed(prefilled: dict[str, Any], sample: dict[str, Any]) -> dict[str, Any]:
    """What officers leave as prefilled, and what they type over it."""
    kept = {k: v for k, v in prefilled.items() if k in _FROM_SESSION}
    return {**prefilled, **sample, **kept}


def _open(session: Session) -> Case:
    record = sample_answers("G1-04")
    return open_case(session, NewCase(
        cause="安全生产日常检查", matter="对生产经营单位安全生产的监督检查",
        place=str(record["check_place"]), party=dict(record["PARTY"])))


def _recording(session: Session, case: Case, step: Any, devices: Devices,
               stack: ExitStack) -> Recording:
    if devices.microphone is not None:
        stack.enter_context(tone())
    return start_recording(session, case.id, step, devices)


def _fill(session: Session, case: Case, step: Any, form: str) -> PaperRecord:
    draft = start_paper(session, case.id, step, form)
    save_draft(session, draft.id, typed(draft.answers, sample_answers(form)))
    return issue_paper(session, draft.id, reason=_SHORT if form == "G2-02" else "")


def _step(session: Session, case: Case, kind: str, forms: tuple[str, ...],
          devices: Devices, *, outcome: str) -> list[PaperRecord]:
    """Begin, record, fill and issue the papers, stop, end."""
    step = case_desk(session, case.id).step(kind).step
    begin_step(session, case.id, step.id)
    with ExitStack() as stack:
        recording = _recording(session, case, step.id, devices, stack)
        started = time.monotonic()
        recording.mark("亮证")
        recording.take_photo()
        papers: list[PaperRecord] = []
        # The record names the recording, so it is issued once the recording is over.
        time.sleep(max(0.0, RECORD_S - (time.monotonic() - started)))
        clip = recording.stop()
    for form in forms:
        papers.append(_fill(session, case, step.id, form))
    end_step(session, case.id, step.id, outcome=outcome, reason=_SHORT)
    say(f"            {clip.number}　{clip.duration_ms / 1000:.1f}秒　"
        f"{'画面' if clip.has_video else ''}{'声音' if clip.has_audio else ''}"
        f"　{len(clip.gaps)}处缺口")
    return papers


def _write_papers(session: Session, world: World, papers: list[PaperRecord]) -> None:
    for number, paper in enumerate(papers, 1):
        pdf, docx = paper_files(session, paper, why="exported")
        stem = f"{number}-{paper.title}".replace("/", "-")
        (world.papers / f"{stem}.pdf").write_bytes(pdf)
        (world.papers / f"{stem}.docx").write_bytes(docx)


def _judge(session: Session, world: World, case: Case) -> bool:
    package = world.laptop.data.packages / case.package
    good = True
    for verdict in judges.judge(package, root_pem=session.trust.root_pem(),
                                key=world.headquarters / "keys" / "age.key"):
        state = {True: "通过", False: "不通过", None: "未安装，略过"}[verdict.ok]
        say(f"            {verdict.tool}　{state}　{verdict.text}")
        good = good and verdict.ok is not False
    return good


def work(world: World) -> bool:
    """The day itself; True when headquarters signed and every judge agrees."""
    with moving_picture() as camera, hq_process.running(world.headquarters, host=HOST) as port:
        sound = has_devices()
        settings = point_to(world, port, camera, microphone="default" if sound else "")
        devices = Devices(settings.camera_source, settings.microphone_name)
        with _timed("两名执法人员登录"):
            session = log_in(world.laptop, *world.both())
        papers: list[PaperRecord] = []
        with _timed("新建检查"):
            case = _open(session)
        for kind, forms, outcome in _PARTS:
            with _timed(f"{case_desk(session, case.id).step(kind).rule.title}：录制、"
                        f"{len(forms)}份文书"):
                papers += _step(session, case, kind, forms, devices, outcome=outcome)
        if not sound:
            say("            本机没有声音设备，只录画面")
        with _timed(f"{len(papers)}份文书的 .docx 和 PDF 写出"):
            _write_papers(session, world, papers)
        with _timed("案件包封存，设备和两人签名"):
            sealed = seal_case(session, case.id, world.both())
        with _timed(f"报送总部并取回签名回执（{sealed.total_bytes >> 10} KB）"):
            send_cases(session, settings.headquarters)
        with _timed("用公开工具核验案件包"):
            good = _judge(session, world, case)
        received = list_cases(session)[0].sync is SyncState.RECEIVED
        say(f"            总部{'已签收，案件变绿' if received else '没有签收'}")
        log_out(session)
    return good and received


def play(out: Path, *, window: bool) -> int:
    """Play the day in ``out`` (a fresh folder is made when it is in use)."""
    started = time.perf_counter()
    root = _fresh(out)
    say(f"演练一天的工作（演练数据，与真实案件无关）：{root}")
    with _timed("演练区的证书机构、总部、执法证书和一台执法电脑"):
        world = make_world(root)
    good = work(world)
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
                   or os.name == "nt")
    if not (display and window):
        from field_app.cli.demo.photographs import take_photographs

        with _timed("各页面照片"):
            take_photographs(world)
    say(f"共用 {time.perf_counter() - started:.1f} 秒")
    for name, place in (("laptop", world.laptop.data.root), ("headquarters", world.headquarters),
                        ("papers", world.papers), ("pictures", world.pictures),
                        ("package", next(world.laptop.data.packages.iterdir()))):
        say(f"{name}: {place}")
    if display and window:
        from field_app.app import run
        from field_app.cli.demo.world import OFFICERS, PINS

        for card, pin in zip(OFFICERS, PINS, strict=True):
            say(f"登录证书 {card}　口令 {pin}")
        return run(world.laptop.data.root) or (0 if good else 1)
    return 0 if good else 1


def photograph(out: Path, *, only: str = "", language: str = "", manual: Path | None = None) -> int:
    """Play the day beside ``out``, photograph every page into it, then clear the day away; the pictures in
    ``manual`` are made anew from them, of which no others are taken then."""
    from field_app.cli.demo import manual_pictures
    from field_app.cli.demo.gallery import take_gallery

    out = out.absolute()
    root = _fresh(out.with_name(f"{out.name}-day"))
    try:
        world = make_world(root)
        good = work(world)
        with _timed("各页面照片"):
            looks = (only,) if manual is None else manual_pictures.LOOKS
            taken = sum(take_gallery(root, out, only=look, language=language) for look in looks)
        say(f"{taken}张：{out}")
        if manual is not None:
            say(f"{manual_pictures.renew(out, manual)}张插图：{manual}")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0 if good else 1


def _fresh(out: Path) -> Path:
    """``out`` itself when it is free, else ``out-2``, ``out-3`` ..."""
    for number in range(1, 1000):
        root = out if number == 1 else out.with_name(f"{out.name}-{number}")
        if not root.exists() or not any(root.iterdir()):
            return root.absolute()
    raise UserError(f"{out}旁边已有太多演练文件夹。", "请删掉旧的再演练。")

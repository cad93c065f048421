"""``self-test``: the built program proves that each of its parts works where it is installed."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from field_app.cli.telling import report, say


def _fonts_and_papers(_folder: Path) -> str:
    """All files are those that were released, and one paper is made whole."""
    from field_app.documents.release import damaged_templates
    from field_app.documents.render import PaperFacts, render
    from field_app.forms import check_forms, list_forms, load_form

    problems = [*check_forms(), *damaged_templates()]
    if problems:
        raise RuntimeError(problems[0])
    made = render(load_form("G2-02"), {}, PaperFacts(draft=True))
    if made.warnings or not made.pdf.startswith(b"%PDF"):
        raise RuntimeError("a paper cannot be made")
    return f"{len(list_forms())}种文书"


def _store(folder: Path) -> str:
    from field_app.storage import events
    from field_app.storage.store import open_store

    store = open_store(folder / "store.db", os.urandom(32), backups=folder / "backups")
    with store.begin() as tx:
        broken = events.first_break(tx)
    store.close()
    if broken is not None or (folder / "store.db").read_bytes()[:15] == b"SQLite format 3":
        raise RuntimeError("store is not sealed")
    return "加密资料库可用"


def _sealing(folder: Path) -> str:
    from field_app.crypto.gm.provider import GmUnavailable
    from field_app.crypto.suite_keys import new_identity
    from field_app.crypto.suites import SUITES, open_file, seal_file

    data, missing = os.urandom(200_000), ""
    for suite in SUITES:
        try:
            identity = new_identity(suite)
        except GmUnavailable:
            missing = "；没有安装国密组件"
            continue
        seal_file(folder / "a.age", [data], [identity.recipient])
        if open_file(folder / "a.age", [identity], limit=len(data)) != data:
            raise RuntimeError(f"round trip of {suite}")
    return f"封存与打开一致{missing}"


def _media(_folder: Path) -> str:
    import av
    import cv2
    import pillow_heif

    av.codec.Codec("libx264", "w")
    av.codec.Codec("aac", "w")
    if not pillow_heif.libheif_info()["decoders"]:
        raise RuntimeError("no decoder for HEIC")
    return f"OpenCV {cv2.__version__}，H.264/AAC 编码、HEIC 照片可用"


def _sound(_folder: Path) -> str:
    import sounddevice
    from PySide6.QtMultimedia import QAudioSink

    if not callable(QAudioSink):
        raise RuntimeError("no loudspeaker support")
    return f"{len(list(sounddevice.query_devices()))}个声音设备"


def _window(folder: Path) -> str:
    from PySide6.QtWidgets import QApplication

    from field_app.actions.context import AppContext
    from field_app.domain.clock import SystemClock
    from field_app.paths import DataFolder
    from field_app.ui import qt_messages, theme
    from field_app.ui.language import speak
    from field_app.ui.window import MainWindow

    app = QApplication.instance() or QApplication(["field-app"])
    qt_messages.install()
    speak("en")  # Its catalogue is read, and then left again.
    speak("zh")
    theme.load_fonts()
    if isinstance(app, QApplication):
        theme.apply(app, "light")
    window = MainWindow(AppContext(SystemClock(), DataFolder(folder / "laptop").make()))
    window.show()
    app.processEvents()
    picture = window.grab().toImage()
    window.close()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 40)
               for y in range(0, picture.height(), 40)}
    if len(colours) < 3:
        raise RuntimeError("the window is blank")
    return "窗口可以显示"


_CHECKS: tuple[tuple[str, Callable[[Path], str]], ...] = (
    ("文书", _fonts_and_papers), ("资料库", _store), ("封存", _sealing), ("录制", _media),
    ("声音", _sound), ("窗口", _window))


def _at_rest(data: Path) -> dict[str, Any]:
    """What lies in the laptop's data folder, and what the machine may write of our memory."""
    from field_app.actions.at_rest import check_at_rest
    from field_app.actions.machine_rest import check_machine
    from field_app.paths import DataFolder

    started = time.perf_counter()
    if not (data / "device.hdr").is_file():
        return {"name": "本机资料", "ok": True, "text": "这里还没有登记为执法电脑，没有可查的资料",
                "seconds": 0.0, "findings": []}
    found = [*check_at_rest(DataFolder(data)), *check_machine(data)]
    serious = sum(f.serious for f in found)
    text = f"有{serious}处不合规定" if serious else "全部加密，权限正确，没有遗留文件"
    return {"name": "本机资料", "ok": not serious, "text": text,
            "seconds": round(time.perf_counter() - started, 2),
            "findings": [{"code": f.code, "where": f.where, "text": f.text, "remedy": f.remedy,
                          "serious": f.serious} for f in found]}


def run(*, as_json: bool, data: Path) -> int:
    """Run every check, the last one on the laptop's ``data`` folder; 0 only when all pass. Works
    without a screen too."""
    if os.name == "posix" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        for title, check in _CHECKS:
            folder = Path(name) / title
            folder.mkdir()
            started = time.perf_counter()
            try:
                text, good = check(folder), True
            except Exception as error:
                text, good = f"{type(error).__name__}: {error}", False
            results.append({"name": title, "ok": good, "text": text,
                            "seconds": round(time.perf_counter() - started, 2)})
    results.append(_at_rest(data))
    if as_json:
        report(results)
    else:
        for result in results:
            say(f"{'通过' if result['ok'] else '失败'}　{result['name']}　{result['text']}"
                f"　{result['seconds']}秒")
        for finding in results[-1]["findings"]:
            say(f"　{'不合规定' if finding['serious'] else '提示'}　{finding['where']}　"
                f"{finding['text']}{finding['remedy']}")
    return 0 if all(r["ok"] for r in results) else 1

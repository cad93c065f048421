"""设置 › 录音录像: which camera and microphone, tried at once; how pictures are recorded."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from field_app.actions.check_readiness import device_checks
from field_app.actions.find_devices import Found, find_devices, same_device
from field_app.actions.record_step import Devices
from field_app.errors import UserError
from field_app.settings import Settings
from field_app.ui.check_lines import add_checks
from field_app.ui.device_picker import DevicePicker
from field_app.ui.device_trial import DeviceTrial
from field_app.ui.jobs import Lane
from field_app.ui.language import tr, tr_later
from field_app.ui.parts import button, clear, row
from field_app.ui.recording_bar import show_picture, small
from field_app.ui.shell import Shell

_PICTURES = {tr_later("720p（省空间，一般够用）"): "720", tr_later("1080p（更清楚，占用约两倍空间）"): "1080"}
_PREROLL = {tr_later("不预录"): "off", tr_later("打开案件后在内存中预录30秒，按录制后一并保存"): "on"}
_ALARM = {tr_later("屏幕提示并响铃"): "on", tr_later("只在屏幕提示"): "off"}
_SEEN = QSize(160, 90)


def choice(name: str, choices: dict[str, str]) -> QComboBox:
    """A box of few choices, their values as data."""
    made = QComboBox()
    for words, value in choices.items():
        made.addItem(tr(words), value)
    made.setAccessibleName(name)
    return made


class RecordingSettings:
    """The widgets of that part of the page, what they show and what is chosen in them."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        self._shell = shell
        self._found = Found()
        self.trial = DeviceTrial(shell, parent)
        self.trial.changed.connect(self._show_trial)
        network = tr("网络地址（rtsp://、http://）、设备或者编号")
        self.camera = DevicePicker(tr("摄像头"), none=tr("不用摄像头"), hint=network)
        self.second = DevicePicker(tr("第二摄像头"), none=tr("不用（可加一个对着文书的，与第一个同时录）"),
                                   hint=network)
        self.microphone = DevicePicker(tr("话筒"), none=tr("不用话筒"), hint=tr("系统里的设备名称"), usual="default")
        self.picture = choice(tr("录像清晰度"), _PICTURES)
        self.preroll = choice(tr("预录"), _PREROLL)
        self.alarm = choice(tr("录制告警"), _ALARM)
        self.look = button(tr("刷新设备"), tip=tr("重新查找插着的摄像头和话筒"))
        self.look.clicked.connect(self.find)
        self.attempt = button("", tip=tr("打开选中的摄像头和话筒几秒，不录制、不保存"))
        self.attempt.clicked.connect(lambda: self.trial.start(Devices.of(self.chosen(shell.settings))))
        self.seen = QLabel(), QLabel()
        for place, words in zip(self.seen, (tr("摄像头画面"), tr("第二摄像头画面")), strict=True):
            place.setObjectName("thumbnail")
            place.setAccessibleName(words)
        self._told = QVBoxLayout()
        self.hands = QWidget()
        column = QVBoxLayout(self.hands)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row(self.look, self.attempt, None))
        result = QHBoxLayout()
        result.setSpacing(12)
        result.addLayout(self._told, 1)
        for place in self.seen:
            result.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(result)

    def lines(self) -> Sequence[tuple[str, QWidget]]:
        """What stands on the page, in its order."""
        return ((tr("摄像头"), self.camera), (tr("第二摄像头"), self.second), (tr("话筒"), self.microphone),
                ("", self.hands), (tr("录像清晰度"), self.picture), (tr("预录"), self.preroll),
                (tr("录制告警"), self.alarm))

    def refresh(self) -> None:
        """Show what is set, and look for what is plugged in."""
        settings = self._shell.settings
        self.camera.show_chosen(settings.camera, settings.camera_called)
        self.second.show_chosen(settings.second_camera, settings.second_camera_called)
        self.microphone.show_chosen(settings.microphone, settings.microphone_called)
        for box, value in ((self.picture, settings.picture), (self.preroll, settings.preroll),
                           (self.alarm, settings.alarm)):
            box.setCurrentIndex(max(0, box.findData(value)))
        self._show_trial()
        self.find()

    def find(self) -> None:
        """Look for devices, off the screen's thread."""
        self.look.setEnabled(False)
        self.look.setText(tr("正在查找…"))
        self._shell.jobs.run(Lane.WORK, find_devices, done=self._offer, failed=self._not_found)

    def _offer(self, found: Found) -> None:
        self._found = found
        self.camera.offer(found.cameras)
        self.second.offer(found.cameras)
        self.microphone.offer(found.microphones, found.usual)
        self._looked()

    def _not_found(self, error: BaseException) -> None:
        self._looked()
        self._shell.messages.error(error)

    def _looked(self) -> None:
        self.look.setText(tr("刷新设备"))
        self.look.setEnabled(True)

    def _show_trial(self) -> None:
        """What came of the last trial of the very devices that are chosen now."""
        self.attempt.setText(tr("正在试，请对着话筒说话…") if self.trial.running else tr("试画面和声音"))
        self.attempt.setAccessibleName(self.attempt.text())
        self.attempt.setEnabled(not self.trial.running)
        clear(self._told)
        devices, tried = Devices.of(self.chosen(self._shell.settings)), self._shell.tried
        known = tried if tried is not None and tried.devices == devices and not self.trial.running else None
        if known is not None:
            for _line in add_checks(self._told, device_checks(devices, known)):
                pass
        seen = known.seen if known is not None else ()
        for number, place in enumerate(self.seen):
            show_picture(place, small(seen[number]) if number < len(seen) else None, within=_SEEN)

    def chosen(self, settings: Settings) -> Settings:
        """``settings`` with what is chosen here."""
        camera, second, microphone = self.camera.chosen(), self.second.chosen(), self.microphone.chosen()
        return replace(
            settings, camera=camera[0], camera_called=camera[1], second_camera=second[0],
            second_camera_called=second[1], microphone=microphone[0], microphone_called=microphone[1],
            picture=str(self.picture.currentData()), preroll=str(self.preroll.currentData()),
            alarm=str(self.alarm.currentData()))

    def check(self) -> None:
        """``UserError`` where both cameras are one."""
        first, second = self.camera.chosen()[0], self.second.chosen()[0]
        if second and same_device(self._found.cameras, first, second):
            raise UserError(tr("两个摄像头选了同一个。"), tr("第二摄像头请改选另一个，没有第二个的选“不用”。"),
                            code="recorder.twice")

    def take_over(self, other: "RecordingSettings") -> None:
        """What is chosen in another window and not saved yet."""
        self._found = other._found
        for one, before in ((self.camera, other.camera), (self.second, other.second),
                            (self.microphone, other.microphone)):
            one.take_over(before)

"""What officers read of a recording: what is wrong with it, and why it did not begin."""

from collections.abc import Mapping

from field_app.actions.context import refuse
from field_app.errors import UserError
from field_app.media.clip import RecorderStatus, Trouble
from field_app.media.errors import (
    CameraUnavailable,
    DiskTooFull,
    MicrophoneUnavailable,
    RecorderBusy,
)

TROUBLES = {
    Trouble.NOT_WRITTEN: "录像没有写入磁盘！请停止后重新录制，或改用其他电脑",
    Trouble.CAMERA_LOST: "摄像头无画面：请检查是否插好，插好会自动接上",
    Trouble.MICROPHONE_LOST: "话筒没有信号：请检查是否插好，插好会自动接上",
    Trouble.FROZEN: "画面静止不动，请检查摄像头；必要时重新插拔",
    Trouble.BLACK: "画面全黑，请检查镜头是否被遮挡",
    Trouble.SILENT: "话筒没有声音，请检查是否被静音或遮挡",
    Trouble.DISK_LOW: "磁盘空间将满：请清理空间，或尽快结束录制；录制仍在继续",
    Trouble.DISK_FULL: "磁盘已满，录制已停止，已录部分完好：请按 F9 收好，清理磁盘后再录",
    Trouble.BATTERY_LOW: "电池电量不足，请接通电源",
    Trouble.SLOW: "画面不连贯，摄像头帧数下降；请检查光线和连接",
    Trouble.FALLING_BEHIND: "电脑太忙，画面可能不连贯，请关闭其他程序",
    Trouble.ENCODER_FAILED: "录制中断，已录部分完好：请按 F9 收好，再按 F9 重新录制",
}
# What goes on meanwhile is said only where it does.
_GOES_ON = {Trouble.CAMERA_LOST: "；录音仍在继续", Trouble.MICROPHONE_LOST: "；录像仍在继续"}
_KEPT = "已填写的内容不受影响。"
_WHY_NO_CAMERA = {
    "is used by another program": ("正被其他程序占用", "请关闭占用它的程序（如视频会议、相机），再开始录制。"),
    "is not there": ("没有插好或不存在", "请插好摄像头，或在设置中改选。"),
    "may not be used": ("不允许使用", "请在系统隐私设置中允许使用摄像头，或联系系统管理员。"),
    "opened but gave no picture": ("已连接，但没有给出画面", "请重新插拔摄像头，或改选摄像头。"),
}


def trouble_words(status: RecorderStatus) -> list[str]:
    """What is wrong with a recording, most pressing first."""
    present = set(status.troubles)
    if Trouble.DISK_FULL in present:
        present.discard(Trouble.DISK_LOW)
    other = {Trouble.CAMERA_LOST: status.level_db is not None
             and Trouble.MICROPHONE_LOST not in present,
             Trouble.MICROPHONE_LOST: status.thumbnail is not None}
    return [TROUBLES[t] + (_GOES_ON[t] if other.get(t) else "") for t in status.troubles
            if t in present]


def device_refusal(error: Exception, names: Mapping[int | str, str] | None = None) -> UserError:
    """Why a recording did not begin, and what to do; ``names``: what devices call themselves."""
    known = names or {}
    if isinstance(error, CameraUnavailable):
        return _camera_refusal(error, known.get(error.source) or str(error.source))
    if isinstance(error, MicrophoneUnavailable):
        name = known.get(error.device or "") or error.device or "默认话筒"
        return refuse(f"话筒“{name}”{error.waited_s:.0f}秒内没有声音信号。",
                      f"请检查是否插好，或在设置中改选话筒。{_KEPT}", code="microphone.none")
    if isinstance(error, DiskTooFull):
        return refuse(f"磁盘空间不足，只够录{max(error.hours_left, 0):.1f}小时，没有开始录制。",
                      f"请清理磁盘或改用其他电脑。{_KEPT}", code="disk.full")
    if isinstance(error, RecorderBusy):
        return refuse("正在录制中。", "请先停止当前录制。", code="recorder.busy")
    return refuse("录制文件写不进去，没有开始录制。", f"请检查磁盘。{_KEPT}", code="disk.write")


def _camera_refusal(error: CameraUnavailable, name: str) -> UserError:
    known = _WHY_NO_CAMERA.get(error.fact)
    if known is not None:
        why, remedy = known
        return refuse(f"摄像头“{name}”{why}。", f"{remedy}{_KEPT}", code="camera.none")
    return refuse(f"摄像头“{name}”{error.waited_s:.0f}秒内没有画面。",
                  f"请检查是否插好、是否被其他程序占用，或改选摄像头。{_KEPT}", code="camera.none")

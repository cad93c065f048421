"""The readiness check before going out: each thing green, or told what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from field_app.actions.context import Session
from field_app.actions.procedure_facts import calendar_of
from field_app.actions.record_step import Devices, room_left
from field_app.actions.try_devices import Tried
from field_app.credentials.trust import WARN_AFTER
from field_app.documents.release import damaged_templates
from field_app.domain.clock import CHINA
from field_app.domain.workdays import Calendar, YearUnknown
from field_app.media.devices import camera_there
from field_app.rules.terms import terms
from field_app.storage import events, outbox
from field_app.storage.store import Tx

_WANTED_HOURS = 4


class Light(Enum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Check:
    """One line of the check."""

    name: str
    light: Light
    text: str
    remedy: str = ""


def _disk(session: Session, devices: Devices) -> Check:
    """What the recording bar tells as well; where nothing is chosen, for one camera with sound."""
    chosen = room_left(session, devices)
    hours = chosen if chosen is not None else room_left(session, replace(devices, camera=0, microphone="")) or 0.0
    light = Light.GREEN if hours >= _WANTED_HOURS else Light.AMBER if hours >= 1 else Light.RED
    left = f"还可录约{hours:.0f}小时" if hours >= 1 else f"还可录约{hours * 60:.0f}分钟"
    return Check("磁盘", light, left, "" if light is Light.GREEN else "请清理磁盘空间")


def device_checks(devices: Devices, tried: Tried | None) -> list[Check]:
    """Only what is known: a device that is chosen may still be unplugged, or mute."""
    known = tried if tried is not None and tried.devices == devices else None
    return [_camera(devices, known), _microphone(devices, known)]


def _camera(devices: Devices, known: Tried | None) -> Check:
    if devices.camera is None:
        return Check("摄像头", Light.AMBER, "未选择", "请在设置中选择，或带执法记录仪")
    if any(camera_there(one) is False for one in (devices.camera, devices.second) if one is not None):
        return Check("摄像头", Light.RED, "没有接上", "请插好摄像头，或在设置中改选")
    if known is None or known.refused is not None:
        return _not_tried("摄像头", known)
    return Check("摄像头", Light.GREEN, "有画面") if known.picture else Check(
        "摄像头", Light.RED, "没有画面", "请检查是否插好，再试一次")


def _microphone(devices: Devices, known: Tried | None) -> Check:
    if devices.microphone is None:
        return Check("话筒", Light.AMBER, "未选择", "请在设置中选择")
    if known is None or known.refused is not None:
        return _not_tried("话筒", known)
    return Check("话筒", Light.GREEN, "听得到声音") if known.sound else Check(
        "话筒", Light.RED, "没有声音", "请检查是否插好、是否被静音，对着它说句话再试一次")


def _not_tried(name: str, known: Tried | None) -> Check:
    if known is None:
        return Check(name, Light.AMBER, "已选择，还没有试", "出发前请点“试画面和声音”")
    return Check(name, Light.RED, "没有试成", "请检查是否插好，再试一次")


def _log_break(tx: Tx) -> int | None:
    """Where the log breaks. What was whole at the login is looked at from there on only: a long log
    takes seconds, and officers come by here many times a day."""
    if events.last_of_kind(tx, "log_broken") is not None:
        return events.first_break(tx)
    return events.first_break(tx, start=events.last_login_before(tx, events.head(tx).seq))


def _sending(receipt: object, headquarters: str) -> Check:
    if receipt:
        return Check("报送总部", Light.GREEN, "有签收记录")
    return Check("报送总部", Light.AMBER, "还没有总部签收记录",
                 "回单位后请同步" if headquarters else "还没有填写总部地址：请在设置中填写，或者用U盘报送")


def calendar_check(calendar: Calendar, day: date) -> Check:
    """Whether the longest term in working days that begins on ``day`` ends within the years known."""
    longest = max(term.length.amount for term in terms().values() if term.length.unit == "workday")
    try:
        calendar.is_workday(day)
        calendar.after(day, longest)
    except YearUnknown as unknown:
        remedy = (f"请联网同步，或用U盘导入总部新的执法事项清单；清单里没有的，请总部加入国务院办公厅公布的"
                  f"{unknown.year}年放假安排")
        if unknown.year == day.year:
            return Check("放假安排", Light.RED, f"没有{unknown.year}年的，按工作日计的期限算不出来", remedy)
        return Check("放假安排", Light.AMBER, f"没有{unknown.year}年的，今天起算的期限可能跨到{unknown.year}年", remedy)
    known = day.year
    while known + 1 in calendar.years:
        known += 1
    return Check("放假安排", Light.GREEN, f"到{known}年底都有")


def worst_first(found: Sequence[Check]) -> list[Check]:
    """What has to be done stands at the top."""
    return sorted(found, key=lambda c: list(reversed(Light)).index(c.light))


def check_readiness(session: Session, devices: Devices, *, headquarters: str,
                    tried: Tried | None = None) -> list[Check]:
    """All lines, the worst first; ``headquarters``: its address, empty when none is set; ``tried``: what
    came of the last trial of the devices."""
    broken = damaged_templates()
    with session.begin() as tx:
        log_break, last = _log_break(tx), outbox.last_receipt_time(tx, until=session.at)
    age = session.trust.age_at(session.at)
    found = [
        Check("执法证书", Light.GREEN, "两名执法人员证书有效"),
        _disk(session, devices), *device_checks(devices, tried),
        Check("文书格式", Light.RED if broken else Light.GREEN,
              f"{len(broken)}处有误" if broken else "完好", "请重新安装程序" if broken else ""),
        Check("操作日志", Light.RED if log_break else Light.GREEN,
              f"第{log_break}条起不连续" if log_break else "完整",
              "请不要删除任何文件，联系系统管理员" if log_break else ""),
        Check("信任包", Light.GREEN if age <= WARN_AFTER else Light.AMBER, f"{age.days}天前更新",
              "" if age <= WARN_AFTER else "请联网同步或用U盘导入"),
        calendar_check(calendar_of(session), session.at.astimezone(CHINA).date()),
        _sending(last, headquarters)]
    return worst_first(found)

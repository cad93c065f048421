"""The readiness check before going out: each thing green, or told what to do."""

import shutil
from dataclasses import dataclass
from enum import Enum

from field_app.actions.context import Session
from field_app.actions.record_step import Devices
from field_app.credentials.trust import WARN_AFTER
from field_app.documents.release import damaged_templates
from field_app.storage import events, outbox
from field_app.storage.store import Tx

_HOUR_BYTES = 2 << 30
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


def _disk(session: Session) -> Check:
    free = shutil.disk_usage(session.context.data.root).free
    hours = free / _HOUR_BYTES
    light = Light.GREEN if hours >= _WANTED_HOURS else Light.AMBER if hours >= 1 else Light.RED
    return Check("磁盘", light, f"可录制约{min(hours, 999):.0f}小时",
                 "" if light is Light.GREEN else "请清理磁盘空间")


def _devices(devices: Devices) -> list[Check]:
    return [
        Check("摄像头", Light.GREEN if devices.camera is not None else Light.AMBER,
              "已选择" if devices.camera is not None else "未选择",
              "" if devices.camera is not None else "请在设置中选择，或带执法记录仪"),
        Check("话筒", Light.GREEN if devices.microphone is not None else Light.AMBER,
              "已选择" if devices.microphone is not None else "未选择",
              "" if devices.microphone is not None else "请在设置中选择")]


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


def check_readiness(session: Session, devices: Devices, *, headquarters: str) -> list[Check]:
    """All lines, the worst first; ``headquarters``: its address, empty when none is set."""
    broken = damaged_templates()
    with session.begin() as tx:
        log_break, last = _log_break(tx), outbox.last_receipt_time(tx)
    age = session.trust.age_at(session.at)
    found = [
        Check("执法证书", Light.GREEN, "两名执法人员证书有效"),
        _disk(session), *_devices(devices),
        Check("文书格式", Light.RED if broken else Light.GREEN,
              f"{len(broken)}处有误" if broken else "完好", "请重新安装程序" if broken else ""),
        Check("操作日志", Light.RED if log_break else Light.GREEN,
              f"第{log_break}条起不连续" if log_break else "完整",
              "请不要删除任何文件，联系系统管理员" if log_break else ""),
        Check("信任包", Light.GREEN if age <= WARN_AFTER else Light.AMBER, f"{age.days}天前更新",
              "" if age <= WARN_AFTER else "请联网同步或用U盘导入"),
        _sending(last, headquarters)]
    order = {Light.RED: 0, Light.AMBER: 1, Light.GREEN: 2}
    return sorted(found, key=lambda c: order[c.light])

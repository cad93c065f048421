"""The readiness check of what stands beside the laptop: its printer and its battery. Asking takes a while."""

from pathlib import Path

from field_app.actions.check_readiness import Check, Light
from field_app.actions.context import AppContext
from field_app.actions.machine_state import LOW
from field_app.actions.print_profiles import load_profiles
from field_app.actions.printing import Printing, Trouble
from field_app.media.battery import SUPPLIES, battery

# Percent: half a day away from the mains with camera and printer.
SET_OUT = 50


def check_equipment(context: AppContext, printing: Printing, *, supplies: Path = SUPPLIES) -> list[Check]:
    """The printer that is offered first and the battery; a machine without a battery has no line of it."""
    charge = _battery(supplies)
    return [_printer(context, printing), *([charge] if charge is not None else [])]


def _printer(context: AppContext, printing: Printing) -> Check:
    names = printing.printers()
    if not names:
        if not printing.answers():
            return Check("打印机", Light.RED, "打印服务没有应答", "请重新启动电脑；仍然没有应答的，联系系统管理员")
        return Check("打印机", Light.AMBER, "没有打印机", "请接好便携打印机并开机，或在系统设置里添加")
    last = load_profiles(context).last
    name = last if last in names else names[0]
    state = printing.state(name)
    if state.trouble is not None:
        light = Light.AMBER if state.trouble is Trouble.CONNECTING else Light.RED
        return Check("打印机", light, f"{name}：{state.trouble.what}", state.trouble.to_do)
    if not state.accepting:
        return Check("打印机", Light.RED, f"{name}：打印机不接收打印", "请在系统设置里恢复这台打印机")
    if state.has_a4 is False:
        return Check("打印机", Light.AMBER, f"{name}：没有装A4纸", "请装入A4纸")
    return Check("打印机", Light.GREEN, f"{name}：没有报告故障")


def _battery(supplies: Path) -> Check | None:
    charge = battery(supplies)
    if charge is None:
        return None
    told = f"{charge.percent}%，已接电源" if charge.charging else f"{charge.percent}%，没有接电源"
    if charge.percent >= SET_OUT:
        return Check("电池", Light.GREEN, told)
    if charge.charging:
        return Check("电池", Light.AMBER, told, f"请充到{SET_OUT}%以上再出发，并带上电源")
    return Check("电池", Light.RED if charge.percent <= LOW else Light.AMBER, told,
                 f"请接上电源，充到{SET_OUT}%以上再出发")

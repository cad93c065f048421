"""What a laptop takes in from a folder or a stick: newer trust bundles, days off of further years."""

from pathlib import Path

from field_app.actions.context import AppContext, refuse
from field_app.actions.write_files import write_together
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.trust import (
    BUNDLE_NAME,
    SIGNATURE_NAME,
    Trust,
    TrustRefused,
    load_trust,
    parse_bundle,
)
from field_app.domain.workdays import CalendarBroken, read_calendar


def install_bundle(folder: Path, data: bytes, signature: bytes) -> None:
    """Lay a judged bundle into ``folder``, both files or neither."""
    write_together({folder / BUNDLE_NAME: data, folder / SIGNATURE_NAME: signature})


def import_calendar(context: AppContext, path: Path) -> list[int]:
    """Take days off of further years into this laptop; the years that the file tells."""
    try:
        years = sorted(read_calendar(path).years)
    except CalendarBroken as error:
        raise refuse(f"放假安排读不出来：{error}。", "请照 resources/calendars 的写法核对文件。",
                     code="calendar.broken") from error
    folder = context.data.calendars
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "-".join(map(str, years)) + ".toml"
    beside = folder / f"{name}.part"
    beside.write_bytes(path.read_bytes())
    beside.replace(folder / name)
    return years


def import_bundle(context: AppContext, bundle: Path) -> Trust:
    """Take a newer trust bundle from a folder or stick; refuses an older or foreign one."""
    try:
        header = read_header(context.data.device_header)
        current = load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
        data = (bundle / BUNDLE_NAME).read_bytes()
        signature = (bundle / SIGNATURE_NAME).read_bytes()
        trust = parse_bundle(data, signature, pinned_root_sha256=header.root_sha256, current=current)
    except NotEnrolled as error:
        raise refuse("本机还没有登记为执法电脑。", "请先登记本机。", code="device.not_enrolled") from error
    except OSError as error:
        raise refuse("所选位置没有信任包。", "请选择含有 bundle.json 的文件夹。", code="trust.missing") from error
    except TrustRefused as error:
        raise refuse("这个信任包不可信，或比本机的旧，没有导入。", "请从总部取得最新的信任包。",
                     code=f"trust.{error.code}") from error
    install_bundle(context.data.trust, data, signature)
    return trust

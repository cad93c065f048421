"""A laptop takes what the district brings on a stick: its enrolment, or a newer trust bundle."""

from pathlib import Path

from field_app.actions.context import AppContext, refuse
from field_app.actions.take_bundle import import_bundle
from field_app.actions.write_files import not_written, write_together
from field_app.credentials.device import NotEnrolled, read_header, write_header
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME, TrustRefused, load_trust
from field_app.paths import DataFolder

BUNDLE_FOLDER, LAPTOP_FOLDER = "信任包", "执法电脑-"


def is_enrolled(context: AppContext) -> bool:
    """Whether this laptop was ever made one of the district's."""
    return context.data.device_header.exists() or context.data.store.exists()


def bundle_in(folder: Path) -> Path:
    """Where the bundle lies, on a stick or in the folder itself; the folder when there is none."""
    return next((place for place in (folder, folder / BUNDLE_FOLDER) if (place / BUNDLE_NAME).is_file()), folder)


def _laptop_in(folder: Path, header: str) -> Path | None:
    """The one enrolment that lies there, on a stick or in the folder itself; ``UserError`` for several."""
    if (folder / header).is_file():
        return folder
    found = sorted(place.parent for place in folder.glob(f"{LAPTOP_FOLDER}*/{header}"))
    if len(found) > 1:
        names = "、".join(place.name for place in found)
        raise refuse(f"U盘里有{len(found)}台电脑的登记文件：{names}。", "请选择这台电脑的那个文件夹。",
                     code="device.several")
    return found[0] if found else None


def take_from_stick(context: AppContext, folder: Path) -> str:
    """Enrol this laptop from ``folder``, or take a newer bundle; what was done, in words.

    ``UserError`` when neither lies there, this laptop is enrolled already, or it is not believed.
    """
    here = context.data
    if (folder / here.device_header.name).is_file():
        return _enrol(here, folder)
    bundle = bundle_in(folder)
    if not is_enrolled(context):
        laptop = _laptop_in(folder, here.device_header.name)
        if laptop is not None:
            return _enrol(here, laptop)
        if (bundle / BUNDLE_NAME).is_file():
            raise refuse("所选位置只有信任包，没有这台电脑的登记文件，没有登记。",
                         f"请向系统管理员要登记U盘，里面有“{LAPTOP_FOLDER}编号”文件夹。", code="device.not_enrolled")
    if not (bundle / BUNDLE_NAME).is_file():
        raise refuse("所选位置没有信任包，也没有电脑的登记文件。",
                     f"请选择U盘，或U盘里的“{BUNDLE_FOLDER}”、“{LAPTOP_FOLDER}编号”文件夹。", code="trust.missing")
    trust = import_bundle(context, bundle)
    return f"已导入第{trust.number}号信任包，下次登录起生效。"


def _enrol(here: DataFolder, folder: Path) -> str:
    if here.device_header.exists() or here.store.exists():
        raise refuse("本机已经登记过，没有改动。", "要更新人员，请选择信任包所在的文件夹。", code="device.exists")
    brought = DataFolder(folder)
    try:
        header = read_header(brought.device_header)
        load_trust(brought.trust, pinned_root_sha256=header.root_sha256)
    except (NotEnrolled, TrustRefused) as error:
        raise refuse("U盘里的登记文件不完整或已损坏，没有登记。", "请由系统管理员重新登记这台电脑。",
                     code="device.damaged") from error
    try:
        here.make()
        write_together({here.trust / name: (brought.trust / name).read_bytes()
                        for name in (BUNDLE_NAME, SIGNATURE_NAME)})
        write_header(here.device_header, header)
    except OSError as error:
        raise not_written(error, here.root) from error
    return f"本机已登记为{header.device}（{header.agency}）。请从U盘删除登记文件夹，由两名执法人员登录。"

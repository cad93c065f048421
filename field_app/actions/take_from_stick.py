"""A laptop takes what the district brings on a stick: its enrolment, or a newer trust bundle."""

from pathlib import Path

from field_app.actions.administer import import_bundle
from field_app.actions.context import AppContext, refuse
from field_app.actions.write_files import not_written, write_together
from field_app.credentials.device import NotEnrolled, read_header, write_header
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME, TrustRefused, load_trust
from field_app.paths import DataFolder

BUNDLE_FOLDER = "信任包"


def take_from_stick(context: AppContext, folder: Path) -> str:
    """Enrol this laptop from ``folder``, or take a newer bundle; what was done, in words.

    ``UserError`` when neither lies there, this laptop is enrolled already, or it is not believed.
    """
    here = context.data
    if (folder / here.device_header.name).is_file():
        return _enrol(here, folder)
    found = next((place for place in (folder, folder / BUNDLE_FOLDER)
                  if (place / BUNDLE_NAME).is_file()), None)
    if found is None:
        raise refuse("所选位置没有信任包，也没有电脑的登记文件。",
                     f"请选择U盘，或U盘里的“{BUNDLE_FOLDER}”、“执法电脑-编号”文件夹。", code="trust.missing")
    trust = import_bundle(context, found)
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

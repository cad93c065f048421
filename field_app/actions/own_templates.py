"""An agency's own papers without a programmer: draft, lint, release, take in, use."""

import shutil
from pathlib import Path

from field_app.actions.context import AppContext, Session, refuse
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.keys import NotAKeyFile
from field_app.credentials.pem_keys import load_pem_signer
from field_app.credentials.trust import TrustRefused, load_trust
from field_app.documents.drafting import draft_template
from field_app.documents.own_templates import (
    OWN_FROM,
    lint,
    load_release,
    own_template,
    read_own,
    release,
)
from field_app.documents.refusal import TemplateRefused
from field_app.documents.templates import PaperTemplate, meta_files
from field_app.errors import UserError
from field_app.forms import FormDefinition, FormUnknown, load_form


def _form(form_id: str) -> FormDefinition:
    try:
        return load_form(form_id)
    except FormUnknown as error:
        raise refuse(f"没有文书{form_id}。", "用 forms list 查看可用的文书。", code="form.unknown") from error


def _told(error: TemplateRefused) -> UserError:
    return refuse(f"模板不能使用：{error}。", "请在 Word 或 WPS 里改正后再检查一次。", code="template.refused")


def draft_own(form_id: str, out: Path) -> Path:
    """Write a first Word template of the form into folder ``out``; never over an existing file."""
    form = _form(form_id)
    path = out / f"{form.form_id}-{form.title}.docx"
    if path.exists():
        raise refuse(f"{path}已经存在。", "请先移走，或换一个文件夹；已有的模板不会被覆盖。", code="template.exists")
    out.mkdir(parents=True, exist_ok=True)
    path.write_bytes(draft_template(form))
    return path


def check_own(context: AppContext, path: Path, form_id: str) -> list[str]:
    """Everything that stands against releasing the edited .docx, with its place."""
    form = _form(form_id)
    try:
        return lint(read_own(path, form, version=OWN_FROM, at=context.clock.now().wall), form)
    except TemplateRefused as error:
        return [str(error)]


def release_own(context: AppContext, path: Path, form_id: str, *, headquarters: Path,
                out: Path) -> Path:
    """Lint, number and sign the template with headquarters' key; returns the release's .toml."""
    form = _form(form_id)
    folder = out / f"{form.form_id}-{form.title}"
    numbers = [int(p.stem) for p in meta_files(folder)]
    at = context.clock.now().wall
    try:
        keys = headquarters / "keys"
        signer = load_pem_signer((keys / "signer.crt").read_bytes(),
                                 (keys / "signer.key").read_bytes())
    except (OSError, NotAKeyFile) as error:
        raise refuse("总部文件夹里没有可用的密钥。", "请核对 --headquarters 的位置。", code="hq.keys") from error
    try:
        template = read_own(path, form, version=max([OWN_FROM - 1, *numbers]) + 1, at=at)
        problems = lint(template, form)
    except TemplateRefused as error:
        raise _told(error) from error
    if problems:
        raise refuse(f"模板还有{len(problems)}处问题，没有发布：{problems[0]}。",
                     "请用 templates check 查看全部问题，改正后再发布。", code="template.problems")
    return release(template, path.read_bytes(), folder, signer=signer, at=at)


def take_own(context: AppContext, folder: Path) -> list[str]:
    """Take every release below ``folder`` into this laptop, all or none; their titles.

    Each signature is verified against the trust this laptop was enrolled with.
    """
    data = context.data
    try:
        trust = load_trust(data.trust,
                           pinned_root_sha256=read_header(data.device_header).root_sha256)
    except (NotEnrolled, TrustRefused) as error:
        raise refuse("本机还没有登记为执法电脑，或信任包不可信。", "请先登记本机。",
                     code="device.not_enrolled") from error
    found = [path for place in sorted(p for p in folder.iterdir() if p.is_dir())
             for path in meta_files(place)] if folder.is_dir() else []
    if not found:
        raise refuse("这个位置没有文书模板。", "请选择 templates release 写出的文件夹。", code="template.missing")
    try:
        taken = [load_release(path, trust) for path in found]
    except TemplateRefused as error:
        raise _told(error) from error
    for path, template in zip(found, taken, strict=True):
        form = _form(template.meta.form_id)
        if template.meta.version < OWN_FROM or path.parent.name != f"{form.form_id}-{form.title}":
            raise refuse(f"{path.parent.name}的版本号或文件夹名不属于自有模板。",
                         "请用 templates release 重新发布。", code="template.number")
    for path in found:
        place = data.templates / path.parent.name
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for suffix in (".docx", ".p7s", ".toml"):
            shutil.copyfile(path.with_suffix(suffix), place / f"{path.stem}{suffix}.part")
            (place / f"{path.stem}{suffix}.part").replace(place / f"{path.stem}{suffix}")
    return [f"{path.parent.name} 第{path.stem}版" for path in found]


def template_in_use(session: Session, form: FormDefinition) -> PaperTemplate | None:
    """The agency's own template for the form, when it has one; None for the one that ships."""
    try:
        return own_template(session.context.data.templates, form, session.trust)
    except TemplateRefused as error:
        raise refuse(f"《{form.title}》的自有模板已损坏：{error.problem}。", "请从总部重新取得模板并导入。",
                     code="template.damaged") from error

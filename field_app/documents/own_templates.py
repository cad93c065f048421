"""Templates an agency makes itself: linted, released under headquarters' signature, taken in.

A release is three files: ``<version>.docx``, ``<version>.toml`` (as for templates that ship) and
``<version>.p7s``, a detached CMS signature of a headquarters certificate over the .toml, which
holds the hash of the .docx. Versions of an agency's own begin at 1001, so that they never meet
the number of one that ships.
"""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from field_app.credentials.cms import CmsRefused, sign_detached, verify_detached
from field_app.credentials.keys import SigningKey
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.hashing import sha256_hex
from field_app.documents.package import MAX_FILE, read_package
from field_app.documents.refusal import PaperTooLong, TemplateRefused
from field_app.documents.release import check_template
from field_app.documents.render import PaperFacts, render
from field_app.documents.templates import (
    Meta,
    PaperTemplate,
    compile_template,
    load_template,
    meta_files,
    read_meta,
)
from field_app.documents.wordml import QR_PART
from field_app.domain.clock import CHINA
from field_app.forms.definition import FormDefinition, Kind, Need
from field_app.forms.longest import longest_answers

OWN_FROM = 1001
_MAX_SIGNATURE = 64 << 10
# Blocks of lines that ink fills, or that the letterhead prints.
_BY_INK = frozenset({"ENT", "SIGNREC", "SIGNLITE", "RECEIPT", "APPROVE"})


def read_own(path: Path, form: FormDefinition, *, version: int, at: datetime) -> PaperTemplate:
    """An edited .docx as a template of ``form``; raises :class:`TemplateRefused`."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE else b""
    except OSError as error:
        raise TemplateRefused(path.name, "", "文件无法读取") from error
    qr_part = QR_PART if QR_PART in read_package(data, path.name) else ""
    return compile_template(data, path.name, Meta(
        form.form_id, form.version, form.version, version, at.astimezone(CHINA).date(),
        sha256_hex(data), qr_part))


def lint(template: PaperTemplate, form: FormDefinition) -> list[str]:
    """What stands against releasing ``template``, each with its place; empty when all is well."""
    problems = check_template(template, form)
    if problems:
        return problems
    unused = [f.label for f in form.fields
              if f.need is Need.REQUIRED and not f.after_printing and f.block not in _BY_INK
              and f.kind not in (Kind.SIGN, Kind.AUTO)
              and not any(f.key in source for source in template.sources.values())]
    problems += [f"{template.name}：没有印出必填栏目“{label}”" for label in unused]
    facts = PaperFacts(doc_no="重庆市武隆区某某街道罚决〔2026〕10000号", short_code="WWWW-WWWW",
                       verify_text="LE1", agency_name="重庆市武隆区某某街道办事处")
    try:
        made = render(form, longest_answers(form), facts, template=template)
    except PaperTooLong as error:
        return [*problems, f"{template.name}：按最长内容填写超过{error.limit}页"]
    except TemplateRefused as error:
        return [*problems, f"{template.name}：按最长内容填写时 {error.problem}"]
    return [*problems, *(f"{template.name}：按最长内容填写时，{w}" for w in made.warnings)]


def release(template: PaperTemplate, docx: bytes, folder: Path, *, signer: SigningKey,
            at: datetime) -> Path:
    """Write the three files into ``folder``; never over another release. Returns the .toml."""
    meta = template.meta
    text = "".join((
        f'form = "{meta.form_id}"\n', f"form_version_from = {meta.form_version_from}\n",
        f"form_version_to = {meta.form_version_to}\n", f"version = {meta.version}\n",
        f"released = {meta.released.isoformat()}\n", f'docx_sha256 = "{meta.docx_sha256}"\n',
        'paper = "A4"\n', f'qr_part = "{meta.qr_part}"\n')).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{meta.version}.toml"
    signature = sign_detached(text, [signer], at=at)
    # The .toml comes last: a release without it is none.
    for name, data in ((path.with_suffix(".docx"), docx), (path.with_suffix(".p7s"), signature),
                       (path, text)):
        beside = name.with_name(name.name + ".part")
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(name)
    return path


def load_release(path: Path, trust: Trust) -> PaperTemplate:
    """A release, given its .toml, believed below the pinned root; :class:`TemplateRefused`."""
    _check_signature(path, trust)
    return load_template(path)


def _check_signature(path: Path, trust: Trust) -> None:
    name = f"{path.parent.name}/{path.name}"
    try:
        signature = path.with_suffix(".p7s")
        if signature.stat().st_size > _MAX_SIGNATURE:
            raise TemplateRefused(name, "", "签名文件过大")
        signers = verify_detached(path.read_bytes(), signature.read_bytes())
        for signer in signers:
            check_certificate(signer.certificate, trust, at=signer.signing_time,
                              purpose=Purpose.HEADQUARTERS)
    except OSError as error:
        raise TemplateRefused(name, "", "缺少总部签名（.p7s）") from error
    except (CmsRefused, CertificateRefused) as error:
        raise TemplateRefused(name, "", "总部签名不成立，文件可能被改动") from error


def own_template(folder: Path, form: FormDefinition, trust: Trust) -> PaperTemplate | None:
    """The newest believed release for this version of the form below ``folder``, if any.

    Raises :class:`TemplateRefused` when the newest one is damaged: an agency that has its own
    layout must not print another one unaware.
    """
    for path in reversed(meta_files(folder / f"{form.form_id}-{form.title}")):
        meta = read_meta(path)
        if meta.form_version_from <= form.version <= meta.form_version_to:
            _check_signature(path, trust)
            return _compiled(path, sha256_hex(path.read_bytes()))
    return None


@lru_cache(maxsize=32)
def _compiled(path: Path, _toml_sha256: str) -> PaperTemplate:
    """Compiled once for as long as its .toml, and so the hash of its .docx, stays the same."""
    return load_template(path)

"""One form told whole: what is asked, what must be said, where it was read and how sure it is."""

from collections.abc import Iterator
from typing import Any

from field_app.forms.definition import Field, FormDefinition

CONFIDENCE = {"V": "已核对原文", "P": "只见摘要", "M": "凭记忆，待核对", "I": "我们的推断，待核对"}
_NEEDS = {"R": "必填", "C": "有条件必填", "O": "可不填"}


def show_form(form: FormDefinition) -> dict[str, Any]:
    """The form as JSON; ``confidence`` is V (read), P (summary only), M (memory), I (inference)."""
    return {
        "id": form.form_id, "version": form.version, "title": form.title, "group": form.group,
        "sha256": form.sha256, "when": form.when, "who": form.who,
        "number_word": form.number_word, "numbering": form.numbering,
        "copies": [{"holder": c.holder, "count": c.count} for c in form.copies],
        "entrusted": form.entrusted, "internal": form.internal,
        "av_required": form.av_required, "source": form.source, "confidence": form.confidence,
        "statements": [{"key": s.key, "text": s.text, "phrases": list(s.phrases),
                        "applies": s.applies, "source": s.source, "confidence": s.confidence}
                       for s in form.statements],
        "fields": [_field(f) for f in form.fields]}


def _field(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": field.key, "label": field.label, "type": field.kind.value,
        "required": field.need.value}
    for name in ("block", "condition", "choices", "checks", "max_length", "max_items", "help",
                 "source", "confidence"):
        value = getattr(field, name)
        if value:
            told[name] = list(value) if isinstance(value, tuple) else value
    if field.fields:
        told["fields"] = [_field(f) for f in field.fields]
    if field.item is not None:
        told["item"] = _field(field.item)
    return told


def show_lines(told: dict[str, Any], *, keys: bool) -> Iterator[str]:
    """The same for a person, line by line; what is not settled is marked so.

    ``keys``: with the name that a field has in answers, for those who write them by hand.
    """
    yield f"{told['id']}　{told['title']}　第{told['version']}版"
    yield f"什么时候用：{told['when']}"
    yield f"谁来签：{told['who']}"
    yield f"来源：{told['source']}（{CONFIDENCE[told['confidence']]}）"
    for statement in told["statements"]:
        yield (f"法定内容：{statement['text']}（{statement['source']}；"
               f"{CONFIDENCE[statement['confidence']]}）")
    for field in told["fields"]:
        yield from _field_lines(field, "", keys=keys)


def _field_lines(field: dict[str, Any], indent: str, *, keys: bool) -> Iterator[str]:
    doubt = "" if field.get("confidence") in (None, "V") else f"　{CONFIDENCE[field['confidence']]}"
    basis = f"　依据：{field['source']}{doubt}" if field.get("source") else ""
    name = f"{field['key']}　" if keys else ""
    yield f"{indent}{name}{field['label']}　{_NEEDS[field['required']]}{basis}"
    inner = field.get("fields") or (field.get("item") or {}).get("fields") or []
    for child in inner:
        yield from _field_lines(child, indent + "　　", keys=keys)

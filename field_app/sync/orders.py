"""Judges what headquarters sent down before anything of it is believed (PROTOCOL.md, section 8)."""

import io
from typing import Any

from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.canonical import MalformedJson, parse
from field_app.crypto.stanzas import AgeError
from field_app.crypto.stream import read_limited
from field_app.crypto.suites import AnyIdentity, SealedReader
from field_app.errors import FieldAppError
from field_app.protocol.limits import MAX_ORDER_BYTES
from field_app.protocol.messages import SignedDocument
from field_app.protocol.orders import Order
from field_app.protocol.strict import Malformed


class OrderRefused(FieldAppError):
    """An order is not acted upon.

    ``code``: ``malformed``, ``signature``, ``other_device``, ``sealed`` (not to this laptop).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


def check_order(signed: SignedDocument, trust: Trust, *, device: str) -> Order:
    """The order, if headquarters signed it and means this laptop; :class:`OrderRefused`.

    The present is not asked for: a laptop whose clock is behind must still be told so.
    """
    try:
        for signer in verify_detached(signed.document, signed.signature):
            check_certificate(signer.certificate, trust, at=signer.signing_time,
                              purpose=Purpose.HEADQUARTERS)
        order = Order.from_json(parse(signed.document, limit=MAX_ORDER_BYTES))
    except (CmsRefused, CertificateRefused) as error:
        raise OrderRefused("signature", error.code) from error
    except (Malformed, MalformedJson) as error:
        raise OrderRefused("malformed", str(error)) from error
    if order.device not in ("", device):
        raise OrderRefused("other_device", order.device)
    return order


def body_of(order: Order, identity: AnyIdentity | None) -> dict[str, Any]:
    """What the order says, opened with the laptop's inbox key where it is sealed."""
    if order.body is not None:
        return order.body
    try:
        if identity is None or order.sealed is None:
            raise OrderRefused("sealed", "no key")
        reader = SealedReader(io.BytesIO(order.sealed), [identity])
        value = parse(read_limited(reader, MAX_ORDER_BYTES), limit=MAX_ORDER_BYTES)
    except AgeError as error:
        raise OrderRefused("sealed", type(error).__name__) from error
    except MalformedJson as error:
        raise OrderRefused("malformed", str(error)) from error
    if not isinstance(value, dict):
        raise OrderRefused("malformed", "body")
    return value

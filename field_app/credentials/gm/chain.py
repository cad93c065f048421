"""Chains of SM2 certificates, judged by the rules of RFC 5280 that our short chains need.

The public verifier knows no SM2. Ours knows one shape: a certificate, at most one authority
between, and the pinned root; anything else is refused.
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from field_app.credentials.gm.certificates import certificate_signed_by, sm2_public
from field_app.errors import FieldAppError

MAX_DEPTH = 2
_UNDERSTOOD = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE,
               ExtensionOID.EXTENDED_KEY_USAGE}


class ChainBroken(FieldAppError):
    """No chain of SM2 certificates leads to the root; the text says where it breaks."""


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        extensions = certificate.extensions
    except (ValueError, x509.DuplicateExtension) as error:
        raise ChainBroken("extensions are malformed") from error
    if any(each.critical and each.oid not in _UNDERSTOOD for each in extensions):
        raise ChainBroken("unknown critical extension")
    return extensions


def _is_authority(certificate: x509.Certificate, *, below: int) -> None:
    """``below``: how many authorities stand between this one and the end of the chain."""
    extensions = _extensions(certificate)
    try:
        basic = extensions.get_extension_for_class(x509.BasicConstraints)
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise ChainBroken("authority without constraints") from error
    length = basic.value.path_length
    if not (basic.critical and basic.value.ca and usage.key_cert_sign):
        raise ChainBroken("not an authority")
    if length is not None and length < below:
        raise ChainBroken("chain is too long")


def _check_leaf(certificate: x509.Certificate) -> None:
    extensions = _extensions(certificate)
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ChainBroken("an authority is nobody's own certificate")
    except x509.ExtensionNotFound:
        return  # Without them it is no authority either.


def _issuer_of(certificate: x509.Certificate,
               candidates: Sequence[x509.Certificate]) -> x509.Certificate:
    for candidate in candidates:
        if (candidate.subject == certificate.issuer
                and certificate_signed_by(certificate, candidate)):
            return candidate
    raise ChainBroken("no issuer that is known signed it")


def build_chain(certificate: x509.Certificate, root: x509.Certificate,
                intermediates: Sequence[x509.Certificate], *,
                at: datetime) -> tuple[x509.Certificate, ...]:
    """From ``certificate`` to ``root``, every signature and every date checked.

    Raises :class:`ChainBroken`. Revocation and purpose are the caller's to judge.
    """
    if sm2_public(certificate) is None:
        raise ChainBroken("not an SM2 certificate")
    _check_leaf(certificate)
    chain = [certificate]
    while chain[-1] != root:
        if len(chain) > MAX_DEPTH:
            raise ChainBroken("chain is too long")
        issuer = _issuer_of(chain[-1], [root, *intermediates])
        _is_authority(issuer, below=len(chain) - 1)
        if issuer in chain:
            raise ChainBroken("chain runs in a circle")
        chain.append(issuer)
    if any(not link.not_valid_before_utc <= at <= link.not_valid_after_utc for link in chain):
        raise ChainBroken("an authority is not valid at that time")
    return tuple(chain)

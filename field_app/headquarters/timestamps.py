"""Time-stamps of an outside authority (RFC 3161): asked for, checked, read again later.

Where no authority is configured (:func:`load_authority` gives None) headquarters works as before and
says that signatures stay at B-B. The authority's roots are pinned; they are not the district's.
"""

import asyncio
import hashlib
import http.client
import ssl
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from field_app.errors import FieldAppError
from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
from field_app.packages.durable import write_file
from field_app.packages.layout import MAX_TIMESTAMP_BYTES

WAIT_SECONDS = 15
_MAX_ROOTS_BYTES = 1 << 20
_SLACK = timedelta(minutes=10)
# What reading spoiled bytes as an answer raises beside the library's own errors.
_SPOILED = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
            RecursionError, NotImplementedError)


class TimestampAway(FieldAppError):
    """The authority cannot be reached or has no answer now; later it may."""


class TimestampInvalid(FieldAppError):
    """What came (or lies there) is no valid time-stamp of this file."""


@dataclass(frozen=True)
class TimeAuthority:
    """Where time-stamps come from; ``roots``, ``crls``: asn1crypto values that are believed."""

    url: str
    roots: tuple[Any, ...]
    crls: tuple[Any, ...] = ()

    def context(self, at: datetime) -> Any:
        """What a time-stamp of ``at`` is judged by. Its own CRLs are asked where there are any."""
        from pyhanko_certvalidator import ValidationContext

        return ValidationContext(
            trust_roots=list(self.roots), crls=list(self.crls), allow_fetching=False, moment=at,
            retroactive_revinfo=True, revocation_mode="hard-fail" if self.crls else "soft-fail")


def _address(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not (parts.port or 80) > 0:
        raise ValueError("an address begins with http:// or https:// and names a host")
    return parts


def read_roots(data: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Certificates and CRLs of a PEM file; ``ValueError`` and what spoiled bytes raise."""
    from asn1crypto import crl, pem, x509

    roots, crls = [], []
    for kind, _headers, der in pem.unarmor(data, multiple=True):
        if kind == "CERTIFICATE":
            roots.append(x509.Certificate.load(der, strict=True))
            _ = roots[-1].subject.native, roots[-1].public_key.native
        elif kind == "X509 CRL":
            crls.append(crl.CertificateList.load(der, strict=True))
            _ = crls[-1].native
    if not roots:
        raise ValueError("no certificate")
    return tuple(roots), tuple(crls)


def load_authority(folder: HqFolder) -> TimeAuthority | None:
    """The configured authority, or None; :class:`HeadquartersIncomplete` when it is half there."""
    try:
        told = tomllib.loads(folder.tsa.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HeadquartersIncomplete("tsa.toml") from error
    try:
        url = str(told["url"])
        _address(url)
    except (KeyError, ValueError) as error:
        raise HeadquartersIncomplete("tsa.toml") from error
    try:
        with folder.tsa_roots.open("rb") as file:
            roots, crls = read_roots(file.read(_MAX_ROOTS_BYTES))
    except (OSError, *_SPOILED) as error:
        raise HeadquartersIncomplete("trust/tsa.pem") from error
    return TimeAuthority(url, roots, crls)


def configure_authority(folder: HqFolder, url: str, roots_pem: bytes) -> TimeAuthority:
    """Keep address and roots; ``ValueError`` when one of them is not what it should be."""
    _address(url)
    if any(ord(character) < 0x21 or character in '"\\' for character in url):
        raise ValueError("an address without blanks and quotes")
    try:
        roots, crls = read_roots(roots_pem)
    except _SPOILED as error:
        raise ValueError("no certificates") from error
    write_file(folder.tsa_roots, roots_pem)
    write_file(folder.tsa, f'url = "{url}"\n'.encode())
    return TimeAuthority(url, roots, crls)


def _post(url: str, body: bytes) -> bytes:
    """One HTTP call, bounded in time and size; no redirects, no proxies."""
    parts = _address(url)
    host = str(parts.hostname)
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=WAIT_SECONDS,
                                    context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=WAIT_SECONDS))
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                           body, {"Content-Type": "application/timestamp-query",
                                  "Accept": "application/timestamp-reply"})
        response = connection.getresponse()
        data = response.read(MAX_TIMESTAMP_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise TimestampAway(type(error).__name__) from error
    finally:
        connection.close()
    if response.status != 200:
        raise TimestampAway(f"status {response.status}")
    if len(data) > MAX_TIMESTAMP_BYTES:
        raise TimestampInvalid("answer too large")
    return data


def stamper(authority: TimeAuthority) -> Any:
    """The authority as pyHanko asks one; what it answered last is kept as ``last_answer``."""
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper

    class _Stamper(TimeStamper):
        last_answer = b""

        async def async_request_tsa_response(self, req: Any) -> Any:
            self.last_answer = _post(authority.url, req.dump())
            return tsp.TimeStampResp.load(self.last_answer, strict=True)

    made: Any = _Stamper  # untyped by its maker
    return made()


def ask(authority: TimeAuthority, data: bytes) -> tuple[bytes, datetime]:
    """A time-stamp over ``data``: the authority's whole answer, checked, and its time.

    Raises :class:`TimestampAway` or :class:`TimestampInvalid`.
    """
    from pyhanko.sign.timestamps import TimestampRequestError

    asking = stamper(authority)
    try:
        asyncio.run(asking.async_timestamp(hashlib.sha256(data).digest(), "sha256"))
    except TimestampRequestError as error:
        raise TimestampInvalid("refused, or another nonce") from error
    except _SPOILED as error:
        raise TimestampInvalid(type(error).__name__) from error
    answer = bytes(asking.last_answer)
    return answer, check(authority, answer, data)


def check(authority: TimeAuthority, answer: bytes, data: bytes) -> datetime:
    """The time that ``answer`` proves for ``data``; :class:`TimestampInvalid`.

    The authority's certificate is judged at that time, so an old time-stamp stays good.
    """
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    try:
        signed, told = _token(answer)
        kept = asyncio.run(validate_tst_signed_data(
            signed, authority.context(told), lambda name: hashlib.new(name, data).digest()))
        status = TimestampSignatureStatus(**kept)
        holds = status.intact and status.valid and status.trusted
    except (SignatureValidationError, *_SPOILED) as error:
        raise TimestampInvalid(type(error).__name__) from error
    if not holds:
        raise TimestampInvalid("does not hold")
    if told > datetime.now(UTC) + _SLACK:
        raise TimestampInvalid("later than now")
    return told


def told_time(answer: bytes) -> datetime | None:
    """The time that an answer claims, unjudged; None when it is none."""
    try:
        return _token(answer)[1]
    except (TimestampInvalid, *_SPOILED):
        return None


def _token(answer: bytes) -> tuple[Any, datetime]:
    from asn1crypto import tsp

    if len(answer) > MAX_TIMESTAMP_BYTES:
        raise TimestampInvalid("too large")
    response = tsp.TimeStampResp.load(answer, strict=True)
    if response["status"]["status"].native not in ("granted", "granted_with_mods"):
        raise TimestampInvalid("refused")
    signed = response["time_stamp_token"]["content"]
    told: datetime = signed["encap_content_info"]["content"].parsed["gen_time"].native
    return signed, told.astimezone(UTC)

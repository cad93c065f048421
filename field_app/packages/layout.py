"""Names and limits of ``le-package/1`` (FORMAT.md, section 2). Sizes in bytes."""

import re
from dataclasses import dataclass
from enum import Enum

PACKAGE_FORMAT = "1"
PART_SIZE = 2 << 20

MAX_OBJECT_PLAIN = 1 << 30
MAX_SEALED = MAX_OBJECT_PLAIN + (1 << 20)  # a sealed file's header, and 16 bytes a chunk of 64 KiB
MAX_OBJECTS = 20_000
MAX_FILES = 60_000
MAX_REVISION = 9_999
MAX_LOGS = 10_000
MAX_STATEMENT_BYTES = 8 << 20
MAX_INDEX_BYTES = 16 << 20
MAX_LOG_BYTES = 64 << 20
MAX_EVENT_BYTES = 1 << 20
MAX_SIGNATURE_BYTES = 256 << 10
MAX_TIMESTAMP_BYTES = 256 << 10
MAX_MANIFEST_BYTES = 16 << 20
MAX_TRUST_BYTES = 8 << 20
MAX_RECEIPT_BYTES = 8 << 20
MAX_SEQ = (1 << 31) - 1  # what readers' tables hold; a laptop at one event a second comes here in 68 years

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
README = "README.txt"
UNFINISHED = ".part"

DEVICE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
# Names Windows keeps for devices cannot be folders there.
_RESERVED = re.compile(r"CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]")
_TRUST = re.compile(r"trust/[a-z0-9][a-z0-9.-]{0,59}\.(pem|crl|json|p7s)")
_OBJECT = re.compile(r"data/objects/([0-9a-f]{2})/([0-9a-f]{64})\.age")
_INDEX = re.compile(r"data/index/([0-9]{6})\.age")
_LOG = re.compile(r"data/log/([A-Z0-9-]{1,32})/([0-9]{10})-([0-9]{10})\.age")
_REVISED = re.compile(r"(statements|receipts)/([0-9]{6})\.(json|p7s|tsr)")


class NameKind(Enum):
    """What a file of a package is, told by its name alone."""

    TAG = "tag"
    OBJECT = "object"
    INDEX = "index"
    LOG = "log"
    STATEMENT = "statement"
    RECEIPT = "receipt"
    TRUST = "trust"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Name:
    """A name that the format knows; ``revision`` is 0 where it has none."""

    kind: NameKind
    revision: int = 0


def object_name(ct_sha256: str) -> str:
    return f"data/objects/{ct_sha256[:2]}/{ct_sha256}.age"


def index_name(revision: int) -> str:
    return f"data/index/{revision:06d}.age"


def log_name(device: str, first: int, last: int) -> str:
    return f"data/log/{device}/{first:010d}-{last:010d}.age"


def statement_name(revision: int) -> str:
    return f"statements/{revision:06d}.json"


def signature_name(revision: int) -> str:
    return f"statements/{revision:06d}.p7s"


def timestamp_name(revision: int) -> str:
    """The time-stamp over a statement's signatures."""
    return f"statements/{revision:06d}.tsr"


def receipt_names(revision: int) -> tuple[str, str]:
    """The receipt's document and its signature."""
    return f"receipts/{revision:06d}.json", f"receipts/{revision:06d}.p7s"


def is_device(text: str) -> bool:
    """Whether ``text`` can be a device number and a folder's name."""
    return bool(DEVICE.fullmatch(text)) and not _RESERVED.fullmatch(text)


def _data_name(name: str) -> Name | None:
    found = _OBJECT.fullmatch(name)
    if found:
        return Name(NameKind.OBJECT) if found[2].startswith(found[1]) else None
    found = _INDEX.fullmatch(name)
    if found and int(found[1]):
        return Name(NameKind.INDEX, int(found[1]))
    found = _LOG.fullmatch(name)
    if found and is_device(found[1]) and 1 <= int(found[2]) <= int(found[3]):
        return Name(NameKind.LOG)
    return None


def classify(name: str) -> Name | None:
    """What the file ``name`` (with ``/``) is, or None for a name the format does not know."""
    if name in (BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST, README):
        return Name(NameKind.TAG)
    if name.endswith(UNFINISHED):
        return Name(NameKind.UNFINISHED)
    if name.startswith("data/"):
        return _data_name(name)
    if _TRUST.fullmatch(name):
        return Name(NameKind.TRUST)
    found = _REVISED.fullmatch(name)
    if found and int(found[2]) and not (found[1] == "receipts" and found[3] == "tsr"):
        kind = NameKind.STATEMENT if found[1] == "statements" else NameKind.RECEIPT
        return Name(kind, int(found[2]))
    return None

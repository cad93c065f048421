"""Photos: one JPEG, sealed as it came from the camera."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from field_app.crypto.appender import sync_folder
from field_app.crypto.suites import AnyRecipient, seal_file
from field_app.domain.clock import Clock, Moment
from field_app.domain.ids import BlobId

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Photo:
    """A sealed photo; sizes in bytes, hashes lower-case hex, ``sha256`` of the JPEG itself."""

    blob_id: BlobId
    path: Path
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    taken: Moment


def photo_path(folder: Path, blob_id: BlobId) -> Path:
    return folder / f"{blob_id}.jpg.age"


def seal_photo(jpeg: bytes, *, blob_id: BlobId, folder: Path, recipients: Sequence[AnyRecipient],
               clock: Clock) -> Photo:
    """Seal a JPEG as ``<blob id>.jpg.age``, on disk before this returns.

    Raises ``ValueError`` for bytes that are no JPEG or above 64 MiB, ``FileExistsError`` when
    the name is taken, ``OSError`` when the disk is full; nothing half-written stays behind.
    """
    if not jpeg.startswith(_JPEG_START) or not jpeg.endswith(_JPEG_END):
        raise ValueError("not a whole JPEG")
    if len(jpeg) > MOST_BYTES:
        raise ValueError(f"a photo has at most {MOST_BYTES} bytes")
    taken = clock.now()
    path = photo_path(folder, blob_id)
    if path.exists():
        raise FileExistsError(path.name)
    try:
        done = seal_file(path, [jpeg], recipients)
    except OSError:
        path.with_name(path.name + ".part").unlink(missing_ok=True)
        raise
    sync_folder(folder)
    return Photo(blob_id=blob_id, path=path, size=done.size, sha256=done.sha256,
                 ct_size=done.ct_size, ct_sha256=done.ct_sha256, taken=taken)

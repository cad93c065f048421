"""Two suites of sealed files, ``intl-1`` (age v1) and ``gm-1`` (``le-gm/v1``), behind one door.

Writing, the recipients decide; reading, the file's first line. Nothing is negotiated, and one file
is never sealed to keys of both.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.age import age_payload, begin_age
from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.gm.header import VERSION_LINE, GmIdentity
from field_app.crypto.gm.module import gm_module
from field_app.crypto.gm.sealed import begin_gm, gm_payload
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.stream import (
    Beginning,
    Payload,
    StreamReader,
    StreamWriter,
    read_limited,
    seal_parts,
    stream_prefix,
)

INTL, GM = "intl-1", "gm-1"
SUITES = (INTL, GM)
AnyRecipient = Recipient | Sm2Public
AnyIdentity = Identity | GmIdentity


def suite_of(recipients: Sequence[AnyRecipient]) -> str:
    """The suite that these keys belong to; ``ValueError`` for none or for both."""
    suites = {GM if isinstance(each, Sm2Public) else INTL for each in recipients}
    if len(suites) != 1:
        raise ValueError("recipients of one suite are needed")
    return suites.pop()


def begin_payload(recipients: Sequence[AnyRecipient]) -> Beginning:
    """A fresh file's first bytes and its cipher, in the recipients' suite; ``ValueError``,
    ``GmUnavailable``."""
    if suite_of(recipients) == GM:
        return begin_gm(gm_module(), [each for each in recipients if isinstance(each, Sm2Public)])
    return begin_age([each for each in recipients if isinstance(each, Recipient)])


def open_payload(file: BinaryIO, identities: Sequence[AnyIdentity]) -> Payload:
    """Where the chunks of ``file`` begin and what opens them, as its first line says.

    Raises ``AgeError`` when the header is unusable, ``NoMatchingIdentity`` when it is not for us.
    """
    file.seek(0, os.SEEK_SET)
    if file.read(len(VERSION_LINE)) == VERSION_LINE:
        return gm_payload(file, [each for each in identities if isinstance(each, GmIdentity)])
    return age_payload(file, [each for each in identities if isinstance(each, Identity)])


class SealedWriter(StreamWriter):
    """Seals a stream in the recipients' suite; ``file`` is only ever appended to.

    What it tells and takes is in :class:`StreamWriter`. ``ValueError`` for recipients of two
    suites; ``GmUnavailable`` without a module.
    """

    def __init__(self, file: BinaryIO, recipients: Sequence[AnyRecipient], *,
                 with_sm3: bool = False) -> None:
        begun = begin_payload(recipients)
        super().__init__(file, begun.head, begun.aead, with_sm3=with_sm3)


class SealedReader(StreamReader):
    """Opens a sealed file at any place: only the chunks touched are read and verified.

    Raises ``AgeError`` where the ciphertext was changed or cut.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[AnyIdentity], *,
                 cached_chunks: int = 16) -> None:
        payload = open_payload(file, identities)
        super().__init__(file, payload.start, payload.aead, cached_chunks=cached_chunks)


def salvage_prefix(file: BinaryIO, identities: Sequence[AnyIdentity]) -> Iterator[bytes]:
    """The authentic plaintext chunks at the start of a cut or damaged file.

    Ends quietly at the first chunk that does not verify; raises ``AgeError`` only when the header
    itself is unusable.
    """
    payload = open_payload(file, identities)
    file.seek(payload.start)
    return stream_prefix(file, payload.aead)


def seal_file(path: Path, parts: Iterable[bytes], recipients: Sequence[AnyRecipient], *,
              with_sm3: bool = False) -> StreamWriter:
    """Seal ``parts`` into a new file at ``path``, synced to disk; returns the closed writer.

    The file appears under its name only when whole (written beside, renamed).
    """
    return seal_parts(path, parts, lambda file: SealedWriter(
        file, recipients, with_sm3=with_sm3))


def open_file(path: Path, identities: Sequence[AnyIdentity], *, limit: int) -> bytes:
    """The whole plaintext of a small sealed file; ``AgeError`` past ``limit`` bytes."""
    with path.open("rb") as file:
        return read_limited(SealedReader(file, identities), limit)

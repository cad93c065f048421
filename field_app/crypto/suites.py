"""Two suites of sealed files, ``intl-1`` (age v1) and ``gm-1`` (``le-gm/v1``), behind one door.

Writing, the recipients decide; reading, the file's first line. Nothing is negotiated, and one file
is never sealed to keys of both.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.age import AgeReader, seal_file
from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.gm.header import VERSION_LINE, GmIdentity
from field_app.crypto.gm.module import gm_module
from field_app.crypto.gm.sealed import GmReader, seal_gm_file
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.stream import StreamReader, StreamWriter

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


def seal_any_file(path: Path, parts: Iterable[bytes],
                  recipients: Sequence[AnyRecipient]) -> StreamWriter:
    """As ``age.seal_file``, in the recipients' suite; ``GmUnavailable`` without a module."""
    if suite_of(recipients) == GM:
        return seal_gm_file(path, parts, gm_module(),
                            [each for each in recipients if isinstance(each, Sm2Public)])
    return seal_file(path, parts, [each for each in recipients if isinstance(each, Recipient)])


def open_any(file: BinaryIO, identities: Sequence[AnyIdentity]) -> StreamReader:
    """The reader that ``file``'s first line asks for; ``AgeError``, ``NoMatchingIdentity``."""
    file.seek(0, os.SEEK_SET)
    if file.read(len(VERSION_LINE)) == VERSION_LINE:
        return GmReader(file, [each for each in identities if isinstance(each, GmIdentity)])
    return AgeReader(file, [each for each in identities if isinstance(each, Identity)])

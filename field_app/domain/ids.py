"""Identifiers, each its own type so that one cannot be passed for another."""

import uuid
from typing import NewType

CaseId = NewType("CaseId", str)
StepId = NewType("StepId", str)
DocumentId = NewType("DocumentId", str)
ClipId = NewType("ClipId", str)
BlobId = NewType("BlobId", str)
DeviceId = NewType("DeviceId", str)
PackageId = NewType("PackageId", str)


def new_id() -> str:
    """A random UUID (version 4) in lower case."""
    return str(uuid.uuid4())

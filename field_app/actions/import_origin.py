"""Where imported objects come from: card, device, times as told and as set right."""

from dataclasses import dataclass
from typing import Any

from field_app.actions.import_words import disagreement
from field_app.domain.imports import ImportItem, ImportRun
from field_app.storage import imports
from field_app.storage.store import Tx

_SUFFIXES = {"": ".mp4", "video/mp4": ".mp4", "audio/mp4": ".m4a", "video/quicktime": ".mov",
             "video/3gpp": ".3gp", "video/x-msvideo": ".avi", "audio/wav": ".wav",
             "audio/mpeg": ".mp3", "audio/aac": ".aac", "audio/amr": ".amr"}
_LONGEST_PATH = 1000


def suffix_of(mime: str) -> str:
    """The suffix of a film's or sound's name by its MIME type; empty is what we record."""
    return _SUFFIXES.get(mime, ".bin")


@dataclass(frozen=True)
class Origin:
    """One original and the run that brought it; ``suspect``: its clock was never measured, or its
    sources of time disagree."""

    item: ImportItem
    run: ImportRun

    @property
    def suspect(self) -> bool:
        return self.run.offset_ms is None or bool(disagreement(self.item.found)) or (
            self.item.found.original is None)

    def record(self) -> dict[str, Any]:
        """As told in the case record (media/FORMAT.md)."""
        found, run, item = self.item.found, self.run, self.item
        told = found.original or found.claims[0]
        return {
            "clip": item.clip, "photo": item.blob, "file": item.file,
            "path": found.path[-_LONGEST_PATH:], "serial": found.serial, "officer": found.officer,
            "profile": found.profile, "mime": found.mime, "codec": found.codec,
            "duration_ms": None if found.duration_s is None else round(found.duration_s * 1000),
            "size": found.size, "sha256": item.sha256, "original": told.at.isoformat(),
            "source": told.source.value, "effective": item.starts.isoformat(),
            "claims": [{"source": c.source.value, "at": c.at.isoformat(),
                        "plausible": c.plausible} for c in found.claims],
            "offset_ms": run.offset_ms, "offset_by": run.clock_how,
            "device_shown": run.device_shown, "laptop_shown": run.laptop_shown}


class Origins:
    """The origins of a case's imported objects."""

    def __init__(self, found: list[Origin]) -> None:
        self._found = found
        self._files = {(o.item.clip, o.item.file): o for o in found if o.item.clip}
        self._blobs = {o.item.blob: o for o in found if o.item.blob}

    def of_file(self, clip: str, file: int) -> Origin | None:
        """Of one original of a clip."""
        return self._files.get((clip, file))

    def of_blob(self, blob: str) -> Origin | None:
        """Of a photo."""
        return self._blobs.get(blob)

    def of_clip(self, clip: str) -> list[Origin]:
        """Of every original of a clip, in order."""
        return sorted((o for o in self._found if o.item.clip == clip), key=lambda o: o.item.file)

    def steps_of_photos(self) -> dict[str, str]:
        """Each photo's step."""
        return {blob: o.item.step for blob, o in self._blobs.items()}

    def record(self) -> list[dict[str, Any]]:
        return [o.record() for o in self._found]


def origins_of(tx: Tx, case: str) -> Origins:
    """Where all that was imported into a case comes from."""
    items = imports.of_case(tx, case)
    runs = {run: imports.run_of(tx, run) for run in {i.run for i in items}}
    return Origins([Origin(item, runs[item.run]) for item in items])

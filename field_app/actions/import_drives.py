"""Which cards and drives are plugged in."""

from pathlib import Path

from field_app.media.importing.drives import Drive, drives


def plugged_in() -> list[Drive]:
    """Mounted removable drives, by their place."""
    return drives()


def drive_at(folder: Path) -> Drive:
    """A folder that officers chose themselves."""
    return Drive(folder, folder.name or str(folder))

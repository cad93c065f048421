"""Times in the store: RFC 3339 text with milliseconds and offset, as the device saw them."""

from datetime import datetime


def text_of(moment: datetime) -> str:
    """Text of an aware time."""
    if moment.tzinfo is None:
        raise ValueError("times must be aware")
    return moment.isoformat(timespec="milliseconds")


def optional_text(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def optional_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""Finds out of every file of a card what it is, who made it and when, by its head and its name."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from field_app.domain.clock import CHINA
from field_app.domain.imports import FoundFile, MediaKind, TimeClaim, TimeSource, Trouble
from field_app.media.importing.head import Head, read_head
from field_app.media.importing.profiles import MAX_NAME, NameFacts, Profile
from field_app.media.importing.source import Entry, SourceLost, open_source, shown, walk

EARLIEST = datetime(2021, 1, 2, tzinfo=CHINA)
AHEAD = timedelta(days=1)
AGREES = timedelta(minutes=2)
MAX_PHOTO = 256 << 20
_MARKS_END = "end"


def plausible(at: datetime, now: datetime) -> bool:
    """Whether a recording of ours can have begun then."""
    return EARLIEST <= at <= now + AHEAD


def _inside(head: Head, name: datetime | None, profile: Profile) -> datetime | None:
    """A container's time as the beginning; read in the way that agrees with the name, if one does.

    MP4 means UTC and nobody's start or end; devices write what they like.
    """
    if head.created is None or head.created.tzinfo is not None or not head.utc:
        return _zoned(head.created, profile.zone)
    length = timedelta(seconds=head.duration_s or 0)
    back = length if profile.container_marks == _MARKS_END else timedelta(0)
    usual = head.created.replace(tzinfo=profile.container_zone) - back
    others = [head.created.replace(tzinfo=zone) - marked for zone in (profile.zone, UTC)
              for marked in (timedelta(0), length)]
    if name is None or abs(usual - name) <= AGREES:
        return usual
    return next((at for at in others if abs(at - name) <= AGREES), usual)


def _zoned(at: datetime | None, zone: timezone) -> datetime | None:
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=zone)


def claims_of(head: Head, name: NameFacts | None, mtime_ns: int, profile: Profile,
              now: datetime) -> tuple[TimeClaim, ...]:
    """All that tells when a recording began, most trusted first."""
    length = timedelta(seconds=head.duration_s or 0)
    named = name.at if name is not None else None
    if named is not None and profile.name_marks == _MARKS_END:
        named -= length
    changed = datetime.fromtimestamp(mtime_ns / 1e9, CHINA)
    found = [(head.created_by, _inside(head, named, profile)), (TimeSource.NAME, named),
             (TimeSource.MTIME, changed - length if profile.mtime_marks == _MARKS_END else changed)]
    return tuple(TimeClaim(source, at.astimezone(CHINA), plausible(at, now))
                 for source, at in found if at is not None)


class Finder:
    """Reads files of one card by its profiles; counts which profile its files follow."""

    def __init__(self, root: Path, known: Sequence[Profile], *, now: datetime) -> None:
        self._root = root
        self._named = [p for p in known if p.names]
        self._rest = next(p for p in reversed(known) if not p.names)
        self._now = now
        self.followed: Counter[str] = Counter()

    def files(self, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[FoundFile]:
        """Every file of the card, read only as far as its head and end."""
        for entry in walk(self._root, cancelled=cancelled):
            yield self.look(entry)

    def _profile(self, folder: str, name: str) -> tuple[Profile, NameFacts | None]:
        """Who names so in such a folder, else who names so anywhere."""
        usable = len(name) <= MAX_NAME and name.isprintable()
        matching = [(p, facts) for p in self._named
                    if usable and (facts := p.read(name)) is not None]
        at_home = [m for m in matching if m[0].folders and m[0].holds(folder)]
        elsewhere = [m for m in matching if not m[0].folders] or matching
        for profile, facts in [*at_home, *elsewhere]:
            return profile, facts
        return self._rest, None

    def look(self, entry: Entry) -> FoundFile:
        """One file: what it is, or what is wrong with it."""
        path = shown(entry.raw)
        bare = FoundFile(entry.raw, path, entry.size, entry.mtime_ns, trouble=entry.trouble)
        if entry.trouble is not None:
            return bare
        folder, _, name = path.rpartition("/")
        profile, facts = self._profile(folder, name)
        known = bare.suffix in profile.kinds or bare.suffix in self._rest.kinds
        if not entry.size:
            return _plain(bare, Trouble.EMPTY if known else Trouble.FOREIGN)
        try:
            with open_source(self._root, entry.raw, size=entry.size, mtime_ns=entry.mtime_ns,
                             here_and_there=True) as file:
                head = read_head(file, entry.size)
        except (OSError, SourceLost):
            return _plain(bare, Trouble.UNREADABLE)
        if head.trouble is Trouble.FOREIGN and known:
            head = Head("", profile.kinds.get(bare.suffix), trouble=Trouble.CORRUPT)
        if head.trouble is not Trouble.FOREIGN:
            self.followed[profile.key] += 1
        return self._told(bare, head, profile, facts)

    def _told(self, bare: FoundFile, head: Head, profile: Profile,
              facts: NameFacts | None) -> FoundFile:
        claims = claims_of(head, facts, bare.mtime_ns, profile, self._now)
        trouble = head.trouble
        if trouble is None and head.kind is MediaKind.PHOTO and bare.size > MAX_PHOTO:
            trouble = Trouble.TOO_LARGE
        if trouble is None and not any(c.plausible for c in claims):
            trouble = Trouble.MISDATED
        return FoundFile(
            bare.raw, bare.path, bare.size, bare.mtime_ns, kind=head.kind, mime=head.mime,
            duration_s=head.duration_s, has_video=head.has_video, has_audio=head.has_audio,
            codec=head.codec, serial=facts.serial if facts else "",
            officer=facts.officer if facts else "", sequence=facts.sequence if facts else None,
            profile=profile.key, join_s=profile.join_s, claims=claims, trouble=trouble,
            note=head.note)


def _plain(bare: FoundFile, trouble: Trouble) -> FoundFile:
    return FoundFile(bare.raw, bare.path, bare.size, bare.mtime_ns, trouble=trouble)

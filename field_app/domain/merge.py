"""One case on several laptops: what its fields are, and where two people wrote at once.

Each laptop writes only its own log. A field is written by an event that names the writes it
replaces, so that all writes of a field form a graph; those that nothing replaces are its heads.
One head is the field's value. Several heads with different values are a conflict, shown to a
person, whose choice is one more write that replaces them all. Nothing here depends on the order in
which logs arrive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIELD_WRITTEN = "field_written"


@dataclass(frozen=True, order=True)
class Write:
    """One write: ordered as all laptops agree, by (hlc, device, seq).

    ``replaces``: the (device, seq) of the writes that its author saw; ``by``: certificate numbers.
    """

    hlc: str
    device: str
    seq: int
    field: str
    value: str
    replaces: tuple[tuple[str, int], ...] = ()
    by: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        return self.device, self.seq


@dataclass(frozen=True)
class Field:
    """A field as it stands: its newest head's value, and every head, oldest first."""

    name: str
    heads: tuple[Write, ...]

    @property
    def value(self) -> str:
        return self.heads[-1].value

    @property
    def conflict(self) -> bool:
        """Whether several people wrote different values without knowing of each other."""
        return len({w.value for w in self.heads}) > 1

    @property
    def replaced_by_next(self) -> tuple[tuple[str, int], ...]:
        """What the next write replaces."""
        return tuple(w.key for w in self.heads)


def fold(writes: Iterable[Write]) -> Mapping[str, Field]:
    """Every field that was ever written, whatever order ``writes`` come in."""
    by_field: dict[str, dict[tuple[str, int], Write]] = {}
    for write in writes:
        by_field.setdefault(write.field, {})[write.key] = write
    found = {}
    for name, known in by_field.items():
        replaced = {key for write in known.values() for key in write.replaces}
        heads = sorted(w for key, w in known.items() if key not in replaced)
        # Writes that replace one another in a circle come from nobody honest: the newest stands.
        found[name] = Field(name, tuple(heads) or (max(known.values()),))
    return found

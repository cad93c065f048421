"""A reader of outside bytes and how it may refuse them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.fuzz.seeds import Seeds


@dataclass(frozen=True)
class Reader:
    """``seeds``: names of files it reads; ``refusals``: how it may say no."""

    name: str
    seeds: tuple[str, ...]
    read: Callable[[Seeds, bytes], object]
    refusals: tuple[type[Exception], ...] = ()

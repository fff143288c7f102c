"""Opaque ids: a reversible text for the creation number of a record, the same in every run."""

import zlib
from collections.abc import Iterable
from functools import cache, lru_cache

from sqids import Sqids


class Codec(Sqids):
    """Sqids that shuffle each order of the alphabet once: there are few, and shuffling is most of the work. Where the
    library does it under another name, it takes its time."""

    if shuffle := getattr(Sqids, "_Sqids__shuffle", None):
        _Sqids__shuffle = cache(shuffle)


# No word list: it costs most of the time, and nobody reads these ids aloud.
CODEC = Codec(min_length=8, blocklist=[])
LONGEST = 40
NOTHING = (0, 0)


class Ids:
    """Ids of the given kinds of record. A kind's number comes from its name alone, so that ids stay the same
    when other kinds are added."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.numbers = {kind: zlib.crc32(kind.encode()) % 997 + 1 for kind in kinds}
        self.kinds = {number: kind for kind, number in self.numbers.items()}
        assert len(self.kinds) == len(self.numbers), "two kinds of record share a number"

    def text(self, kind: str, key: int) -> str:
        return encode(self.numbers[kind], key)

    def key(self, kind: str, text: str) -> int | None:
        """The creation number behind an id of this kind; None for anything else."""
        number, key = decode(text)
        return key if number == self.numbers[kind] else None

    def kind(self, text: str) -> str | None:
        """What kind of record an id belongs to, for hints."""
        return self.kinds.get(decode(text)[0])


@lru_cache(maxsize=65536)
def encode(number: int, key: int) -> str:
    return CODEC.encode([number, key])


def decode(text: str) -> tuple[int, int]:
    """Kind number and creation number; zeros for what is no id. Long texts never reach the cache."""
    return split(text) if 8 <= len(text) <= LONGEST and text.isascii() and text.isalnum() else NOTHING


@lru_cache(maxsize=65536)
def split(text: str) -> tuple[int, int]:
    numbers = CODEC.decode(text)
    return (numbers[0], numbers[1]) if len(numbers) == 2 and encode(*numbers) == text else NOTHING

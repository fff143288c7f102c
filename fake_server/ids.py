"""Opaque ids: a reversible text for the creation number of a record, the same in every run."""

import zlib
from collections.abc import Iterable
from functools import cache, lru_cache

from sqids import Sqids
from sqids.constants import DEFAULT_ALPHABET

SHORTEST, LONGEST = 8, 40
NOTHING = (0, 0)


@cache
def shuffled(alphabet: str) -> str:
    chars = list(alphabet)
    for first, last in zip(range(len(chars)), range(len(chars) - 1, 0, -1), strict=False):
        other = (first * last + ord(chars[first]) + ord(chars[last])) % len(chars)
        chars[first], chars[other] = chars[other], chars[first]
    return "".join(chars)


ALPHABET = shuffled(DEFAULT_ALPHABET)


class Codec(Sqids):
    """Sqids that shuffle each order of the alphabet once: there are few, and shuffling is most of the work. Where the
    library does it under another name, it takes its time."""

    _Sqids__shuffle = staticmethod(shuffled)


# No word list: it costs most of the time, and nobody reads these ids aloud.
CODEC = Codec(min_length=SHORTEST, blocklist=[])
"""What reads ids, and what `encode` writes as."""


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
    """The Sqid of both. The library's own would take a tenth of the time in which a record is created: what many ids
    have in common is worked out once here, and a test holds both together. ValueError for a number below zero."""
    if key < 0:
        raise ValueError(key)
    head, alphabet = opening(number, key % len(ALPHABET))
    text = head + digits(key, alphabet[1:])
    return text if len(text) >= SHORTEST else padded(text, alphabet)


@lru_cache(maxsize=8192)
def opening(number: int, remainder: int) -> tuple[str, str]:
    """How ids of a kind begin whose keys leave this remainder, and the alphabet of the rest."""
    offset = (ord(ALPHABET[number % len(ALPHABET)]) + ord(ALPHABET[remainder]) + 3) % len(ALPHABET)
    alphabet = (ALPHABET[offset:] + ALPHABET[:offset])[::-1]
    return alphabet[-1] + digits(number, alphabet[1:]) + alphabet[0], shuffled(alphabet)


def digits(number: int, alphabet: str) -> str:
    text, size = "", len(alphabet)
    while True:
        number, place = divmod(number, size)
        text = alphabet[place] + text
        if not number:
            return text


def padded(text: str, alphabet: str) -> str:
    text += alphabet[0]
    while len(text) < SHORTEST:
        alphabet = shuffled(alphabet)
        text += alphabet[: SHORTEST - len(text)]
    return text


def decode(text: str) -> tuple[int, int]:
    """Kind number and creation number; zeros for what is no id. Long texts never reach the cache."""
    return split(text) if SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isalnum() else NOTHING


@lru_cache(maxsize=65536)
def split(text: str) -> tuple[int, int]:
    numbers = CODEC.decode(text)
    return (numbers[0], numbers[1]) if len(numbers) == 2 and encode(*numbers) == text else NOTHING

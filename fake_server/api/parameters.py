"""Query parameters as the service's language reads them: `page[size]=2` is a 2 under size under page."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus

from fake_server.errors import BadQuery

MAX_DEPTH = 64
MAX_PARAMETERS = 1000
LARGEST = 2**53
CACHED_LENGTH = 2048
NAME = re.compile(r"([^\[]+)((?:\[[^\]]*\])*)")
LEADING_NUMBER = re.compile(r"\s*([+-]?\d+)(\.\d*)?(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, eq=False)
class Parameters:
    """The parameters nested by their brackets, and as pairs in the order they came."""

    tree: dict[str, Any]
    pairs: tuple[tuple[str, str], ...]
    short: bool
    """Whether the same query string gives this same object again."""

    def text(self, name: str) -> str | None:
        """A plain parameter, or a list of them joined by commas; None where it is absent or empty."""
        value = self.tree.get(name)
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return ",".join(value.values())
        if isinstance(value, dict):
            raise BadQuery(f"The {name} parameter must be a text.", f"Write {name}=..., without brackets.")
        return value

    def inner(self, outer: str, name: str) -> Any:
        value = self.tree.get(outer)
        return value.get(name) if isinstance(value, dict) else None

    @cached_property
    def without_cursor(self) -> str:
        """Every parameter but the cursor, in order, percent-encoded."""
        kept = [
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.pairs if name != "page[cursor]"
        ]
        return "&".join(kept)


def read(raw: bytes) -> Parameters:
    """The parameters of a raw query string; short ones are remembered."""
    return _remembered(raw) if len(raw) <= CACHED_LENGTH else parse(raw)


def parse(raw: bytes) -> Parameters:
    pieces = [piece for piece in raw.decode("latin-1").split("&") if piece]
    if len(pieces) > MAX_PARAMETERS:
        raise BadQuery("Too many query parameters.", f"A request may have {MAX_PARAMETERS} parameters.")
    tree: dict[str, Any] = {}
    pairs = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        name, value = decoded(name), decoded(value).strip()
        if (path := segments(name)) is not None:
            put(tree, path, value or None)
            pairs.append((name, value))
    return Parameters(tree, tuple(pairs), len(raw) <= CACHED_LENGTH)


_remembered = lru_cache(maxsize=512)(parse)


def decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise BadQuery("A query parameter is not valid UTF-8.", "Percent-encode parameters as UTF-8.") from None


def segments(name: str) -> list[str] | None:
    """`a[b][]` -> a, b, (empty); None for a name that is dropped."""
    found = NAME.match(name)
    if not found:
        return None
    outer, brackets = found.groups()
    inner = re.findall(r"\[([^\]]*)\]", brackets)
    if len(inner) > MAX_DEPTH:
        raise BadQuery("The query parameters are nested too deeply.", f"Brackets may stand {MAX_DEPTH} deep.")
    return [outer, *inner]


def put(tree: dict[str, Any], path: list[str], value: str | None) -> None:
    """Later values replace earlier ones; an empty bracket appends."""
    for step in path[:-1]:
        key = step or next_number(tree)
        child = tree.get(key)
        if not isinstance(child, dict):
            child = tree[key] = {}
        tree = child
    tree[path[-1] or next_number(tree)] = value


def next_number(tree: dict[str, Any]) -> str:
    numbers = [int(key) for key in tree if key.isdecimal() and len(key) < 10]
    return str(max(numbers, default=-1) + 1)


def whole_number(value: Any) -> int:
    """A value cast to int as PHP does: `10abc` is 10, a list with members is 1, anything else 0."""
    if isinstance(value, dict):
        return 1 if value else 0
    found = LEADING_NUMBER.match(value or "")
    if not found or len(found[0]) > 20:
        return 0
    return int(max(min(float(found[0]), LARGEST), -LARGEST))

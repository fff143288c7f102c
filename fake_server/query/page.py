"""Sorting, cutting a page, and the cursor that continues it."""

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import orjson

from fake_server.errors import BadQuery, did_you_mean
from fake_server.ids import Ids
from fake_server.moment import instant_of, stamp
from fake_server.query.kinds import collation

POINTS = "_pointsToNextItems"
HIGHEST = 0x10FFFF
TURNED_NUL, TURNED_END = f"{chr(HIGHEST)}\x00", f"{chr(HIGHEST)}\x01"
"""The end of a text that is turned round comes behind every character, the highest of which is NUL."""
FOR_URLS = bytes.maketrans(b"+/", b"-_")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)

Key = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Column:
    """What a list may be sorted by: printed name, what its values are, and the record's field."""

    name: str
    values: str
    """text, code, instant, date, number or flag."""
    at: str

    @cached_property
    def reader(self) -> Callable[[Any], Any]:
        """Gives the value of a record."""
        first, _, alias = self.at.partition(".")
        read = attrgetter(first)
        return (lambda record: dict(read(record)).get(alias)) if alias else read


def columns(**values: str) -> dict[str, Column]:
    """A sort table in which each name is the record's own field."""
    return {name: Column(name, kind, name) for name, kind in values.items()}


class Sort(NamedTuple):
    """Columns with their direction (True: descending)."""

    columns: tuple[tuple[Column, bool], ...]

    @property
    def flipped(self) -> bool:
        """Whether this sort is its kept order read backwards."""
        return bool(self.columns) and self.columns[0][1]

    def kept(self) -> "Sort":
        """The order that is kept for this sort: the same with its first column ascending."""
        return Sort(tuple((column, not down) for column, down in self.columns)) if self.flipped else self

    @property
    def fields(self) -> list[str]:
        """The record's fields that it reads."""
        return [column.at.partition(".")[0] for column, _ in self.columns]

    @property
    def tie_down(self) -> bool:
        return bool(self.columns) and self.columns[-1][1]

    @property
    def key(self) -> Callable[[Any], Key]:
        """Gives what a record is ordered by, ascending; its creation number breaks ties in the last direction."""
        sign = -1 if self.tie_down else 1
        if len(self.columns) == 1:
            (column, down), *_ = self.columns
            read, part = column.reader, component(column.values, down)
            return lambda record: (*part(read(record)), sign * record.key)
        reads = [column.reader for column, _ in self.columns]
        return lambda record: self.key_of([read(record) for read in reads], record.key)

    def key_of(self, values: Sequence[Any], number: int) -> Key:
        parts = [part for (column, down), value in zip(self.columns, values, strict=True)
                 for part in component(column.values, down)(value)]  # fmt: skip
        return (*parts, -number if self.tie_down else number)


Component = Callable[[Any], tuple[bool, Any]]


@cache
def component(values: str, down: bool) -> Component:
    """Makes two comparable parts of a value: null or not (nulls are the smallest), and the value, turned round if
    descending."""
    null, comparable_of = (down, ""), COMPARABLE.get(values)

    def parts(value: Any) -> tuple[bool, Any]:
        if value is None:
            return null
        comparable = comparable_of(value) if comparable_of else value
        if not down:
            return True, comparable
        return False, inverted(comparable) if isinstance(comparable, str) else -comparable

    return parts


COMPARABLE: Mapping[str, Callable[[Any], Any]] = {"text": collation, "date": date.toordinal}
"""What is compared in place of a value."""


def inverted(text: str) -> str:
    """A text that sorts the other way round."""
    return "".join(chr(HIGHEST - ord(char)) for char in text).replace(chr(HIGHEST), TURNED_NUL) + TURNED_END


def read_sort(text: str | None, find: Callable[[str], Column | None], known: Sequence[str]) -> Sort:
    """`-created_at,title` as a Sort; empty items do not count, a name counts once."""
    chosen: dict[str, tuple[Column, bool]] = {}
    unknown = []
    for item in (text or "").split(","):
        name = item.lstrip("-")
        if column := find(name):
            chosen.setdefault(name, (column, item.startswith("-")))
        elif item not in ("", "0"):
            unknown.append(name)
    if unknown:
        raise unknown_sort(unknown, known)
    return Sort(tuple(chosen.values()))


def unknown_sort(unknown: list[str], known: Sequence[str]) -> BadQuery:
    asked, first = ", ".join(name[:80] for name in unknown[:10]), unknown[0]
    allowed = f"Allowed sort(s) are `{', '.join(known)}`."
    hint = f"Unknown sort {first[:80]}: {did_you_mean(first.strip(), known)}" if known else "This list has no sorts."
    if first.startswith("sort="):
        hint = f"Write sort={first.removeprefix('sort=')[:80]}: the name of the parameter stands in its value."
    return BadQuery(f"Requested sort(s) `{asked}` is not allowed. {allowed}", hint)


class Cursor(NamedTuple):
    """Where a page begins: behind (or, pointing back, before) this key."""

    key: Key
    forward: bool


def encode(sort: Sort, record: Any, id: str, forward: bool) -> str:
    """The cursor at a record: base64url of its sort values, its id and the direction."""
    data = {column.name: wire(column.values, column.reader(record)) for column, _ in sort.columns}
    text = orjson.dumps({**data, "id": id, POINTS: forward})
    return binascii.b2a_base64(text, newline=False).translate(FOR_URLS, b"=").decode()


def decode(text: str, sort: Sort, kind: str, ids: Ids) -> Cursor:
    """The cursor's place in `sort`; BadQuery for any other text, sort or kind of record."""
    data = undo(text)
    names = [column.name for column, _ in sort.columns]
    if not isinstance(data, dict) or "id" not in data or not isinstance(data.get(POINTS), bool):
        raise bad_cursor("It is not a cursor that this server gave.")
    if list(data) != [*names, "id", POINTS]:
        raise bad_cursor("It was made for another sort: keep sort as it was, or start without a cursor.")
    number = ids.key(kind, data["id"]) if isinstance(data["id"], str) else None
    if number is None:
        raise bad_cursor("It was made for another list: start without a cursor.")
    try:
        values = [unwire(column.values, data[column.name]) for column, _ in sort.columns]
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise bad_cursor("Its values do not fit the sort.") from None
    return Cursor(sort.kept().key_of(values, number), data[POINTS])


def undo(text: str) -> Any:
    try:
        return orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        return None


def bad_cursor(why: str) -> BadQuery:
    return BadQuery("The cursor is not valid for this list.", f"page[cursor] cannot be used here. {why}")


def wire(values: str, value: Any) -> Any:
    """A sort value as the service's cursors carry it: dates and instants as `Y-m-d H:i:s`."""
    if value is None or values not in ("date", "instant"):
        return value
    return f"{value} 00:00:00" if values == "date" else stamp(value)[:-1].replace("T", " ")


def unwire(values: str, value: Any) -> Any:
    if value is None:
        return None
    if values in ("date", "instant"):
        if not TIMESTAMP.fullmatch(value):
            raise ValueError(value)
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return moment.date() if values == "date" else instant_of(moment)
    return value + "" if values in ("text", "code") else value + 0


class Ordered(Protocol):
    """Records in an order: their keys, sorted, and beside them their creation numbers."""

    @property
    def keys(self) -> list[Key]: ...

    @property
    def numbers(self) -> list[int]: ...


def cut(
    order: Ordered,
    start: Cursor | None,
    flipped: bool,
    size: int,
    select: Callable[[Iterable[int]], list[Any]],
    stretch: int,
) -> tuple[list[Any], bool]:
    """Up to `size` records as requested, and whether more follow. `select` gives the records of the creation numbers
    that belong to the list; it is given `stretch` of them at a time."""
    forward = start is None or start.forward
    found: list[Any] = []
    # By the stretch, because lists built at once take a fraction of the time of a loop.
    for numbers in stretches(order, start, forward is not flipped, stretch):
        found += select(numbers)
        if len(found) > size:
            break
    more = len(found) > size
    return (found[:size] if forward else found[:size][::-1]), more


def stretches(order: Ordered, start: Cursor | None, ascending: bool, length: int) -> Iterator[Iterable[int]]:
    """The creation numbers behind (or, descending, before) the cursor, piece by piece."""
    keys, numbers = order.keys, order.numbers
    if ascending:
        first = bisect_right(keys, start.key) if start else 0
        for at in range(first, len(numbers), length):
            yield numbers[at : at + length]
    else:
        last = bisect_left(keys, start.key) if start else len(numbers)
        for at in range(last, 0, -length):
            yield reversed(numbers[max(at - length, 0) : at])

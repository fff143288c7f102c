"""Rows that stand for more than is written: one row for many, a short text for a long one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from fake_server.seeds.rows import Place, Row, brief, word

KEYS = ("repeat", "fill")
COUNTER = "{n}"
"""Stands in a repeated row's texts for its number, from 1."""
MOST_ROWS = 1_000_000
MOST_CHARACTERS = 64 * 1024 * 1024
"""Of one document: rows that repeat makes, and characters of the texts that are made for them."""

Refuse = Callable[[Row | Place, str], NoReturn]


class Repeated:
    """What the rows of one document stand for in all; `refuse` is told the place and what is wrong there."""

    def __init__(self, refuse: Refuse) -> None:
        self.refuse = refuse
        self.rows = self.characters = 0

    def claim(self, row: Row) -> None:
        """Refuses what cannot be written out, before any of it is."""
        if not stands_for_more(row):
            return
        self.check_repeat(row)
        self.check_fill(row)
        times, fill = row.get("repeat", 1), row.get("fill", {})
        self.rows += times
        self.characters += times * sum(fill.get(name, weight(row[name])) for name in changing(row))
        if self.rows > MOST_ROWS or self.characters > MOST_CHARACTERS:
            self.refuse(row, f"so much is too much: {MOST_ROWS} rows and {MOST_CHARACTERS} characters in all")

    def check_repeat(self, row: Row) -> None:
        times = row.get("repeat", 1)
        if not is_count(times):
            self.refuse(row.of("repeat"), f"repeat says how many rows this is, from 1, not {brief(times)}")
        if "repeat" in row and "id" in row:
            self.refuse(row.of("repeat"), "a row that is repeated cannot have an id: all of them would")

    def check_fill(self, row: Row) -> None:
        fill = row.get("fill", {})
        if not isinstance(fill, dict) or not all(map(is_count, fill.values())):
            self.refuse(row.of("fill"), f"fill says by field how many characters its text has, not {brief(fill)}")
        for name in fill:
            if name in KEYS or not isinstance(row.get(name), str) or not row[name]:
                self.refuse(row.of("fill"), f"this row has no text {word(name)} to fill with")


def written(row: Row) -> Iterator[Row]:
    """The rows that a row stands for: itself, unless it says otherwise."""
    if not stands_for_more(row):
        yield row
        return
    own = {name: value for name, value in row.items() if name not in KEYS}
    repeats, fill = "repeat" in row, row.get("fill", {})
    names = changing(row)
    for number in range(1, row.get("repeat", 1) + 1):
        made = {name: numbered(own[name], number) if repeats else own[name] for name in names}
        one = Row({**own, **made, **{name: filled(made[name], length) for name, length in fill.items()}})
        one.place, one.places = row.place, row.places
        yield one


def stands_for_more(row: Mapping[str, Any]) -> bool:
    return "repeat" in row or "fill" in row


def changing(row: Mapping[str, Any]) -> list[str]:
    """The fields that are not the same as they are written."""
    repeats, fill = "repeat" in row, row.get("fill", {})
    return [
        name for name, value in row.items() if name not in KEYS and (name in fill or (repeats and counted(value)))
    ]


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def counted(value: Any) -> bool:
    """Whether a text, or one of a list of them, has the counter in it."""
    return COUNTER in value if isinstance(value, str) else isinstance(value, list) and any(map(counted, value))


def numbered(value: Any, number: int) -> Any:
    """A text, or a list of them, with its number."""
    if isinstance(value, list):
        return [numbered(one, number) for one in value]
    return value.replace(COUNTER, str(number)) if isinstance(value, str) else value


def filled(text: str, length: int) -> str:
    """So many characters of a text and its repetitions."""
    return (text * (length // len(text) + 1))[:length]


def weight(value: Any) -> int:
    return sum(map(weight, value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 0

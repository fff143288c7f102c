"""How a record is printed in a shape: compiled once, for the records of every store."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import orjson

from fake_server.declare.shape import Always, At, IdAt, Own, Shape, core
from fake_server.ids import Ids, encode
from fake_server.moment import stamp
from fake_server.store.kind import Kind, Record


class Printing(Protocol):
    """What prints the records of one store."""

    rows: Mapping[str, Mapping[int, Record]]

    def json(self, shape: type[Shape], kind: str, record: Record) -> bytes: ...


Read = Callable[[Printing, Record], Any]


class Path(NamedTuple):
    """Where `project.client` leads: the places and kinds of the records on the way, the place of the value in the
    last one, and the kind of record that it names."""

    hops: list[tuple[int, str]]
    place: int
    kind: str


class Layouts:
    """The layouts of some kinds of record; each is made when it is first needed."""

    def __init__(self, kinds: Mapping[str, Kind], shapes: Mapping[str, type[Shape]]) -> None:
        self.kinds, self.shapes = kinds, shapes
        self.ids = Ids(kinds)
        self.made: dict[tuple[type[Shape], str], Layout] = {}

    def of(self, shape: type[Shape], kind: str) -> "Layout":
        known = self.made.get((shape, kind))
        if known is None:
            # Known before it is complete, because shapes may embed themselves.
            known = self.made[shape, kind] = Layout(self, shape, kind)
            known.complete()
        return known


class Layout:
    """One shape for one kind of record."""

    def __init__(self, layouts: Layouts, shape: type[Shape], kind: str) -> None:
        self.layouts, self.shape, self.kind = layouts, shape, kind
        self.embedded: set[str] = set()
        """The kinds of record that are printed with it."""

    def complete(self) -> None:
        fields = self.layouts.kinds[self.kind].record._fields
        self.names = tuple(self.shape.model_fields)
        self.reads = [
            (name, read)
            for name, info in self.shape.model_fields.items()
            if (read := self.compile(name, info)) is not None
        ]
        special = {name for name, _ in self.reads}
        # All plain values at once, and something in every other place, so that the printed order is kept; one more,
        # because a single place would not give a tuple.
        self.plain = itemgetter(*(0 if name in special else fields.index(name) for name in self.names), 0)

    def data(self, printing: Printing, record: Record) -> dict[str, Any]:
        found = dict(zip(self.names, self.plain(record), strict=False))
        for name, read in self.reads:
            found[name] = read(printing, record)
        return found

    def compile(self, name: str, info: Any) -> Read | None:
        """How one field is read from a record; None: as it stands there."""
        marks = {type(mark): mark for mark in info.metadata}
        kind, many = core(info.annotation)
        if Always in marks:
            value = marks[Always].value
            return lambda _, __: value
        if Own in marks:
            own = self.layouts.of(kind, self.kind)
            self.embedded |= own.embedded
            return own.data
        if IdAt in marks:
            return self.id(marks[IdAt].path)
        if isinstance(kind, type) and issubclass(kind, Shape):
            return self.embed(self.follow(marks[At].path if At in marks else name), kind, many)
        if kind in FORMATS or At in marks:
            return formatted(self.follow(marks[At].path if At in marks else name), FORMATS.get(kind, as_is))
        return None

    def id(self, path: str) -> Read:
        found = self.follow(path)
        return formatted(found, partial(encode, self.layouts.ids.numbers[found.kind]))

    def follow(self, path: str) -> Path:
        *steps, last = path.split(".")
        kind, hops = self.kind, []
        for step in steps:
            place, kind = self.place(kind, step), self.layouts.kinds[kind].refs[step]
            hops.append((place, kind))
        self.embedded.update(kind for _, kind in hops)
        return Path(hops, self.place(kind, last), self.layouts.kinds[kind].refs.get(last, kind))

    def place(self, kind: str, field: str) -> int:
        return self.layouts.kinds[kind].record._fields.index(field)  # type: ignore[no-any-return]

    def embed(self, path: Path, shape: type[Shape], many: bool) -> Read:
        kind, read = path.kind, reading(path)
        self.embedded |= {kind} | self.layouts.of(shape, kind).embedded

        def printed(printing: Printing, key: int | None) -> Any:
            record = None if key is None else printing.rows[kind].get(key)
            return None if record is None else orjson.Fragment(printing.json(shape, kind, record))

        if many:
            return lambda printing, record: [printed(printing, key) for key in read(printing, record)]
        return lambda printing, record: printed(printing, read(printing, record))


def reading(path: Path) -> Read:
    """The value at a path; None where a record on the way is missing."""
    hops, place = path.hops, path.place

    def read(printing: Printing, record: Record) -> Any:
        for step, kind in hops:
            record = printing.rows[kind].get(record[step])
            if record is None:
                return None
        return record[place]

    return read if hops else lambda _, record: record[place]


def formatted(path: Path, form: Callable[[Any], Any]) -> Read:
    """The value at a path in a form; None stays None."""
    read = reading(path)
    return lambda printing, record: None if (value := read(printing, record)) is None else form(value)


def as_is(value: Any) -> Any:
    return value


FORMATS: Mapping[Any, Callable[[Any], Any]] = {datetime: stamp, date: date.isoformat}

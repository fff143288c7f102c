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
Form = Callable[[Any], Any]
"""Makes what is printed of a value."""
Embed = Callable[[Printing, Any], Any]
"""Makes what is printed of a key, or of several."""


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
        self.names = tuple(self.shape.model_fields)
        # In the order in which most is done without a call: a null is printed as it is.
        self.forms: list[tuple[str, Form]] = []
        self.embeds: list[tuple[str, Embed]] = []
        self.reads: list[tuple[str, Read]] = []
        places = [self.compile(name, info) for name, info in self.shape.model_fields.items()]
        # All values at once, and any in the place of what is read elsewhere, so that the printed order is kept; one
        # more, because a single place would not give a tuple.
        self.values = itemgetter(*places, 0)

    def data(self, printing: Printing, record: Record) -> dict[str, Any]:
        found = dict(zip(self.names, self.values(record), strict=False))
        for name, form in self.forms:
            if (value := found[name]) is not None:
                found[name] = form(value)
        for name, embed in self.embeds:
            if (value := found[name]) is not None:
                found[name] = embed(printing, value)
        for name, read in self.reads:
            found[name] = read(printing, record)
        return found

    def compile(self, name: str, info: Any) -> int:
        """Notes what is made of one field. Gives its place in the record; 0 where the value is found elsewhere."""
        marks = {type(mark): mark for mark in info.metadata}
        kind, many = core(info.annotation)
        if Always in marks:
            value = marks[Always].value
            self.reads.append((name, lambda _, __: value))
            return 0
        if Own in marks:
            own = self.layouts.of(kind, self.kind)
            self.embedded |= own.embedded
            self.reads.append((name, own.data))
            return 0
        path = self.follow(next((mark.path for mark in info.metadata if isinstance(mark, At | IdAt)), name))
        if IdAt in marks:
            self.add_form(name, path, partial(encode, self.layouts.ids.numbers[path.kind]))
        elif isinstance(kind, type) and issubclass(kind, Shape):
            self.add_embed(name, path, kind, many)
        elif kind in FORMATS or path.hops:
            self.add_form(name, path, FORMATS.get(kind, as_is))
        return 0 if path.hops else path.place

    def add_form(self, name: str, path: Path, form: Form) -> None:
        if path.hops:
            self.reads.append((name, behind(path, lambda _, value: form(value))))
        else:
            self.forms.append((name, form))

    def add_embed(self, name: str, path: Path, shape: type[Shape], many: bool) -> None:
        kind = path.kind
        self.embedded |= {kind} | self.layouts.of(shape, kind).embedded

        def one(printing: Printing, key: int) -> Any:
            record = printing.rows[kind].get(key)
            return None if record is None else orjson.Fragment(printing.json(shape, kind, record))

        def each(printing: Printing, keys: tuple[int, ...]) -> Any:
            return [one(printing, key) for key in keys]

        embed = each if many else one
        if path.hops:
            self.reads.append((name, behind(path, embed)))
        else:
            self.embeds.append((name, embed))

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


def behind(path: Path, embed: Embed) -> Read:
    """What is made of the value at a path; None where it is null, or a record on the way is missing."""
    hops, place = path.hops, path.place

    def read(printing: Printing, record: Record) -> Any:
        for step, kind in hops:
            record = printing.rows[kind].get(record[step])
            if record is None:
                return None
        value = record[place]
        return None if value is None else embed(printing, value)

    return read


def as_is(value: Any) -> Any:
    return value


FORMATS: Mapping[Any, Form] = {datetime: stamp, date: date.isoformat}

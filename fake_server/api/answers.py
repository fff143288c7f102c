"""Records -> the JSON of their shapes. What was rendered is kept until it or what it embeds changes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import orjson

from fake_server.declare.operation import Include
from fake_server.declare.shape import Always, At, IdAt, Own, Shape, core
from fake_server.moment import Caller, stamp
from fake_server.store.kind import Record
from fake_server.store.store import Store
from fake_server.store.table import Table

MOST_KEPT = 10_000
"""Rendered records kept per shape; a full cache starts anew."""

Read = Callable[[Record], Any]


class Answers:
    """Renders the records of one store."""

    def __init__(self, store: Store, shapes: Mapping[str, type[Shape]]) -> None:
        self.store = store
        self.shapes = shapes
        self.printers: dict[tuple[type[Shape], str], Printer] = {}

    def printer(self, shape: type[Shape], kind: str) -> "Printer":
        known = self.printers.get((shape, kind))
        if known is None:
            known = self.printers[shape, kind] = Printer(self, shape, kind)
            known.prepare()
        return known

    def forget(self) -> None:
        """Lets go of the store: printers hold each other, and the collector comes seldom."""
        for printer in self.printers.values():
            printer.fields.clear()
        self.printers.clear()

    def json(self, shape: type[Shape], kind: str, record: Record) -> bytes:
        return self.printer(shape, kind).json(record)

    def included(
        self, shape: type[Shape], kind: str, record: Record, includes: Mapping[str, Include], caller: Caller
    ) -> bytes:
        """The record's JSON with what the includes add; what is included carries no includes of its own."""
        if not includes:
            return self.json(shape, kind, record)
        data = self.printer(shape, kind).data(record)
        for name, include in includes.items():
            if not include.always:
                data[name] = self.include(include, kind, record, caller)
        return orjson.dumps(data)

    def include(self, include: Include, kind: str, record: Record, caller: Caller) -> Any:
        target, found = self.reached(include, kind, record)
        seen = self.store.seen(target, caller)
        shape = self.shapes[include.shape]
        printed = [
            orjson.Fragment(self.json(shape, target, other))
            for other in found
            if (seen is None or seen(other)) and (include.keep is None or include.keep(self.store, other))
        ]
        return printed if include.many else next(iter(printed), None)

    def reached(self, include: Include, kind: str, record: Record) -> tuple[str, list[Record]]:
        """The kind and the records that an include leads to."""
        if include.by:
            return include.of, self.store.grouped(include.of, include.by, record.key)
        for field in include.at.split("."):
            value, target = getattr(record, field), self.store.target(kind, field)
            if isinstance(value, tuple):
                return target, [other for key in value if (other := self.store.get(target, key))]
            record, kind = self.store.get(target, value), target
            if record is None:
                return kind, []
        return kind, [record]


class Printer:
    """One shape for one kind of record, compiled."""

    def __init__(self, answers: Answers, shape: type[Shape], kind: str) -> None:
        self.answers, self.store = answers, answers.store
        self.shape, self.kind = shape, kind
        self.fields: list[tuple[str, Read]] = []
        self.embedded: set[str] = set()
        self.embedded_tables: list[Table] = []
        self.kept: dict[int, tuple[Record, bytes]] = {}
        self.seen = 0

    def prepare(self) -> None:
        """Apart from the constructor, because shapes may embed themselves."""
        self.fields = [(name, self.compile(name, info)) for name, info in self.shape.model_fields.items()]
        self.embedded_tables = [self.store.tables[kind] for kind in self.embedded - {self.kind}]

    def json(self, record: Record) -> bytes:
        return self.many((record,))[0]

    def many(self, records: Iterable[Record]) -> list[bytes]:
        """The JSON of each record."""
        changes = sum([table.changes for table in self.embedded_tables])
        if changes != self.seen or len(self.kept) > MOST_KEPT:
            self.kept.clear()
            self.seen = changes
        kept = self.kept
        return [
            known[1] if (known := kept.get(record.key)) and known[0] is record else self.render(record)
            for record in records
        ]

    def render(self, record: Record) -> bytes:
        text = orjson.dumps(self.data(record))
        self.kept[record.key] = record, text
        return text

    def data(self, record: Record) -> dict[str, Any]:
        return {name: read(record) for name, read in self.fields}

    def compile(self, name: str, info: Any) -> Read:
        """How one field is read from a record."""
        marks = {type(mark): mark for mark in info.metadata}
        kind, many = core(info.annotation)
        if Always in marks:
            value = marks[Always].value
            return lambda _: value
        if Own in marks:
            own: Printer = self.answers.printer(kind, self.kind)
            self.embedded |= own.embedded
            return own.data
        if IdAt in marks:
            return self.id(marks[IdAt].path)
        read, target = self.follow(marks[At].path if At in marks else name)
        if isinstance(kind, type) and issubclass(kind, Shape):
            return self.embed(read, kind, target, many)
        return FORMATS[kind](read) if kind in FORMATS else read

    def id(self, path: str) -> Read:
        read, target = self.follow(path)
        text = self.store.ids.text
        return lambda record: None if (key := read(record)) is None else text(target, key)

    def follow(self, path: str) -> tuple[Read, str]:
        """Reads `project.client` from a record; with the kind that the last step names."""
        read, (_, *through) = self.store.follow(self.kind, path)
        self.embedded.update(through)
        kind, last = (through or [self.kind])[-1], path.rpartition(".")[2]
        return read, self.store.kinds[kind].refs.get(last, kind)

    def embed(self, read: Read, shape: type[Shape], kind: str, many: bool) -> Read:
        rows, printer = self.store.rows(kind), self.answers.printer(shape, kind)
        self.embedded |= {kind} | printer.embedded

        def printed(key: int | None) -> Any:
            record = rows.get(key)  # type: ignore[arg-type]
            return None if record is None else orjson.Fragment(printer.json(record))

        if many:
            return lambda record: [printed(key) for key in read(record)]
        return lambda record: printed(read(record))


FORMATS: Mapping[Any, Callable[[Read], Read]] = {
    datetime: lambda read: lambda record: None if (value := read(record)) is None else stamp(value),
    date: lambda read: lambda record: None if (value := read(record)) is None else value.isoformat(),
}

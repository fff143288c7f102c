"""Records -> the JSON of their shapes. What was rendered is kept until it or what it embeds changes."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from fake_server.api.layouts import Layout, Layouts
from fake_server.declare.operation import Include
from fake_server.declare.shape import Shape
from fake_server.moment import Caller
from fake_server.store.kind import Record
from fake_server.store.store import Store
from fake_server.store.table import Table

MOST_KEPT = 10_000
"""Rendered records kept per shape; a full cache starts anew."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of them."""
MOST_PAGES, LONGEST_PAGE = 8, 64 * 1024
"""Pages kept per shape in each world, and bytes that one may have for that: half a MiB in all."""


class Kept(dict[int, tuple[Record, bytes]]):
    """Rendered records by their keys. Bounded."""

    size = 0

    def add(self, record: Record, text: bytes) -> None:
        if len(self) >= MOST_KEPT or self.size > MOST_BYTES:
            self.start_anew()
        self[record.key] = record, text
        self.size += len(text)

    def start_anew(self) -> None:
        self.clear()
        self.size = 0


class Page(NamedTuple):
    """A page of a list as it went out: its records, whether more follow, and the cursor that leads to them."""

    records: list[Record]
    more: bool
    next_cursor: str | None
    text: bytes


class Pages(dict[tuple[bytes, str], Page]):
    """Pages by query and URL: most who ask for one ask for it again, to see whether anything has changed. Bounded."""

    def add(self, asked: tuple[bytes, str], page: Page) -> Page:
        if len(page.text) <= LONGEST_PAGE:
            if len(self) >= MOST_PAGES:
                self.clear()
            self[asked] = page
        return page


class Printed:
    """The records of one kind that were rendered in one shape, by key."""

    def __init__(self, layout: Layout, table: Table, embedded: list[Table], common: Kept) -> None:
        self.layout, self.embedded = layout, embedded
        self.kept, self.pages = Kept(), Pages()
        self.seen = 0
        """How often what they embed had changed when they were rendered."""
        self.common = common
        """What was rendered in any world that began with the same records, if nothing that it embeds has changed."""
        self.last = table.last
        """The last record that they may have in common."""

    def of_others(self, record: Record) -> bytes | None:
        """As another world rendered it."""
        known = self.common.get(record.key)
        return known[1] if known is not None and known[0] is record and not self.seen else None

    def keep(self, record: Record, text: bytes) -> bytes:
        self.kept.add(record, text)
        if not self.seen and record.key <= self.last:
            self.common.add(record, text)
        return text

    def refresh(self) -> "Printed":
        """Forgets what is no longer true, even if the record is the same."""
        changes = sum([table.changes for table in self.embedded])
        if changes != self.seen:
            self.kept.start_anew()
            self.pages.clear()
            self.seen = changes
        return self


class Answers:
    """Renders the records of one store."""

    def __init__(self, store: Store, layouts: Layouts) -> None:
        self.store, self.layouts = store, layouts
        self.rows: Mapping[str, Mapping[int, Record]] = {name: table.rows for name, table in store.tables.items()}
        self.printed: dict[tuple[type[Shape], str], Printed] = {}

    def json(self, shape: type[Shape], kind: str, record: Record) -> bytes:
        return self.many(shape, kind, (record,))[0]

    def many(self, shape: type[Shape], kind: str, records: Iterable[Record]) -> list[bytes]:
        """The JSON of each record."""
        printed = self.of(shape, kind)
        kept = printed.kept
        return [
            known[1] if (known := kept.get(record.key)) and known[0] is record else self.render(printed, record)
            for record in records
        ]

    def pages(self, shape: type[Shape], kind: str) -> Pages:
        """The pages of a list without includes that are still true where their records are the same."""
        return self.of(shape, kind).pages

    def of(self, shape: type[Shape], kind: str) -> Printed:
        """What was rendered and is still true where its record is the same."""
        return (self.printed.get((shape, kind)) or self.begin(shape, kind)).refresh()

    def begin(self, shape: type[Shape], kind: str) -> Printed:
        layout = self.layouts.of(shape, kind)
        tables = self.store.tables
        embedded = [tables[other] for other in layout.embedded - {kind}]
        common = self.store.common.setdefault((shape, kind), Kept())
        self.printed[shape, kind] = printed = Printed(layout, tables[kind], embedded, common)
        return printed

    def render(self, printed: Printed, record: Record) -> bytes:
        known = printed.of_others(record)
        if known is None:
            # A copy, because orjson leaves a text with fragments in the memory in which it was written, which may be
            # ten times as large.
            known = bytes(memoryview(orjson.dumps(printed.layout.data(self, record))))
        return printed.keep(record, known)

    def included(
        self, shape: type[Shape], kind: str, record: Record, includes: Mapping[str, Include], caller: Caller
    ) -> bytes:
        """The record's JSON with what the includes add; what is included carries no includes of its own."""
        if not includes:
            return self.json(shape, kind, record)
        data = self.layouts.of(shape, kind).data(self, record)
        for name, include in includes.items():
            if not include.always:
                data[name] = self.include(include, kind, record, caller)
        return orjson.dumps(data)

    def include(self, include: Include, kind: str, record: Record, caller: Caller) -> Any:
        target, found = self.reached(include, kind, record)
        seen = self.store.seen(target, caller)
        shape = self.layouts.shapes[include.shape]
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

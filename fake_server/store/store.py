"""All tables of one world; every change of several records happens whole or not at all."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from fake_server.ids import Ids
from fake_server.moment import Caller, Moment
from fake_server.store.kind import Kind, Record
from fake_server.store.table import Table

Verb = Literal["create", "update", "delete"]
"""What can happen to a record."""


class Change(NamedTuple):
    """One record before and after; None where it did not exist."""

    kind: str
    before: Record | None
    after: Record | None
    farewell: Any = None
    """What the store's `part` had to say of a record that went."""

    @property
    def record(self) -> Record:
        """As it is now, or as it was."""
        return self.before if self.after is None else self.after


class Changing:
    """Several changes that stand or fall together."""

    def __init__(self, store: "Store") -> None:
        self.store = store

    def __enter__(self) -> list[Change]:
        made: list[Change] = []
        self.store.changing = made
        return made

    def __exit__(self, error: object, *_: object) -> None:
        made, self.store.changing = self.store.changing or [], None
        if error is not None:
            self.store.undo(made)


class Store:
    """Tables by kind, uploaded bytes by file key, and counters for numbers that are given only once."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = kinds
        self.ids = Ids(kinds)
        self.names = {kind.record: name for name, kind in kinds.items()}
        self.tables = {name: Table(kind) for name, kind in kinds.items()}
        self.blobs: dict[tuple[str, int], bytes] = {}
        self.counters: dict[tuple[str, int], int] = {}
        self.common: dict[Any, Any] = {}
        """What those who read copies of this store remember of the records that these have in common."""
        self.copied = 0
        """How many changes there had been when it was last copied."""
        self.changing: list[Change] | None = None
        self.part: Callable[[str, Record], Any] | None = None
        """Asked about every record that is about to go, while everything that goes with it is still there."""
        self.ending: dict[str, list[tuple[str, str]]] = {name: [] for name in kinds}
        for kind in kinds.values():
            for field in kind.ends_with:
                self.ending[kind.refs[field]].append((kind.name, field))

    # reading
    def get(self, kind: str, key: int | None) -> Record | None:
        return None if key is None else self.tables[kind].rows.get(key)

    def rows(self, kind: str) -> Mapping[int, Record]:
        return self.tables[kind].rows

    def group(self, kind: str, field: str, value: Any) -> Collection[int]:
        return self.tables[kind].group(field, value)

    def grouped(self, kind: str, field: str, value: Any) -> list[Record]:
        """The records whose `field` is (or contains) `value`, oldest first."""
        table = self.tables[kind]
        return [table.rows[key] for key in sorted(table.group(field, value))]

    def find(self, kind: str, fields: tuple[str, ...], name: tuple[Any, ...]) -> Record | None:
        return self.tables[kind].find(fields, name)

    def target(self, kind: str, field: str) -> str:
        return self.kinds[kind].refs[field]

    def follow(self, kind: str, path: str) -> tuple[Callable[[Record], Any], list[str]]:
        """How `project.client` is read from a record of the kind, None where a record on the way is missing; and the
        kinds that lie on the way, its own first."""
        *steps, last = path.split(".")
        kinds = [kind]
        for step in steps:
            kinds.append(self.target(kinds[-1], step))
        hops = [(step, self.rows(target)) for step, target in zip(steps, kinds[1:], strict=True)]
        return walk(hops, last), kinds

    def seen(self, kind: str, caller: Caller) -> Callable[[Record], bool] | None:
        """The test that a record of a kind passes to be seen by a caller; None for those who see all of them."""
        seen = self.kinds[kind].seen
        return None if seen is None else seen(self, caller)

    def indexed(self, kind: str, field: str) -> bool:
        return field in self.kinds[kind].groups

    # writing
    def change(self) -> "Changing":
        """Collects the changes made inside; an exception takes all of them back."""
        return Changing(self)

    def undo(self, made: list[Change]) -> None:
        for change in reversed(made):
            if change.before is not None:
                self.tables[change.kind].put(change.before)
            elif change.after is not None:
                self.tables[change.kind].remove(change.after.key)

    def make(self, kind: str, moment: Moment, values: dict[str, Any]) -> Record:
        """A new record of the given field values; its kind fills in the rest."""
        known = self.kinds[kind]
        if known.build:
            return known.build(self, moment, values)
        created = values.get("created_at", moment.now)
        times = {"created_at": created, "updated_at": created}
        known_times = {name: time for name, time in times.items() if name in known.fields}
        return self.put(known.new({"key": self.next_key(kind), **known_times, **values}))

    def put(self, record: Record) -> Record:
        kind = self.names[type(record)]
        self.note(kind, self.tables[kind].put(record), record)
        return record

    def amend(self, kind: str, pairs: Collection[tuple[Record, Record]], fields: Collection[str]) -> None:
        """Puts many records, given before and after, that differ in these fields only."""
        self.tables[kind].amend(pairs, frozenset(fields))
        if self.changing is not None:
            self.changing += [Change(kind, before, after) for before, after in pairs]

    def remove(self, record: Record) -> list[Record]:
        """Removes a record and every one that ends with it, their bytes too; gives all of them, itself first."""
        gone, waiting = {}, deque([record])
        while waiting:
            one = waiting.popleft()
            gone[self.names[type(one)], one.key] = one
            waiting += [other for other in self.ends_with(one) if (self.names[type(other)], other.key) not in gone]
        for (kind, _), one in gone.items():
            self.note(kind, one, None, self.part(kind, one) if self.part and self.changing is not None else None)
        keys: dict[str, list[int]] = {}
        for kind, key in gone:
            keys.setdefault(kind, []).append(key)
            self.blobs.pop((kind, key), None)
        for kind, found in keys.items():
            self.tables[kind].remove_all(found)
        return list(gone.values())

    def ends_with(self, record: Record) -> Iterator[Record]:
        """The records that end when this one does."""
        kind = self.names[type(record)]
        for other, field in self.ending[kind]:
            yield from self.grouped(other, field, record.key)
        for field in self.kinds[kind].owns:
            target = self.target(kind, field)
            yield from (self.rows(target)[key] for key in getattr(record, field))

    def note(self, kind: str, before: Record | None, after: Record | None, farewell: Any = None) -> None:
        if self.changing is not None:
            self.changing.append(Change(kind, before, after, farewell))

    def next_key(self, kind: str) -> int:
        """The creation number of the next record of this kind; removed ones are never given again."""
        table = self.tables[kind]
        table.last += 1
        return table.last

    def count(self, what: str, of: int) -> int:
        """The next number of a series such as the tasks of one project, from 1."""
        number = self.counters.get((what, of), 0) + 1
        self.counters[what, of] = number
        return number

    def copy(self) -> "Store":
        """The same records and numbers, independent from now on."""
        other = Store.__new__(Store)
        other.kinds, other.ids, other.names, other.ending = self.kinds, self.ids, self.names, self.ending
        other.changing, other.part = None, None
        other.tables = {name: table.copy() for name, table in self.tables.items()}
        changes = sum([table.changes for table in self.tables.values()])
        if changes != self.copied:
            # Copies count their changes anew: what is remembered must be of these records.
            self.common, self.copied = {}, changes
        other.common, other.copied = self.common, 0
        other.blobs, other.counters = self.blobs.copy(), self.counters.copy()
        return other


def walk(hops: Collection[tuple[str, Mapping[int, Record]]], last: str) -> Callable[[Record], Any]:
    def read(record: Record) -> Any:
        for step, rows in hops:
            record = rows.get(getattr(record, step))
            if record is None:
                return None
        return getattr(record, last)

    return read

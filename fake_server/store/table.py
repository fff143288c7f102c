"""One kind's records by their creation numbers, and what finds them."""

from collections.abc import Collection
from typing import Any

from fake_server.store.kind import Kind, Record
from fake_server.store.lookups import Key, Lookups, Order, Sorting, differing

MANY = 100
"""Records that go together, from which on an order is gone through as a whole."""


class Table:
    """Records by key."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.rows: dict[int, Record] = {}
        self.last = 0
        self.changes = 0
        """How often a record was replaced or removed: whoever embeds records of this kind looks here."""
        self.lookups = Lookups(kind)
        self.shared = False
        """Whether a copy, of the same records, has the same lookups: they must be copied before anything changes."""

    def put(self, record: Record) -> Record | None:
        """Stores a record under its key and gives the one it replaces. ValueError, with nothing changed, where
        another record has one of its unique names."""
        key = record.key
        before = self.rows.get(key)
        changed = self.kind.fields if before is None else differing(before, record)
        self.own().follow(key, before, record, changed)
        self.changes += before is not None
        self.rows[key] = record
        if key > self.last:
            self.last = key
        return before

    def amend(self, pairs: Collection[tuple[Record, Record]], changed: frozenset[str]) -> None:
        """Stores many records in place of others, from which they differ in these fields only. None of these is part
        of a unique name: a name that is taken would be found too late."""
        assert not any(changed.intersection(fields) for fields in self.kind.unique)
        # Its own even where none changes: what is made of these records later must not be made for others, too.
        lookups = self.own()
        if lookups.depend_on(changed):
            for before, after in pairs:
                lookups.follow(after.key, before, after, changed)
        self.rows.update([(after.key, after) for _, after in pairs])
        self.changes += len(pairs)

    def remove(self, key: int) -> Record:
        record = self.rows.pop(key)
        self.changes += 1
        self.own().follow(key, record, None, self.kind.fields)
        return record

    def remove_all(self, keys: Collection[int]) -> None:
        """Many are taken out of the orders at once: to look for each of them would take far longer."""
        lookups = self.own()
        orders = lookups.orders
        if len(keys) >= MANY:
            gone, lookups.orders = frozenset(keys), {}
            for order in orders.values():
                order.drop(gone)
        for key in keys:
            self.remove(key)
        lookups.orders = orders

    def own(self) -> Lookups:
        """The lookups, which no other table has."""
        if self.shared:
            self.lookups, self.shared = self.lookups.copy(), False
        return self.lookups

    def find(self, fields: tuple[str, ...], name: Key) -> Record | None:
        key = self.lookups.unique[fields].get(name)
        return None if key is None else self.rows[key]

    def group(self, field: str, value: Any) -> Collection[int]:
        """Keys of the records whose `field` is (or contains) `value`, in no promised order."""
        return self.lookups.group(field, value, self.rows)

    def order(self, sorting: Sorting) -> Order:
        """The records in the order of a sorting, which gives no two of them the same key."""
        return self.lookups.order(sorting, self.rows)

    def copy(self) -> "Table":
        """The same records, independent from now on; what one of them groups or orders before it changes, the other
        need not."""
        other = Table.__new__(Table)
        other.kind, other.rows, other.last, other.changes = self.kind, self.rows.copy(), self.last, 0
        other.lookups = self.lookups
        other.shared = self.shared = True
        return other

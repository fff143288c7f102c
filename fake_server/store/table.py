"""One kind's records, with the indexes and orders that reading asked for so far."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from typing import Any, Protocol

from fake_server.store.kind import Kind, Record

Key = tuple[Any, ...]
MOST_ORDERS = 8
"""Kept orders are bounded: the one not asked for longest is forgotten."""


class Sorting(Protocol):
    """How records are ordered: a sortable key, and the fields that it is made of."""

    def key(self, record: Record) -> Key: ...

    @property
    def fields(self) -> Collection[str]: ...


class Order:
    """A kept order: all keys sorted, and beside them the creation numbers of their records."""

    def __init__(self, sorting: Sorting, rows: Iterable[Record]) -> None:
        self.key_of = sorting.key
        self.fields = frozenset((*sorting.fields, "key"))
        pairs = sorted((self.key_of(row), row.key) for row in rows)
        self.keys = [key for key, _ in pairs]
        self.numbers = [number for _, number in pairs]

    def move(self, before: Record | None, after: Record | None) -> None:
        if before is not None:
            place = bisect_left(self.keys, self.key_of(before))
            del self.keys[place], self.numbers[place]
        if after is not None:
            place = bisect_left(self.keys, key := self.key_of(after))
            self.keys.insert(place, key)
            self.numbers.insert(place, after.key)


class Table:
    """Records by key. Indexes and orders are made at the first question and kept up from then on."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.every = kind.fields
        self.rows: dict[int, Record] = {}
        self.last = 0
        self.changes = 0
        """How often a record was replaced or removed: whoever embeds records of this kind looks here."""
        self.unique: dict[tuple[str, ...], dict[Key, int]] = {fields: {} for fields in kind.unique}
        self.shared = False
        """Whether a copy has the same names, so that they must be copied before one of them changes."""
        self.groups: dict[str, dict[Any, dict[int, None]]] = {}
        self.orders: dict[Sorting, Order] = {}

    def put(self, record: Record) -> Record | None:
        """Stores a record under its key and gives the one it replaces. ValueError, with nothing changed, where
        another record has one of its unique names."""
        before = self.rows.get(record.key)
        self.refuse_taken(record)
        self.changes += before is not None
        self.rows[record.key] = record
        self.last = max(self.last, record.key)
        self.relink(record.key, before, record)
        return before

    def refuse_taken(self, record: Record) -> None:
        for fields, found in self.unique.items():
            name = names(record, fields)
            if name is not None and found.get(name, record.key) != record.key:
                raise ValueError(f"another {self.kind.name} has {', '.join(fields)} {', '.join(map(str, name))}")

    def remove(self, key: int) -> Record:
        record = self.rows.pop(key)
        self.changes += 1
        self.relink(key, record, None)
        return record

    def relink(self, key: int, before: Record | None, after: Record | None) -> None:
        """Indexes and orders follow a change; those that read none of the changed fields stay as they are."""
        changed = self.every if before is None or after is None else differing(before, after)
        for fields in self.unique:
            if not changed.isdisjoint(fields):
                self.unshare()
                rename(self.unique[fields], key, names(before, fields), names(after, fields))
        for field, groups in self.groups.items():
            if field in changed or field not in self.every:
                regroup(groups, key, values(before, field), values(after, field))
        for order in self.orders.values():
            if not changed.isdisjoint(order.fields):
                order.move(before, after)

    def unshare(self) -> None:
        if self.shared:
            self.unique = {fields: found.copy() for fields, found in self.unique.items()}
            self.shared = False

    def find(self, fields: tuple[str, ...], name: Key) -> Record | None:
        key = self.unique[fields].get(name)
        return None if key is None else self.rows[key]

    def group(self, field: str, value: Any) -> Collection[int]:
        """Keys of the records whose `field` is (or contains) `value`, in no promised order."""
        if field not in self.groups:
            groups: dict[Any, dict[int, None]] = {}
            for record in self.rows.values():
                regroup(groups, record.key, (), values(record, field))
            self.groups[field] = groups
        return self.groups[field].get(value, {})

    def order(self, sorting: Sorting) -> Order:
        """The records in the order of a sorting, which gives no two of them the same key."""
        order = self.orders.pop(sorting, None)
        if order is None:
            order = Order(sorting, self.rows.values())
            while len(self.orders) >= MOST_ORDERS:
                del self.orders[next(iter(self.orders))]
        self.orders[sorting] = order
        return order

    def copy(self) -> "Table":
        """The same records, independent from now on. Groups and orders are made anew when asked for."""
        other = Table(self.kind)
        other.rows, other.last = self.rows.copy(), self.last
        other.unique = self.unique
        other.shared = self.shared = True
        return other


def names(record: Record | None, fields: tuple[str, ...]) -> Key | None:
    """What the fields together name the record, or None where one of them is null."""
    name = tuple(getattr(record, field) for field in fields) if record is not None else (None,)
    return None if None in name else name


def values(record: Record | None, field: str) -> tuple[Any, ...]:
    """What a record is grouped under: the field's value, or each member of a list."""
    value = getattr(record, field) if record is not None else ()
    return value if isinstance(value, tuple) else (value,)


def differing(before: Any, after: Any) -> frozenset[str]:
    """The fields in which two records of a kind differ."""
    return frozenset(
        name for name, old, new in zip(before._fields, before, after, strict=True) if old is not new and old != new
    )


def rename(found: dict[Key, int], key: int, old: Key | None, new: Key | None) -> None:
    if old is not None:
        del found[old]
    if new is not None:
        found[new] = key


def regroup(groups: dict[Any, dict[int, None]], key: int, was: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    if was == now:
        return
    for value in was:
        groups[value].pop(key, None)
    for value in now:
        groups.setdefault(value, {})[key] = None

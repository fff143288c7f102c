"""What finds records without reading them all: unique names, groups of equal values, kept orders."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from fake_server.store.kind import Kind, Record

Key = tuple[Any, ...]
MOST_ORDERS = 8
"""Kept orders are bounded: the one not asked for longest is forgotten."""
NONE: Mapping[int, None] = MappingProxyType({})


class Sorting(Protocol):
    """How records are ordered: a sortable key, and the fields that it is made of."""

    @property
    def key(self) -> Callable[[Record], Key]: ...

    @property
    def fields(self) -> Collection[str]: ...


class Order:
    """A kept order: all keys sorted, and beside them the creation numbers of their records."""

    def __init__(
        self, key_of: Callable[[Record], Key], fields: frozenset[str], keys: list[Any], numbers: list[int]
    ) -> None:
        self.key_of, self.fields = key_of, fields
        self.keys, self.numbers = keys, numbers

    @classmethod
    def of(cls, sorting: Sorting, rows: Iterable[Record]) -> "Order":
        key_of = sorting.key
        pairs = sorted((key_of(row), row.key) for row in rows)
        keys, numbers = [key for key, _ in pairs], [number for _, number in pairs]
        return cls(key_of, frozenset((*sorting.fields, "key")), keys, numbers)

    def copy(self) -> "Order":
        return Order(self.key_of, self.fields, self.keys.copy(), self.numbers.copy())

    def move(self, before: Record | None, after: Record | None) -> None:
        if before is not None:
            place = bisect_left(self.keys, self.key_of(before))
            del self.keys[place], self.numbers[place]
        if after is not None:
            key, keys = self.key_of(after), self.keys
            # What is new comes last in most orders.
            place = len(keys) if not keys or keys[-1] < key else bisect_left(keys, key)
            keys.insert(place, key)
            self.numbers.insert(place, after.key)

    def drop(self, gone: Container[int]) -> None:
        """Without the records of these numbers, all at once."""
        staying = [place for place, number in enumerate(self.numbers) if number not in gone]
        self.keys = [self.keys[place] for place in staying]
        self.numbers = [self.numbers[place] for place in staying]


class Lookups:
    """Those of one table. Groups and orders are made at the first question and kept up from then on."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.unique: dict[tuple[str, ...], dict[Key, int]] = {fields: {} for fields in kind.unique}
        self.groups: dict[str, dict[Any, dict[int, None]]] = {}
        self.orders: dict[Sorting, Order] = {}

    def copy(self) -> "Lookups":
        other = Lookups.__new__(Lookups)
        other.kind = self.kind
        other.unique = {fields: found.copy() for fields, found in self.unique.items()}
        other.groups = {
            field: {value: keys.copy() for value, keys in groups.items()} for field, groups in self.groups.items()
        }
        other.orders = {sorting: order.copy() for sorting, order in self.orders.items()}
        return other

    def group(self, field: str, value: Any, rows: Mapping[int, Record]) -> Collection[int]:
        groups = self.groups.get(field)
        if groups is None:
            groups = self.groups[field] = {}
            for record in rows.values():
                regroup(groups, record.key, (), values(record, field))
        return groups.get(value, NONE)

    def order(self, sorting: Sorting, rows: Mapping[int, Record]) -> Order:
        order = self.orders.pop(sorting, None)
        if order is None:
            order = Order.of(sorting, rows.values())
            while len(self.orders) >= MOST_ORDERS:
                del self.orders[next(iter(self.orders))]
        self.orders[sorting] = order
        return order

    def renamed(
        self, key: int, before: Record | None, after: Record | None, changed: frozenset[str]
    ) -> list[tuple[dict[Key, int], Key | None, Key | None]]:
        """The unique names that a change gives up and takes, each with those that are taken."""
        renamed = []
        for fields, found in self.unique.items():
            if not changed.isdisjoint(fields):
                name = self.kind.names[fields]
                old, new = before and name(before), after and name(after)
                if new is not None and found.get(new, key) != key:
                    raise ValueError(f"another {self.kind.name} has {', '.join(fields)} {', '.join(map(str, new))}")
                renamed.append((found, old, new))
        return renamed

    def depend_on(self, changed: frozenset[str]) -> bool:
        """Whether any of them is made of one of these fields."""
        grouped, ordered = map(self.sources, self.groups), (order.fields for order in self.orders.values())
        return not all(map(changed.isdisjoint, (*self.unique, *grouped, *ordered)))

    def sources(self, field: str) -> tuple[str, ...]:
        """The record's fields that a group is made of."""
        return self.kind.computed.get(field, (field,))

    def follow(self, key: int, before: Record | None, after: Record | None, changed: frozenset[str]) -> None:
        """All of them follow a change; those that read none of the changed fields stay as they are. ValueError, with
        nothing changed, where another record has one of the names."""
        renamed = self.renamed(key, before, after, changed)
        for found, old, new in renamed:
            rename(found, key, old, new)
        for field, groups in self.groups.items():
            if not changed.isdisjoint(self.sources(field)):
                regroup(groups, key, values(before, field), values(after, field))
        for order in self.orders.values():
            if not changed.isdisjoint(order.fields):
                order.move(before, after)


def values(record: Record | None, field: str) -> tuple[Any, ...]:
    """What a record is grouped under: the field's value, or each member of a list."""
    value = getattr(record, field) if record is not None else ()
    return value if isinstance(value, tuple) else (value,)


def differing(before: Any, after: Any) -> frozenset[str]:
    """The fields in which two records of a kind differ."""
    fields = before._fields
    return frozenset([fields[at] for at, old in enumerate(before) if (new := after[at]) is not old and new != old])


def rename(found: dict[Key, int], key: int, old: Key | None, new: Key | None) -> None:
    if old is not None:
        del found[old]
    if new is not None:
        found[new] = key


def regroup(groups: dict[Any, dict[int, None]], key: int, was: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    if was == now:
        return
    for value in was:
        group = groups.get(value, {})
        group.pop(key, None)
        if not group:
            # Else one would stay of every record that ever had others below it.
            groups.pop(value, None)
    for value in now:
        groups.setdefault(value, {})[key] = None

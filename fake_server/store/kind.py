"""What the store must know of a kind of record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from fake_server.moment import Caller

Record = Any
"""A NamedTuple whose first field is `key`, its creation number within its kind. Never changed in place."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of record: its type, what its fields refer to, and what is looked up quickly."""

    name: str
    record: type[Any]
    plural: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Field -> kind of the record (or, for a tuple, of the records) it names by key."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Fields that together name at most one record; a None among them names nothing."""
    indexed: frozenset[str] = frozenset()
    """Fields whose equal values are grouped, apart from every reference."""
    computed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Properties that are grouped, too -> the fields that they are made of."""
    ends_with: tuple[str, ...] = ()
    """References to records with which this one ends."""
    owns: tuple[str, ...] = ()
    """References to records that end with this one."""
    seen: Callable[[Any, Caller], Callable[[Record], bool] | None] | None = None
    """Who sees what: (store, caller) -> the test that a record passes to be seen; None where all of them are."""
    build: Callable[..., Record] | None = None
    """Makes a record of given field values where defaults alone would not do: (store, moment, values) -> record."""

    @cached_property
    def groups(self) -> frozenset[str]:
        return self.indexed | self.refs.keys() | self.computed.keys()

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Every field with its default, those that have none with null."""
        known: dict[str, Any] = self.record._field_defaults
        return dict.fromkeys(self.record._fields) | known

    @cached_property
    def required(self) -> frozenset[str]:
        return self.fields.difference(self.record._field_defaults)

    def new(self, values: dict[str, Any]) -> Record:
        """A record of the given field values and defaults; TypeError where one is lacking, or unknown."""
        found = self.defaults | values  # in the order of the fields, unless there are too many
        if len(found) == len(self.fields) and self.required <= values.keys():
            # Many parts are put together faster in their order than by their names.
            return self.record._make(found.values())
        return self.record(**values)

    @cached_property
    def names(self) -> Mapping[tuple[str, ...], Callable[[Record], tuple[Any, ...] | None]]:
        """Unique fields -> what they together name a record; None where one of them is null."""
        return {fields: naming(fields) for fields in self.unique}

    @cached_property
    def fields(self) -> frozenset[str]:
        return frozenset(self.record._fields)


def naming(fields: tuple[str, ...]) -> Callable[[Record], tuple[Any, ...] | None]:
    # One field more, because a single one would not give a tuple.
    read, count = attrgetter(*fields, fields[0]), len(fields)

    def name(record: Record) -> tuple[Any, ...] | None:
        found = read(record)[:count]
        return None if None in found else found

    return name

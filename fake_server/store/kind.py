"""What the store must know of a kind of record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
    """Fields (or properties made of them) whose equal values are grouped, apart from every reference."""
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
        return self.indexed | self.refs.keys()

    @cached_property
    def fields(self) -> frozenset[str]:
        return frozenset(self.record._fields)

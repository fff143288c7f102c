"""An operation, a listing and a section of the service, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

from fake_server.declare.body import Body, FileBody
from fake_server.declare.evidence import Evidence
from fake_server.declare.shape import Shape
from fake_server.query.kinds import Field, Table
from fake_server.query.page import Column
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store, Verb

VERBS: tuple[Verb, ...] = get_args(Verb)


@dataclass(frozen=True)
class Include:
    """What `include=name` adds to a record: the records at a path of it, or those whose field `by` names it."""

    shape: str
    """Shapes are named, so that sections need not import each other."""
    at: str = ""
    of: str = ""
    by: str = ""
    keep: Callable[[Store, Record], bool] | None = None
    """Which of the found records belong to it."""
    always: bool = False
    """Whether the shape prints it anyway."""
    many: bool = False


@dataclass(frozen=True, eq=False)
class Listing:
    """The printed tables of a list: what it filters, sorts and includes."""

    filters: Table
    sorts: Mapping[str, Column]
    evidence: Evidence
    includes: Mapping[str, Include] = field(default_factory=dict)
    aliased: Mapping[str, str] = field(default_factory=dict)
    """Sorts on a family of names: `computed_fields` -> what its values are."""
    hides: tuple[Field, ...] = ()
    """Modes (with, only, without) that stand at `without` when the filter says nothing about them."""
    within: str = ""
    """The field by which the list belongs to the record named in the path."""

    @property
    def sort_names(self) -> list[str]:
        """As printed: a family of names stands as `family.<alias>`."""
        return [*self.sorts, *(f"{family}.<alias>" for family in self.aliased)]


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of the reference. `verb` carries it out, with `run` where the section has its own way."""

    name: str
    method: str
    path: str
    verb: Callable[[Any], Any]
    summary: str
    evidence: Evidence
    kind: str
    shape: type[Shape]
    scopes: tuple[str, ...] = ()
    find_by: tuple[str, ...] = ()
    parent: str = ""
    """The kind of record that the path names, where it is not `kind`."""
    listing: Listing | None = None
    includes: Mapping[str, Include] = field(default_factory=dict)
    """What the answer always has besides the shape."""
    body: Body | FileBody | None = None
    run: Callable[..., Any] | None = None

    @cached_property
    def places(self) -> dict[str, int]:
        """The path's parameters, and which of its segments each is."""
        return {part[1:-1]: place for place, part in enumerate(self.path.split("/")[1:]) if part.startswith("{")}

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.places)


@dataclass(frozen=True, eq=False)
class Event:
    """The events of a kind of record, of which receivers are told: `name:create`, `name:update`, `name:delete`."""

    name: str
    kind: str
    shape: type[Shape]
    evidence: Evidence
    person: type[Shape]
    """How payloads print who caused it."""
    limits: Mapping[str, str]
    """A subscription's field that limits it -> where a record of the kind names what it is limited to."""
    includes: Mapping[str, Include] = field(default_factory=dict)
    """What the payload's data has besides its shape."""
    silent: frozenset[str] = frozenset()
    """Fields of the record whose change alone is no event."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}:{verb}" for verb in VERBS)

    @property
    def family(self) -> str:
        """All of them, as a subscription may name them."""
        return f"{self.name}:*"


@dataclass(frozen=True)
class Section:
    """A section of the reference: its operations, and the kinds, shapes and events it brings."""

    title: str
    operations: tuple[Operation, ...]
    kinds: tuple[Kind, ...]
    shapes: tuple[type[Shape], ...] = ()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Printed enums by their names."""
    events: tuple[Event, ...] = ()

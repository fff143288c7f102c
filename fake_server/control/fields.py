"""Fields of records as control calls spell and print them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from fake_server.control.names import instead
from fake_server.errors import did_you_mean
from fake_server.resources import KINDS
from fake_server.seeds.document import Printer
from fake_server.seeds.values import Values, Wrong, listed, types
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store
from fake_server.world import World


class Known:
    """Records as control calls name them: by id, or by a name of their own that is unique, such as an address."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ways(self, kind: str) -> tuple[str, ...]:
        return ("id", "unique name") if any(len(fields) == 1 for fields in KINDS[kind].unique) else ("id",)

    def key(self, kind: str, name: str) -> int | None:
        store = self.world.store
        found = store.get(kind, store.ids.key(kind, name))
        for fields in KINDS[kind].unique:
            if found is None and len(fields) == 1:
                found = store.find(kind, fields, (name,))
        return None if found is None else int(found.key)

    def missing(self, kind: str, name: str) -> str:
        return f"there is no {kind} {name[:80]}; {instead(self.world, kind, name)}"


@cache
def spelled(kind: Kind) -> Mapping[str, str]:
    """What a field may be called -> the field: a reference to one record is `project_id` or `project`."""
    names: dict[str, str] = {}
    for name, hint in types(kind).items():
        if name in kind.refs and listed(hint) is None:
            names[f"{name}_id"] = name
        names[name] = name
    return names


@cache
def printed_as(kind: Kind) -> Mapping[str, str]:
    """A field -> its name in answers."""
    names: dict[str, str] = {"id": "id"}
    for name, field in spelled(kind).items():
        names.setdefault(field, name)
    return names


FIELDS = tuple(dict.fromkeys(("id", *(name for kind in KINDS.values() for name in spelled(kind)))))


def plainly(kind: Kind, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, by the record's own names for its fields."""
    names, found = spelled(kind), dict[str, Any]()
    for name, value in sent.items():
        field = names.get(name, name)
        if field in found:
            raise Wrong(f"{field} is sent as {field} and as {field}_id; send one of them")
        if field not in types(kind):
            raise Wrong(f"{kind.name} has no field {name[:80]}; {did_you_mean(name, names)}")
        if field in kind.owns:
            raise Wrong(f"{field} of a {kind.name} are records of the kind {kind.refs[field]}: make or remove those")
        found[field] = value
    return found


def values(world: World, kind: Kind, sent: Mapping[str, Any]) -> dict[str, Any]:
    given = plainly(kind, sent)
    return Values(Known(world), world.moment()).read(kind, given, types(kind))


def shown(store: Store, kind: Kind, found: Record) -> dict[str, Any]:
    """A record as answers have it."""
    names = printed_as(kind)
    return {names[field]: value for field, value in Printer(store, kind).row(found).items()}

"""Names in control calls: events, and ids of records."""

from collections.abc import Iterable
from itertools import islice

from fake_server.control.problems import Problem
from fake_server.errors import did_you_mean
from fake_server.store.kind import Record
from fake_server.world import EVENTS, World

NAMES = tuple(name for event in EVENTS.values() for name in event.names)
FAMILIES = tuple(event.family for event in EVENTS.values())


def events(given: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The events, each once; Problem names the nearest where one is unknown."""
    for name in given:
        if name not in names:
            raise Problem(422, "No such event", f"There is no event {name[:80]}; {did_you_mean(name, names)}")
    return tuple(dict.fromkeys(given))


def instead(world: World, kind: str, id: str) -> str:
    """Of what kind an id is that is none of this kind, or the nearest id that is."""
    found = world.store.ids.kind(id)
    if found not in (None, kind):
        return f"it is the id of a {found}."
    return did_you_mean(id, [world.store.ids.text(kind, key) for key in islice(world.store.rows(kind), 1000)])


def record(world: World, kind: str, id: str, status: int = 422) -> Record:
    """The record of an id; Problem of that status where there is none."""
    found = world.store.get(kind, world.store.ids.key(kind, id))
    if found is None:
        near = instead(world, kind, id)
        raise Problem(status, f"No such {kind}", f"There is no {kind} with the id {id[:80]}; {near}")
    return found

"""Names in control calls: operations, events, and ids of records."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import islice

from fake_server.control.problems import Problem
from fake_server.errors import did_you_mean
from fake_server.resources import EVENTS, OPERATIONS
from fake_server.store.kind import Record
from fake_server.world import World

NAMES = tuple(name for event in EVENTS.values() for name in event.names)
FAMILIES = tuple(event.family for event in EVENTS.values())
CALLED = {
    "list": "index", "all": "index", "create": "store", "add": "store", "post": "store", "get": "show",
    "read": "show", "find": "show", "retrieve": "show", "patch": "update", "edit": "update", "destroy": "delete",
    "remove": "delete",
}  # fmt: skip
"""What others call the reference's verbs."""
LONGEST = 100
"""Characters of a pattern."""


def operations(text: str) -> list[str]:
    """The operations of a name or of a pattern such as tasks.*; Problem names the nearest where there are none."""
    # Nothing but * is special, and a pattern is no longer than a few names: the server waits for it.
    pattern = text.replace("[", "[[]").replace("?", "[?]")
    is_pattern = "*" in text and len(text) <= LONGEST
    found = [name for name in OPERATIONS if fnmatchcase(name, pattern)] if is_pattern else [text]
    if not found or found[0] not in OPERATIONS:
        raise Problem(422, "No such operation", f"There is no operation {text[:80]}; {meant(text)}")
    return found


def meant(text: str) -> str:
    """The operation that somebody means who calls it as others do, else the nearest name."""
    section, _, verb = text.rpartition(".")
    name = f"{section}.{CALLED.get(verb.lower(), '')}"
    return f"did you mean {name}?" if name in OPERATIONS else did_you_mean(text, OPERATIONS)


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

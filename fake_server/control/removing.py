"""What must not be left behind when a record goes: references to it, and what cannot be without it."""

from collections.abc import Iterator
from types import NoneType

from fake_server.control.problems import Problem
from fake_server.resources import KINDS
from fake_server.seeds.values import listed, types
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store
from fake_server.webhooks.publisher import HOOKS
from fake_server.world import World

Gone = dict[tuple[str, int], Record]


def ending(store: Store, found: Record) -> Gone:
    """A record and everything that ends with it."""
    gone: Gone = {}
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if gone.setdefault((store.names[type(one)], one.key), one) is one:
            waiting += [other for other in store.ends_with(one) if (store.names[type(other)], other.key) not in gone]
    return gone


def naming_fields(store: Store, gone: Gone) -> Iterator[tuple[Kind, str, Record, int]]:
    """Who names one of these and stays: its kind, by which field, itself, and what it names."""
    for name, key in gone:
        for kind in KINDS.values():
            for field, target in kind.refs.items():
                if target == name:
                    for other in store.grouped(kind.name, field, key):
                        if (kind.name, other.key) not in gone:
                            yield kind, field, other, key


def is_needed(kind: Kind, field: str) -> bool:
    """Whether a record cannot be without what a field names. A subscription without its limit would tell of
    everything."""
    hint = types(kind)[field]
    return kind.name == HOOKS or (listed(hint) is None and NoneType not in hint)


def refuse_needed(world: World, gone: Gone) -> None:
    """Nothing may be left that names what is not there: 409 says who would."""
    store = world.store
    needing = [(kind, field, other) for kind, field, other, _ in naming_fields(store, gone) if is_needed(kind, field)]
    if needing:
        kind, field, other = needing[0]
        more = f" and {len(needing) - 1} more" if needing[1:] else ""
        who = f"{kind.name} {store.ids.text(kind.name, other.key)}{more}"
        raise Problem(409, "Still needed", f"The {field} of {who} would be missing; remove or change that first.")
    for caller in (world.access.anyone, *(token.caller for token in world.access.tokens.values())):
        if (caller.kind, caller.user) in gone:
            raise Problem(409, "Still needed", f"A token acts as this {caller.kind}; revoke it first.")
    if any(kind == "integration" for kind, _ in gone) and len(store.rows("integration")) == 1:
        raise Problem(409, "Still needed", "Unregistered tokens act for this integration; make another first.")


def loosen(store: Store, gone: Gone) -> None:
    """Clears every reference to what is about to go."""
    for kind, field, other, key in list(naming_fields(store, gone)):
        present = store.rows(kind.name)[other.key]
        value = getattr(present, field)
        rest = tuple(one for one in value if one != key) if isinstance(value, tuple) else None
        store.put(present._replace(**{field: rest}))

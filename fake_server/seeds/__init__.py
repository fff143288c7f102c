"""fixtures/worlds -> a seed: a named one or a document of one's own, grown by Faker where more is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fake_server.api.access import Token
from fake_server.errors import did_you_mean
from fake_server.moment import Moment, Pace
from fake_server.resources import COUNTED, KINDS
from fake_server.seeds.filling import Filling
from fake_server.seeds.growing import Material, material
from fake_server.seeds.rows import Row, word
from fake_server.seeds.tokens import SeededToken
from fake_server.seeds.worldfile import Form, SeedError, parse, placed, read, refuse
from fake_server.store.store import Store
from fake_server.world import TokenTaken, World

__all__ = [
    "Seed",
    "SeedError",
    "SeededToken",
    "find",
    "names",
    "put",
    "read_document",
    "registered",
    "seeded",
    "start",
]

HERE = Path(__file__).parent.parent
FIXTURES = HERE / "fixtures" if (HERE / "fixtures").exists() else HERE.parent / "fixtures"
"""Inside the wheel, or beside the package in a checkout."""


def names() -> list[str]:
    """The worlds that travel with the package."""
    return sorted(path.stem for path in (FIXTURES / "worlds").glob("*.yaml"))


@dataclass(frozen=True)
class Seed:
    """A world as it was loaded. Many worlds may start from one: whoever writes takes a copy of the store."""

    name: str
    store: Store
    tokens: tuple[SeededToken, ...] = ()
    revoked: tuple[str, ...] = ()
    pace: Pace | None = None
    """Of a document that says what time it is."""


def seeded(name: str, tasks: int | None, seed: int, moment: Moment) -> Seed:
    """A named seed or a file, read at a moment and grown to so many tasks where they are asked for. Raises
    SeedError."""
    path = find(name)
    return filled(name, read(path), str(path), moment, tasks, seed)


def read_document(
    document: str | Mapping[str, Any], moment: Moment, form: Form = "json", source: str = "state", seed: int = 0
) -> Seed:
    """A document as text, or as the object that its JSON is; `source` is what messages call it. Raises SeedError."""
    rows = parse(document, source, form) if isinstance(document, str) else placed(document, source)
    return filled(source, rows, source, moment, seed=seed)


def filled(name: str, data: Row, source: str, moment: Moment, tasks: int | None = None, seed: int = 0) -> Seed:
    filling = Filling(source, FIXTURES / "files", Store(KINDS), moment)
    filling.fill(data)
    if not filling.store.rows("integration"):
        refuse(source, data.place, "a world needs an integration, as whose user unregistered tokens act")
    more = material(data, filling.refuse)
    wanted = tasks if tasks is not None else more.tasks if more else 0
    if wanted > len(filling.store.rows(COUNTED)):
        if more is None:
            refuse(source, data.place, f"this world has no grow section to make {wanted} tasks from")
        add_tasks(filling, more, wanted, seed)
    return Seed(name, filling.store, tuple(filling.tokens), filling.revoked, filling.pace)


def add_tasks(filling: Filling, more: Material, wanted: int, seed: int) -> None:
    """More tasks, from the material of the world's own grow section."""
    if more.words is None or more.formats is None:
        filling.refuse(more.place, f"grow needs words and formats to make {wanted} tasks from")
    # Imported here: Faker costs more than all the rest of a small world.
    from fake_server.seeds.grow import grown

    try:
        grown(filling.store, filling.moment, more.words, more.formats, wanted, seed)
    except KeyError as error:
        filling.refuse(more.place, f"nothing can be grown from this: it lacks {word(error.args[0])}")
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        filling.refuse(more.place, f"nothing can be grown from this: {error}")


def start(world: World, seed: Seed) -> None:
    """Makes a world of a seed: as it is now, and as reset will find it. A clock that nobody set goes as the seed
    says. Of a token that leads to another world already, that other stays the home: here it is known all the same,
    to requests that name this world (X-Fake-World). Otherwise no server could hold two worlds of one seed."""
    if seed.pace is not None and world.clock.start == Pace():
        world.clock.start = seed.pace
    world.seed_name, world.seeded_revoked = seed.name, frozenset(seed.revoked)
    world.take(seed.store)
    for token in seed.tokens:
        world.seed_token(token.text, registered(world, token))


def put(world: World, seed: Seed) -> None:
    """Replaces what a world has, clock and tokens included; its own seed stays what reset leads back to. TokenTaken,
    with nothing changed, where a token leads to another world - unless this one knows it already, as all worlds of
    one seed know its tokens."""
    refuse_taken(world, seed)
    if seed.pace is not None:
        world.clock.pace = seed.pace
    world.load(seed.store, {})
    for token in seed.tokens:
        world.lead(token.text)
        world.know(token.text, registered(world, token))
    world.access.revoked.update(seed.revoked)
    world.courier.wake()


def refuse_taken(world: World, seed: Seed) -> None:
    for token in seed.tokens:
        home = world.homes.get(token.text, world)
        if home is not world and token.text not in world.access.tokens and token.text not in world.seeded_tokens:
            raise TokenTaken(token.text, home.name)


def registered(world: World, token: SeededToken) -> Token:
    """A seed's token, as one of a world that has the seed's users."""
    made = world.made_token(token.user, token.integration, token.scopes, None)
    return Token(made.caller, token.expires_at)


def find(name: str) -> Path:
    known = FIXTURES / "worlds" / f"{name}.yaml"
    path = known if name in names() else Path(name)
    if not path.is_file():
        raise SeedError(
            f"There is no world {name}: {did_you_mean(name, names())} A path of a YAML or JSON file is fine too."
        )
    return path

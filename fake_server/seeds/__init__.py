"""fixtures/worlds -> World: a named seed or a file of one's own, grown by Faker where more is asked for."""

from pathlib import Path

from fake_server.api.access import Token
from fake_server.errors import did_you_mean
from fake_server.seeds.filling import Filling
from fake_server.seeds.worldfile import Row, SeedError, read
from fake_server.store.store import Store
from fake_server.world import KINDS, World

HERE = Path(__file__).parent.parent
FIXTURES = HERE / "fixtures" if (HERE / "fixtures").exists() else HERE.parent / "fixtures"
"""Inside the wheel, or beside the package in a checkout."""


def names() -> list[str]:
    """The worlds that travel with the package."""
    return sorted(path.stem for path in (FIXTURES / "worlds").glob("*.yaml"))


def load(world: World, name: str, tasks: int | None = None, seed: int = 42) -> None:
    """Fills a world from a named seed or a YAML file; `tasks` is how many it shall have. Raises SeedError."""
    path = find(name)
    data = read(path)
    filling = Filling(path, FIXTURES / "files", Store(KINDS), world.moment())
    filling.fill(data)
    if not filling.store.rows("integration"):
        raise SeedError(f"{path}:1: a world needs an integration, as whose user unregistered tokens act.")
    material = filling.material(data)
    wanted = tasks if tasks is not None else material.get("tasks", 0)
    if wanted > len(filling.store.rows("task")):
        add_tasks(filling, material, data.lines.get("grow", 1), wanted, seed)
    world.take(filling.store)
    world.seeded = name
    for row in filling.tokens:
        world.seed_token(row["token"], token(world, filling, row))


def add_tasks(filling: Filling, material: Row, line: int, wanted: int, seed: int) -> None:
    """More tasks, from the material of the world's own grow section."""
    if not material:
        raise filling.error(line, f"this world has no grow section to make {wanted} tasks from")
    # Imported here: Faker costs more than all the rest of a small world.
    from fake_server.seeds.grow import grown

    try:
        grown(filling.store, filling.moment, material["words"], material["formats"], wanted, seed)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise filling.error(line, f"nothing can be grown from this: {type(error).__name__} {error}") from None


def token(world: World, filling: Filling, row: Row) -> Token:
    scopes = None if row.get("scopes") is None else frozenset(row["scopes"])
    return world.token(filling.ref(row, "user", "user", row["user"]), row.get("integration"), scopes, None)


def find(name: str) -> Path:
    known = FIXTURES / "worlds" / f"{name}.yaml"
    path = known if name in names() else Path(name)
    if not path.is_file():
        raise SeedError(f"There is no world {name}: {did_you_mean(name, names())} A path of a YAML file is fine too.")
    return path

"""fixtures/worlds -> World: rows of YAML become records, Faker makes more of the same."""

import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fake_server.api.access import Token
from fake_server.declare.attachment import attach
from fake_server.declare.body import Upload
from fake_server.errors import did_you_mean
from fake_server.moment import EPOCH, Instant, Moment, day_of, instant_of, read_date, read_instant
from fake_server.store.kind import Kind
from fake_server.store.store import Store
from fake_server.world import KINDS, World
from fake_server.worldfile import Row, SeedError, read

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures" if (HERE / "fixtures").exists() else HERE.parent / "fixtures"
"""Inside the wheel, or beside the package in a checkout."""
OFFSET = re.compile(r"([+-]?\d+)([dhm])(?: (\d{2}):(\d{2}))?", re.ASCII)
SECONDS = {"d": 86400, "h": 3600, "m": 60}
KIND_OF = {kind.plural: kind for kind in KINDS.values()}


def names() -> list[str]:
    """The worlds that travel with the package."""
    return sorted(path.stem for path in (FIXTURES / "worlds").glob("*.yaml"))


def load(world: World, name: str, tasks: int | None = None, seed: int = 42) -> None:
    """Fills a world from a named seed or a YAML file; `tasks` is how many it shall have. Raises SeedError."""
    path = find(name)
    data = read(path)
    filling = Filling(path, Store(KINDS), world.moment())
    filling.fill(data)
    if not filling.store.rows("integration"):
        raise SeedError(f"{path}:1: a world needs an integration, as whose user unregistered tokens act.")
    material = filling.material(data)
    wanted = tasks if tasks is not None else material.get("tasks", 0)
    if wanted > len(filling.store.rows("task")):
        grow(filling, material, wanted, seed)
    world.take(filling.store)
    world.seeded = name
    world.seeded_tokens = {row["token"]: token(world, filling, row) for row in filling.tokens}
    world.reset()


def grow(filling: "Filling", material: Row, wanted: int, seed: int) -> None:
    """More tasks, from the material of the world's own grow section."""
    if not material:
        raise SeedError(f"{filling.path}:1: this world has no grow section to make {wanted} tasks from.")
    # Imported here: Faker costs more than all the rest of a small world.
    from fake_server.grow import grown

    try:
        grown(filling.store, filling.moment, material["words"], material["formats"], wanted, seed)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise filling.error(material, f"nothing can be grown from this: {type(error).__name__} {error}") from None


def token(world: World, filling: "Filling", row: Row) -> Token:
    scopes = None if row.get("scopes") is None else frozenset(row["scopes"])
    return world.token(filling.ref(row, "user", row["user"]), row.get("integration"), scopes, None)


def find(name: str) -> Path:
    known = FIXTURES / "worlds" / f"{name}.yaml"
    path = known if name in names() else Path(name)
    if not path.is_file():
        raise SeedError(f"There is no world {name}: {did_you_mean(name, names())} A path of a YAML file is fine too.")
    return path


class Filling:
    """One world being filled: the references met so far, and the file for messages."""

    def __init__(self, path: Path, store: Store, moment: Moment) -> None:
        self.path, self.store, self.moment = path, store, moment
        self.refs: dict[tuple[str, str], int] = {}
        self.tokens: list[Row] = []

    def fill(self, data: Row) -> None:
        for plural, rows in data.items():
            if plural == "grow":
                continue
            kind, line = KIND_OF.get(plural), data.lines.get(plural, data.line)
            if kind is None and plural != "tokens":
                known = did_you_mean(str(plural), [*KIND_OF, "tokens", "grow"])
                raise SeedError(f"{self.path}:{line}: unknown kind {plural}; {known}")
            for row in rows if isinstance(rows, list) else () if rows is None else (rows,):
                if not isinstance(row, Row):
                    raise SeedError(f"{self.path}:{line}: {plural} must be a list of mappings, not {row!r:.40}.")
                if kind is None:
                    self.add_token(row)
                else:
                    self.add(kind, row)

    def material(self, data: Row) -> Row:
        """The grow section, empty where there is none."""
        found = data.get("grow") or Row()
        known = {"tasks": int, "words": dict, "formats": dict}
        if not isinstance(found, Row) or any(not isinstance(found.get(name, of()), of) for name, of in known.items()):
            raise SeedError(f"{self.path}:{data.lines['grow']}: grow takes tasks (a number), words and formats.")
        return found

    def error(self, row: Row, why: str) -> SeedError:
        return SeedError(f"{self.path}:{row.line}: {why}")

    def add_token(self, row: Row) -> None:
        if not {"token", "user"} <= set(row) <= {"token", "user", "scopes", "integration"}:
            raise self.error(row, "a token is {token, user, scopes?, integration?}")
        if not isinstance(row.get("scopes", []), list):
            raise self.error(row, "scopes is a list")
        self.tokens.append(row)

    def add(self, kind: Kind, row: Row) -> None:
        given = {name: value for name, value in row.items() if name != "ref"}
        if kind.name == "file":
            self.add_file(row, given)
            return
        hints = types(kind)
        for name in given:
            if name not in hints or name == "key":
                raise self.error(row, f"{kind.name} has no field {name}; {did_you_mean(name, hints)}")
        values = {name: self.value(kind, row, name, value, hints[name]) for name, value in given.items()}
        self.refuse_taken(kind, row, values)
        try:
            record = self.store.make(kind.name, self.moment, values)
        except (TypeError, KeyError) as error:
            raise self.error(row, f"this {kind.name} lacks a field: {error}") from None
        if "ref" in row:
            self.refs[kind.name, str(row["ref"])] = record.key

    def refuse_taken(self, kind: Kind, row: Row, values: dict[str, Any]) -> None:
        for fields in kind.unique:
            name = tuple(values.get(field) for field in fields)
            if None not in name and self.store.find(kind.name, fields, name):
                raise self.error(row, f"another {kind.name} has {', '.join(fields)} {', '.join(map(str, name))}")

    def add_file(self, row: Row, given: dict[str, Any]) -> None:
        """A file hangs on the record whose kind it names; its bytes are a sample of fixtures/files."""
        owner = next((name for name in given if name in KINDS), None)
        sample = FIXTURES / "files" / str(given.get("sample"))
        if owner is None or not sample.is_file():
            raise self.error(row, "a file names a record (task: ...) and a sample of fixtures/files")
        record = self.store.get(owner, self.ref(row, owner, given[owner]))
        at = self.instant(row, given.get("created_at", "0d"))
        upload = Upload(given["file_name"], given["mime_type"], sample.read_bytes())
        attach(self.store, self.moment._replace(now=at), record, upload)

    def value(self, kind: Kind, row: Row, name: str, value: Any, hint: Any) -> Any:
        """A YAML value as the record holds it."""
        if value is None:
            return None
        if name in kind.refs:
            target = kind.refs[name]
            if isinstance(value, list):
                return tuple(self.ref(row, target, item) for item in value)
            return self.ref(row, target, value)
        if Instant in hint:
            return self.instant(row, value)
        if date in hint:
            return self.day(row, value)
        if not fits(value, hint):
            raise self.error(row, f"{name} cannot be {value!r}")
        return value

    def ref(self, row: Row, kind: str, ref: Any) -> int:
        key = self.refs.get((kind, str(ref)))
        if key is None:
            known = [name for other, name in self.refs if other == kind]
            raise self.error(row, f"there is no {kind} {ref} above; {did_you_mean(str(ref), known)}")
        return key

    def instant(self, row: Row, value: Any) -> Instant:
        """`-2d`, `-2d 09:30`, `-3h` from the world's now, or an ISO date-time."""
        found = OFFSET.fullmatch(str(value))
        if not found:
            at = instant_of(value) if isinstance(value, datetime) and value.tzinfo else read_instant(
                str(value), self.moment.zone)  # fmt: skip
            if at is None:
                raise self.error(row, f"{value!r} is no time; write -2d, -2d 09:30, -3h or an ISO date-time")
            return at
        at = Instant(self.moment.now + int(found[1]) * SECONDS[found[2]])
        if found[3]:
            midnight = (EPOCH + timedelta(seconds=at)).replace(hour=0, minute=0, second=0)
            at = instant_of(midnight + timedelta(hours=int(found[3]), minutes=int(found[4])))
        return at

    def day(self, row: Row, value: Any) -> date:
        found = OFFSET.fullmatch(str(value))
        if found and found[2] == "d":
            return day_of(self.moment.now, self.moment.zone) + timedelta(days=int(found[1]))
        if (day := read_date(str(value))) is None:
            raise self.error(row, f"{value!r} is no date; write +3d or an ISO date")
        return day


@cache
def types(kind: Kind) -> dict[str, tuple[Any, ...]]:
    """Field -> the types that its values may have."""
    return {name: alternatives(hint) for name, hint in get_type_hints(kind.record).items()}


def alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def fits(value: Any, hint: tuple[Any, ...]) -> bool:
    for one in hint:
        if get_origin(one) is Literal and value in get_args(one):
            return True
        plain = get_origin(one) or one
        if plain is float and isinstance(value, int | float) and not isinstance(value, bool):
            return True
        if isinstance(plain, type) and isinstance(value, plain) and isinstance(value, bool) == (plain is bool):
            return True
    return False

"""fixtures/worlds -> World: rows of YAML become records, Faker makes more of the same."""

import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

from fake_server.declare.attachment import attach
from fake_server.declare.body import Upload
from fake_server.errors import did_you_mean
from fake_server.moment import EPOCH, Instant, Moment, day_of, instant_of, read_date, read_instant
from fake_server.store.kind import Kind
from fake_server.store.store import Store
from fake_server.world import KINDS, World

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures" if (HERE / "fixtures").exists() else HERE.parent / "fixtures"
"""Inside the wheel, or beside the package in a checkout."""
OFFSET = re.compile(r"([+-]?\d+)([dhm])(?: (\d{2}):(\d{2}))?", re.ASCII)
SECONDS = {"d": 86400, "h": 3600, "m": 60}
KIND_OF = {kind.plural: kind for kind in KINDS.values()}


class SeedError(Exception):
    """A world that cannot be loaded: where, and why."""


class Row(dict[str, Any]):
    """A mapping that knows its line, from 1."""

    line = 0


class Loader(yaml.CSafeLoader):
    """YAML's safe types, with lines."""


def construct_row(loader: Any, node: Any) -> Row:
    row = Row(loader.construct_mapping(node, deep=True))
    row.line = node.start_mark.line + 1
    return row


Loader.add_constructor("tag:yaml.org,2002:map", construct_row)


def names() -> list[str]:
    """The worlds that travel with the package."""
    return sorted(path.stem for path in (FIXTURES / "worlds").glob("*.yaml"))


def load(world: World, name: str, tasks: int | None = None, seed: int = 42) -> None:
    """Fills a world from a named seed or a YAML file; `tasks` is how many it shall have. Raises SeedError."""
    path = find(name)
    data = read(path)
    grow = data.pop("grow", None)
    store = Store(KINDS)
    filling = Filling(path, store, world.moment())
    filling.fill(data)
    if not store.rows("integration"):
        raise SeedError(f"{path}:1: a world needs an integration, as whose user unregistered tokens act.")
    wanted = tasks if tasks is not None else (grow or {}).get("tasks", 0)
    if wanted > len(store.rows("task")):
        if not grow:
            raise SeedError(f"{path.name}: this world has no grow section to make {wanted} tasks from.")
        # Imported here: Faker costs more than all the rest of a small world.
        from fake_server.grow import grown

        grown(store, world.moment(), grow["words"], grow["formats"], wanted, seed)
    world.take(store)
    world.seeded = name
    world.seeded_tokens = {
        row["token"]: world.token(filling.ref(row, "user", row["user"]), row.get("integration"), scopes(row), None)
        for row in filling.tokens
    }
    world.reset()


def scopes(row: Row) -> frozenset[str] | None:
    return None if row.get("scopes") is None else frozenset(row["scopes"])


def find(name: str) -> Path:
    known = FIXTURES / "worlds" / f"{name}.yaml"
    path = known if name in names() else Path(name)
    if not path.is_file():
        raise SeedError(f"There is no world {name}: {did_you_mean(name, names())} A path of a YAML file is fine too.")
    return path


def read(path: Path) -> Row:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SeedError(f"{place}: {getattr(error, 'problem', None) or error}.") from None
    if not isinstance(data, Row):
        raise SeedError(f"{path}:1: a world is a mapping from kinds of record to rows.")
    return data


class Filling:
    """One world being filled: the references met so far, and the file for messages."""

    def __init__(self, path: Path, store: Store, moment: Moment) -> None:
        self.path, self.store, self.moment = path, store, moment
        self.refs: dict[tuple[str, str], int] = {}
        self.tokens: list[Row] = []

    def is_token(self, row: Any, data: Row) -> bool:
        known = {"token", "user", "scopes", "integration"}
        if not isinstance(row, Row) or not {"token", "user"} <= set(row) <= known:
            raise self.error(row if isinstance(row, Row) else data, "a token is {token, user, scopes?, integration?}")
        return True

    def fill(self, data: Row) -> None:
        for plural, rows in data.items():
            if plural == "tokens":
                self.tokens = [row for row in rows or () if self.is_token(row, data)]
                continue
            kind = KIND_OF.get(plural)
            if kind is None:
                raise self.error(data, f"unknown kind {plural}; {did_you_mean(plural, [*KIND_OF, 'tokens', 'grow'])}")
            for row in rows or ():
                if not isinstance(row, Row):
                    raise self.error(data, f"{plural} must be a list of mappings")
                self.add(kind, row)

    def error(self, row: Row, why: str) -> SeedError:
        return SeedError(f"{self.path}:{row.line}: {why}")

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
            self.refs[kind.name, row["ref"]] = record.key

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
        key = self.refs.get((kind, ref))
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

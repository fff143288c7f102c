"""The rows of a world's file -> records."""

import math
import re
from datetime import date
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fake_server.declare.attachment import attach
from fake_server.declare.body import Upload
from fake_server.errors import did_you_mean
from fake_server.moment import EARLIEST, LATEST, Instant, Moment, midnight, read_date, read_instant
from fake_server.resources import SCOPES
from fake_server.seeds.worldfile import Row, SeedError
from fake_server.store.kind import Kind
from fake_server.store.store import Store
from fake_server.world import KINDS

OFFSET = re.compile(r"([+-]?\d{1,9})([dhm])(?: ([01]\d|2[0-3]):([0-5]\d))?", re.ASCII)
SECONDS = {"d": 86400, "h": 3600, "m": 60}
KIND_OF = {kind.plural: kind for kind in KINDS.values()}
FILE_FIELDS = {"file_name", "mime_type", "sample", "created_at"}
HOLDERS = [kind.name for kind in KINDS.values() if "files" in kind.refs]
TOKEN_FIELDS = {"token", "user", "scopes", "integration"}


class Filling:
    """One world being filled: the references met so far, and the file for messages."""

    def __init__(self, path: Path, samples: Path, store: Store, moment: Moment) -> None:
        self.path, self.samples, self.store, self.moment = path, samples, store, moment
        self.refs: dict[tuple[str, str], int] = {}
        self.tokens: list[Row] = []

    def fill(self, data: Row) -> None:
        """Every section but grow, in the order of the file."""
        for plural, rows in data.items():
            if plural == "grow":
                continue
            kind, line = KIND_OF.get(plural), data.lines.get(str(plural), data.line)
            if kind is None and plural != "tokens":
                known = did_you_mean(str(plural), [*KIND_OF, "tokens", "grow"])
                raise self.error(line, f"unknown kind {plural}; {known}")
            if not isinstance(rows, list) and rows is not None:
                raise self.error(line, f"{plural} must be a list of mappings, not {rows!r:.40}")
            for number, row in enumerate(rows or ()):
                if not isinstance(row, Row):
                    raise self.error(line + 1 + number, f"{plural} must be a list of mappings, not {row!r:.40}")
                self.add_token(row) if kind is None else self.add(kind, row)

    def material(self, data: Row) -> Row:
        """The grow section, empty where there is none."""
        found = data.get("grow") or Row()
        wanted = {"tasks": int, "words": dict, "formats": dict}
        for name, of in wanted.items():
            if not isinstance(found, Row) or not isinstance(found.get(name, of()), of):
                raise self.error(data.lines["grow"], f"grow takes tasks (a number), words and formats; see {name}")
        return found

    def error(self, row: Row | int, why: str) -> SeedError:
        return SeedError(f"{self.path}:{row if isinstance(row, int) else row.line}: {why}.")

    def add_token(self, row: Row) -> None:
        texts = [row.get("token"), row.get("integration", "")]
        lists = isinstance(row.get("scopes") or [], list)
        if not {"token", "user"} <= set(row) <= TOKEN_FIELDS or not lists or not all(map(is_text, texts)):
            raise self.error(row, "a token is {token, user, scopes?, integration?}; scopes is a list, the rest texts")
        for scope in row.get("scopes") or ():
            if scope not in SCOPES:
                raise self.error(row, f"there is no scope {scope}; {did_you_mean(str(scope), SCOPES)}")
        self.ref(row, "user", "user", row["user"])
        self.tokens.append(row)

    def add(self, kind: Kind, row: Row) -> None:
        if kind.name == "file":
            self.add_file(row)
            return
        hints = {name: hint for name, hint in types(kind).items() if name != "key"}
        given = {name: value for name, value in row.items() if name != "ref"}
        for name in given:
            if name not in hints:
                raise self.error(row, f"{kind.name} has no field {name}; {did_you_mean(str(name), hints)}")
        values = {name: self.value(kind, row, name, value, hints[name]) for name, value in given.items()}
        try:
            record = self.store.make(kind.name, self.moment, values)
        except (TypeError, KeyError) as error:
            raise self.error(row, f"this {kind.name} lacks a field: {error}") from None
        except ValueError as error:
            raise self.error(row, str(error)) from None
        if "ref" in row:
            self.name(kind, row, record.key)

    def name(self, kind: Kind, row: Row, key: int) -> None:
        ref = row["ref"]
        if not isinstance(ref, str | int):
            raise self.error(row, f"a ref is a word, not {ref!r}")
        if self.refs.setdefault((kind.name, str(ref)), key) != key:
            raise self.error(row, f"there is another {kind.name} {ref} above")

    def add_file(self, row: Row) -> None:
        """A file hangs on the record whose kind it names; its bytes are one of the samples."""
        holders = [name for name in row if name in HOLDERS]
        extra = set(row) - FILE_FIELDS - set(HOLDERS)
        if extra or len(holders) != 1:
            known = f"one of {', '.join(HOLDERS)}, and {', '.join(sorted(FILE_FIELDS))}"
            raise self.error(row, f"a file names a record and no more: {known}; not {', '.join(map(str, extra))}")
        for name in ("file_name", "mime_type"):
            if not isinstance(row.get(name), str):
                raise self.error(row, f"a file needs a {name}")
        sample = self.samples / Path(str(row.get("sample"))).name
        if not sample.is_file():
            raise self.error(
                row, f"a file needs a sample of {', '.join(sorted(path.name for path in self.samples.iterdir()))}"
            )
        record = self.store.get(holders[0], self.ref(row, holders[0], holders[0], row[holders[0]]))
        at = self.instant(row, row.get("created_at", "0d"))
        attach(
            self.store,
            self.moment._replace(now=at),
            record,
            Upload(row["file_name"], row["mime_type"], sample.read_bytes()),
        )

    def value(self, kind: Kind, row: Row, name: str, value: Any, hint: tuple[Any, ...]) -> Any:
        """A YAML value as the record holds it."""
        if value is None and NoneType in hint:
            return None
        if name in kind.refs:
            return self.reference(kind, row, name, value, hint)
        if value is None:
            raise self.error(row, f"{name} cannot be null")
        if Instant in hint:
            return self.instant(row, value)
        if date in hint:
            return self.day(row, value)
        if isinstance(value, list) and any(get_origin(one) is tuple for one in hint):
            value = tuple(value)
        if not fits(value, hint):
            raise self.error(row, f"{name} cannot be {value!r}")
        return value

    def reference(self, kind: Kind, row: Row, name: str, value: Any, hint: tuple[Any, ...]) -> Any:
        target, many = kind.refs[name], any(get_origin(one) is tuple for one in hint)
        if many is not isinstance(value, list):
            raise self.error(row, f"{name} takes {'a list of refs' if many else 'one ref'}, not {value!r:.40}")
        if not many:
            return self.ref(row, name, target, value)
        return tuple(dict.fromkeys(self.ref(row, name, target, item) for item in value))

    def ref(self, row: Row, field: str, kind: str, ref: Any) -> int:
        if not isinstance(ref, str | int):
            raise self.error(row, f"{field} takes a ref, not {ref!r:.40}")
        key = self.refs.get((kind, str(ref)))
        if key is None:
            known = [name for other, name in self.refs if other == kind]
            raise self.error(row, f"there is no {kind} {ref} above; {did_you_mean(str(ref), known)}")
        return key

    def instant(self, row: Row, value: Any) -> Instant:
        """`-2d`, `-2d 09:30`, `-3h` from the world's now, or an ISO date-time."""
        found, zone = OFFSET.fullmatch(str(value)), self.moment.zone
        at = shifted(self.moment, found) if found else read_instant(str(value), zone)
        if at is None or not midnight(EARLIEST, zone) <= at <= midnight(LATEST, zone):
            raise self.error(row, f"{str(value)!r} is no time; write -2d, -2d 09:30, -3h or an ISO date-time")
        return at

    def day(self, row: Row, value: Any) -> date:
        found = OFFSET.fullmatch(str(value))
        day = read_date(str(value))
        if found and found[2] == "d" and not found[3]:
            number = self.moment.today().toordinal() + int(found[1])
            day = date.fromordinal(number) if EARLIEST.toordinal() <= number <= LATEST.toordinal() else None
        if day is None:
            raise self.error(row, f"{str(value)!r} is no date; write +3d or an ISO date")
        return day


def shifted(moment: Moment, found: re.Match[str]) -> Instant:
    """So many days, hours or minutes from now; a time of day is UTC."""
    at = moment.now + int(found[1]) * SECONDS[found[2]]
    return Instant(at - at % SECONDS["d"] + int(found[3]) * 3600 + int(found[4]) * 60 if found[3] else at)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


@cache
def types(kind: Kind) -> dict[str, tuple[Any, ...]]:
    """Field -> the types that its values may have."""
    return {name: alternatives(hint) for name, hint in get_type_hints(kind.record).items()}


def alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def fits(value: Any, hint: tuple[Any, ...]) -> bool:
    return any(fits_one(value, one) for one in hint)


def fits_one(value: Any, hint: Any) -> bool:
    """A number is no flag, and a flag no number."""
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is dict:
        members = get_args(hint)[1]
        return isinstance(value, dict) and all(
            is_text(name) and fits_one(one, members) for name, one in value.items()
        )
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(fits_one(one, get_args(hint)[0]) for one in value)
    plain = get_origin(hint) or hint
    if plain is Any:
        return True
    if isinstance(value, bool) or plain is bool:
        return isinstance(value, bool) and plain is bool
    if plain is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(plain, type) and isinstance(value, plain)

"""The rows of a world's document -> records, tokens, clock and the numbers that go on."""

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from fake_server.declare.attachment import attach
from fake_server.declare.body import Upload
from fake_server.errors import did_you_mean
from fake_server.moment import Instant, Moment, Pace
from fake_server.resources import KINDS, SCOPES
from fake_server.seeds.head import HEADS, MOST_KEY, Head, go_on
from fake_server.seeds.values import Values, Wrong, is_text, types
from fake_server.seeds.worldfile import Place, Row, refuse
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store

KIND_OF = {kind.plural: kind for kind in KINDS.values()}
FILE_FIELDS = {"file_name", "mime_type", "sample", "content", "content_base64", "created_at"}
HOLDERS = [kind.name for kind in KINDS.values() if "files" in kind.refs]
TOKEN_FIELDS = {"token", "user", "scopes", "integration", "expires_at"}
BESIDE = (*HEADS, "tokens", "numbers", "grow")


class SeededToken(NamedTuple):
    """A token that belongs to a seed. `user` is a key; None for the rest: as for unregistered tokens."""

    text: str
    user: int
    integration: str | None = None
    scopes: frozenset[str] | None = None
    expires_at: Instant | None = None


class Filling:
    """One world being filled: the references met so far, and the document's name for messages. Relative times count
    from the document's own now, where it has one."""

    def __init__(self, source: str, samples: Path, store: Store, moment: Moment) -> None:
        self.source, self.samples, self.store, self.moment = source, samples, store, moment
        self.refs: dict[tuple[str, str], int] = {}
        self.given: dict[tuple[str, int], Row] = {}
        """The rows whose ids are given, also those further below."""
        self.tokens: list[SeededToken] = []
        self.revoked: tuple[str, ...] = ()
        self.pace: Pace | None = None

    def fill(self, data: Row) -> None:
        """Every section but grow, in the order of the document."""
        head = Head(data, self.moment.zone, self.refuse)
        self.pace, self.revoked = head.pace, head.revoked
        if head.now is not None:
            self.moment = self.moment._replace(now=head.now)
        self.values = Values(self, self.moment)
        sections = list(self.sections(data))
        for kind, rows in sections:
            self.claim(kind, rows)
        for kind, rows in sections:
            for row in rows:
                self.add_token(row) if kind is None else self.add(kind, row)
        self.refuse_circles()
        self.refuse_strays(data)
        go_on(self.store, data, self.refuse)

    def refuse(self, row: Row | Place, why: str) -> NoReturn:
        refuse(self.source, row.place if isinstance(row, Row) else row, why)

    # the sections
    def sections(self, data: Row) -> Iterator[tuple[Kind | None, list[Row]]]:
        """Rows by kind; those of tokens, which are no records, without one."""
        for plural, rows in data.items():
            if plural in BESIDE and plural != "tokens":
                continue
            kind, place = KIND_OF.get(plural), data.places.get(str(plural), data.place)
            if kind is None and plural != "tokens":
                self.refuse(place, f"unknown kind {plural}; {did_you_mean(str(plural), [*KIND_OF, *BESIDE])}")
            if not isinstance(rows, list) and rows is not None:
                self.refuse(place, f"{plural} must be a list of mappings, not {rows!r:.40}")
            for number, row in enumerate(rows or ()):
                if not isinstance(row, Row):
                    self.refuse(data.within(plural, number), f"{plural} must be a list of mappings, not {row!r:.40}")
            yield kind, rows or []

    def claim(self, kind: Kind | None, rows: list[Row]) -> None:
        """The ids that rows give themselves, before any record is made: others count on from them."""
        for row in rows if kind is not None else ():
            if "id" in row:
                assert kind is not None
                key = self.identified(kind, row)
                if (kind.name, key) in self.given:
                    self.refuse(row, f"another {kind.name} has the id {row['id']}")
                self.given[kind.name, key] = row
                table = self.store.tables[kind.name]
                table.last = max(table.last, key)

    def identified(self, kind: Kind, row: Row) -> int:
        id = row["id"]
        key = self.store.ids.key(kind.name, id) if isinstance(id, str) else None
        if key is None or not 0 < key <= MOST_KEY:
            other = self.store.ids.kind(id) if isinstance(id, str) else None
            whose = f"that of a {other}" if other and other != kind.name else "none that a world gives"
            self.refuse(row, f"the id {str(id)[:80]} is no id of a {kind.name} but {whose}")
        return key

    # what rows are called
    def key(self, kind: str, name: str) -> int | None:
        """By a ref above, or by an id anywhere."""
        key = self.refs.get((kind, name))
        if key is not None:
            return key
        key = self.store.ids.key(kind, name)
        return key if key is not None and ((kind, key) in self.given or self.store.get(kind, key)) else None

    def missing(self, kind: str, name: str) -> str:
        known = [ref for other, ref in self.refs if other == kind]
        known += [self.store.ids.text(kind, key) for other, key in self.given if other == kind]
        return f"there is no {kind} {name[:80]} above; {did_you_mean(name, known)}"

    # rows
    def add_token(self, row: Row) -> None:
        texts = [row.get("token"), row.get("integration", "")]
        lists = isinstance(row.get("scopes") or [], list)
        if not {"token", "user"} <= set(row) <= TOKEN_FIELDS or not lists or not all(map(is_text, texts)):
            self.refuse(
                row, "a token is {token, user, scopes?, integration?, expires_at?}; scopes is a list, the rest texts"
            )
        for scope in row.get("scopes") or ():
            if scope not in SCOPES:
                self.refuse(row, f"there is no scope {scope}; {did_you_mean(str(scope), SCOPES)}")
        try:
            user = self.values.ref("user", "user", row["user"])
            expires = None if row.get("expires_at") is None else self.values.instant(row["expires_at"])
        except Wrong as wrong:
            self.refuse(row, str(wrong))
        scopes = None if row.get("scopes") is None else frozenset(row["scopes"])
        self.tokens.append(SeededToken(row["token"], user, row.get("integration"), scopes, expires))

    def add(self, kind: Kind, row: Row) -> None:
        try:
            if kind.name == "file":
                self.add_file(row)
                return
            given = {name: value for name, value in row.items() if name not in ("ref", "id")}
            values = self.values.read(kind, given, types(kind))
            record = self.made(kind, row, self.standing(kind, values))
        except Wrong as wrong:
            self.refuse(row, str(wrong))
        except (TypeError, KeyError) as error:
            self.refuse(row, f"this {kind.name} lacks the field {lacking(error)}")
        except ValueError as error:
            self.refuse(row, str(error))
        if "ref" in row:
            self.name(kind, row, record.key)

    def made(self, kind: Kind, row: Row, values: dict[str, Any]) -> Record:
        """A record, under the number of the id that the row gives itself."""
        table = self.store.tables[kind.name]
        if "id" not in row:
            return self.store.make(kind.name, self.moment, values)
        last, key = table.last, self.store.ids.key(kind.name, row["id"])
        record = self.store.make(kind.name, self.moment, {**values, "key": key})
        table.last = last
        return record

    def standing(self, kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
        """What a kind is built from must be there already; Wrong where it only stands further below."""
        for field in kind.refs if kind.build else ():
            target, key = kind.refs[field], values.get(field)
            if field not in kind.record._field_defaults and key and self.store.get(target, key) is None:
                raise Wrong(f"the {target} {self.store.ids.text(target, key)} must stand above")
        return values

    def name(self, kind: Kind, row: Row, key: int) -> None:
        ref = row["ref"]
        if not isinstance(ref, str | int):
            self.refuse(row, f"a ref is a word, not {ref!r}")
        if self.refs.setdefault((kind.name, str(ref)), key) != key:
            self.refuse(row, f"there is another {kind.name} {ref} above")

    # files
    def add_file(self, row: Row) -> None:
        """A file hangs on the record whose kind it names; its bytes are its content or one of the samples."""
        holders = [name for name in row if name in HOLDERS]
        extra = set(row) - FILE_FIELDS - set(HOLDERS) - {"id"}
        if extra or len(holders) != 1:
            known = f"one of {', '.join(HOLDERS)}, and {', '.join(sorted(FILE_FIELDS))}"
            raise Wrong(f"a file names a record and no more: {known}; not {', '.join(map(str, extra))}")
        for name in ("file_name", "mime_type"):
            if not isinstance(row.get(name), str):
                raise Wrong(f"a file needs a {name}")
        upload = Upload(row["file_name"], row["mime_type"], self.content(row))
        key = self.values.ref(holders[0], holders[0], row[holders[0]])
        holder = self.store.get(holders[0], key)
        if holder is None:
            raise Wrong(f"the {holders[0]} {row[holders[0]]} must stand above")
        moment = self.moment._replace(now=self.values.instant(row.get("created_at", "0d")))
        self.keep(row, moment, holder, upload)

    def content(self, row: Row) -> bytes:
        sample = self.samples / Path(str(row.get("sample"))).name
        if ("content" in row or "content_base64" in row) and "sample" not in row:
            return content(row)
        if not sample.is_file():
            known = ", ".join(sorted(path.name for path in self.samples.iterdir()))
            raise Wrong(f"a file needs a content, a content_base64 or a sample of {known}")
        return sample.read_bytes()

    def keep(self, row: Row, moment: Moment, holder: Record, upload: Upload) -> None:
        """A file that its holder names already is kept for it; any other is attached, as an upload would be."""
        table, last = self.store.tables["file"], self.store.tables["file"].last
        key = self.store.ids.key("file", row["id"]) if "id" in row else None
        if key is not None:
            table.last = key - 1
        before = self.store.rows(self.store.names[type(holder)])[holder.key]
        attach(self.store, moment, holder._replace(files=tuple(one for one in holder.files if one != key)), upload)
        if key is not None:
            table.last = last
            if key in before.files:
                self.store.put(before)

    # what holds for all of them
    def refuse_circles(self) -> None:
        """Nothing is above itself: what walks upwards would never end."""
        for (kind, key), row in self.given.items():
            if circle(self.store, self.store.kinds[kind], self.store.rows(kind)[key]):
                self.refuse(row, f"this {kind} is above itself")

    def refuse_strays(self, data: Row) -> None:
        """Every file hangs on who names it."""
        text = self.store.ids.text
        for kind in HOLDERS:
            for key, holder in self.store.rows(kind).items():
                for file in holder.files:
                    if self.store.rows("file")[file].entity_id != text(kind, key):
                        row = self.given.get((kind, key), data)
                        self.refuse(row, f"the file {text('file', file)} belongs to another record")

    def material(self, data: Row) -> dict[str, Any]:
        """The grow section, empty where there is none."""
        found = data.get("grow") or {}
        wanted = {"tasks": int, "words": dict, "formats": dict}
        for name, of in wanted.items():
            if not isinstance(found, dict) or not isinstance(found.get(name, of()), of):
                self.refuse(
                    data.places.get("grow", data.place), f"grow takes tasks (a number), words and formats; see {name}"
                )
        return found


def content(given: dict[str, Any]) -> bytes:
    """A file's bytes: a text, or base64 of anything. Wrong for both, and for what is neither."""
    text, coded = given.get("content"), given.get("content_base64")
    if text is not None and coded is not None:
        raise Wrong("a file has a content or a content_base64, not both")
    for name, value in (("content", text), ("content_base64", coded)):
        if value is not None and not is_text(value):
            raise Wrong(f"{name} is a text, not {value!r:.40}")
    if coded is None:
        return str(text or "").encode()
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("content_base64 is no base64") from None


def circle(store: Store, kind: Kind, record: Record) -> bool:
    """Whether a record is above itself by what it ends with."""
    for field in kind.ends_with:
        if kind.refs[field] == kind.name:
            above = store.get(kind.name, getattr(record, field))
            seen: set[int] = set()
            while above is not None and above.key not in seen:
                if above.key == record.key:
                    return True
                seen.add(above.key)
                above = store.get(kind.name, getattr(above, field))
    return False


def lacking(error: Exception) -> str:
    """The first field that Python misses when a record is made."""
    found = re.search(r"'(\w+)'", str(error))
    return found[1] if found else str(error)

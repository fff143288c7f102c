"""The rows of a world's document -> records, tokens, clock and the numbers that go on."""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from fake_server.declare.attachment import attach
from fake_server.declare.body import Upload
from fake_server.errors import did_you_mean
from fake_server.moment import Moment, Pace
from fake_server.resources import KINDS
from fake_server.seeds.head import HEADS, Head, go_on, is_number
from fake_server.seeds.met import Met
from fake_server.seeds.repeating import Repeated, written
from fake_server.seeds.rows import Place, Row, brief, word
from fake_server.seeds.tokens import SeededToken, read_token
from fake_server.seeds.values import Values, Wrong, is_text, types
from fake_server.seeds.worldfile import refuse
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store

KIND_OF = {kind.plural: kind for kind in KINDS.values()}
FILE_FIELDS = {"file_name", "mime_type", "sample", "content", "content_base64", "created_at"}
HOLDERS = [kind.name for kind in KINDS.values() if "files" in kind.refs]
BESIDE = (*HEADS, "tokens", "numbers", "grow")


class Filling:
    """One world being filled: the references met so far, and the document's name for messages. Relative times count
    from the document's own now, where it has one."""

    def __init__(self, source: str, samples: Path, store: Store, moment: Moment) -> None:
        self.source, self.samples, self.store, self.moment = source, samples, store, moment
        # Apart from this: what two hold of each other outlives both.
        self.met = Met(store)
        self.tokens: list[SeededToken] = []
        self.revoked: tuple[str, ...] = ()
        self.pace: Pace | None = None

    def fill(self, data: Row) -> None:
        """Every section but grow, in the order of the document."""
        head = Head(data, self.moment.zone, self.refuse)
        self.pace, self.revoked = head.pace, head.revoked
        if head.now is not None:
            self.moment = self.moment._replace(now=head.now)
        self.values = Values(self.met, self.moment)
        sections, tokens = list(self.sections(data)), self.rows(data, "tokens")
        repeated = Repeated(self.refuse)
        for row in chain(tokens, *(rows for _, rows in sections)):
            repeated.claim(row)
        for kind, rows in sections:
            self.claim(kind, rows)
        for kind, rows in sections:
            for row in chain.from_iterable(map(written, rows)):
                self.add(kind, row)
        for row in chain.from_iterable(map(written, tokens)):
            self.add_token(row)
        self.refuse_circles()
        self.refuse_strays(data)
        go_on(self.store, data, self.refuse)

    def refuse(self, row: Row | Place, why: str) -> NoReturn:
        refuse(self.source, row.place if isinstance(row, Row) else row, why)

    # the sections
    def sections(self, data: Row) -> Iterator[tuple[Kind, list[Row]]]:
        """Rows by kind."""
        for plural in (one for one in data if one not in BESIDE):
            kind = KIND_OF.get(plural)
            if kind is None:
                near = did_you_mean(word(plural), [*KIND_OF, *BESIDE])
                self.refuse(data.places.get(str(plural), data.place), f"unknown kind {word(plural)}; {near}")
            yield kind, self.rows(data, plural)

    def rows(self, data: Row, plural: str) -> list[Row]:
        """Those of one section."""
        rows = data.get(plural)
        if not isinstance(rows, list) and rows is not None:
            place = data.places.get(plural, data.place)
            self.refuse(place, f"{plural} must be a list of mappings, not {brief(rows)}")
        for number, row in enumerate(rows or ()):
            if not isinstance(row, Row):
                self.refuse(data.within(plural, number), f"{plural} must be a list of mappings, not {brief(row)}")
        return rows or []

    def claim(self, kind: Kind, rows: list[Row]) -> None:
        """The ids that rows give themselves, before any record is made: others count on from them."""
        for row in rows:
            if "id" in row:
                key = self.identified(kind, row)
                if (kind.name, key) in self.met.given:
                    self.refuse(row, f"another {kind.name} has the id {row['id']}")
                self.met.given[kind.name, key] = row
                table = self.store.tables[kind.name]
                table.last = max(table.last, key)

    def identified(self, kind: Kind, row: Row) -> int:
        id = row["id"]
        key = self.store.ids.key(kind.name, id) if isinstance(id, str) else None
        if key is None or not is_number(key, 1):
            other = self.store.ids.kind(id) if isinstance(id, str) else None
            whose = f"that of a {other}" if other and other != kind.name else "none that a world gives"
            self.refuse(row, f"the id {word(id)} is no id of a {kind.name} but {whose}")
        return key

    # rows
    def add_token(self, row: Row) -> None:
        try:
            self.tokens.append(read_token(row, self.values))
        except Wrong as wrong:
            self.refuse(row, str(wrong))

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
            self.refuse(row, f"a ref is a word, not {brief(ref)}")
        if self.met.refs.setdefault((kind.name, str(ref)), key) != key:
            self.refuse(row, f"there is another {kind.name} {word(ref)} above")

    # files
    def add_file(self, row: Row) -> None:
        """A file hangs on the record whose kind it names; its bytes are its content or one of the samples."""
        holders = [name for name in row if name in HOLDERS]
        extra = set(row) - FILE_FIELDS - set(HOLDERS) - {"id"}
        if extra or len(holders) != 1:
            known = f"one of {', '.join(HOLDERS)}, and {', '.join(sorted(FILE_FIELDS))}"
            raise Wrong(f"a file names a record and no more: {known}; not {', '.join(map(word, extra))}")
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
        if ("content" in row or "content_base64" in row) and "sample" not in row:
            return content(row)
        known = {path.name: path for path in sorted(self.samples.iterdir())}
        sample = row.get("sample")
        if not is_text(sample) or sample not in known:
            raise Wrong(f"a file needs a content, a content_base64 or a sample of {', '.join(known)}")
        return known[sample].read_bytes()

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
        found = self.met.above_itself()
        if found is not None:
            self.refuse(found[1], f"this {found[0]} is above itself")

    def refuse_strays(self, data: Row) -> None:
        """Every file hangs on who names it."""
        text = self.store.ids.text
        for kind in HOLDERS:
            for key, holder in self.store.rows(kind).items():
                for file in holder.files:
                    if self.store.rows("file")[file].entity_id != text(kind, key):
                        row = self.met.given.get((kind, key), data)
                        self.refuse(row, f"the file {text('file', file)} belongs to another record")


def content(given: dict[str, Any]) -> bytes:
    """A file's bytes: a text, or base64 of anything. Wrong for both, and for what is neither."""
    text, coded = given.get("content"), given.get("content_base64")
    if text is not None and coded is not None:
        raise Wrong("a file has a content or a content_base64, not both")
    for name, value in (("content", text), ("content_base64", coded)):
        if value is not None and not is_text(value):
            raise Wrong(f"{name} is a text, not {brief(value)}")
    if coded is None:
        return str(text or "").encode()
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("content_base64 is no base64") from None


def lacking(error: Exception) -> str:
    """The first field that Python misses when a record is made."""
    found = re.search(r"'(\w+)'", str(error))
    return found[1] if found else str(error)

"""A world -> one document in the form of a seed file, from which another goes on exactly as this one would."""

import base64
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import orjson

from fake_server.moment import Instant, stamp, stamp_exactly
from fake_server.resources import KINDS
from fake_server.seeds.filling import HOLDERS
from fake_server.seeds.head import VERSION
from fake_server.seeds.values import listed, types
from fake_server.seeds.worldfile import Form
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store
from fake_server.world import World

Print = Callable[[Any], Any]


class Printer:
    """Prints the fields of one kind's records: references as ids, times as ISO texts."""

    def __init__(self, store: Store, kind: Kind) -> None:
        self.kind, self.text = kind, store.ids.text
        self.fields: dict[str, Print] = {name: self.of(name) for name in types(kind)}

    def of(self, name: str) -> Print:
        """How a field's value is printed."""
        hint, target = types(self.kind)[name], self.kind.refs.get(name)
        many = listed(hint)
        if target is not None:
            one = self.reference(target)
            return (lambda value: [one(key) for key in value]) if many is not None else or_none(one)
        if many is not None:
            return lambda value: [plain(one) for one in value]
        if Instant in hint:
            return or_none(stamp)
        return or_none(date.isoformat) if date in hint else lambda value: value

    def reference(self, target: str) -> Print:
        return lambda key: self.text(target, key)

    def row(self, record: Record) -> dict[str, Any]:
        """A record as a seed file has it."""
        values = zip(self.fields.items(), record[1:], strict=True)
        return {
            "id": self.text(self.kind.name, record.key),
            **{name: print(value) for (name, print), value in values},
        }


def or_none(print: Print) -> Print:
    return lambda value: None if value is None else print(value)


def plain(value: Any) -> Any:
    """A member of a list; of a named tuple what is said in it."""
    if not hasattr(value, "_asdict"):
        return value
    return {name: one for name, one in value._asdict().items() if one is not None}


def document(world: World) -> dict[str, Any]:
    """Everything that a world has: its records, its bytes, its tokens, its clock, and the numbers that go on."""
    store, pace = world.store, world.clock.pace
    return {
        "version": VERSION,
        "now": stamp_exactly(world.clock.time()),
        "mode": world.clock.mode,
        **({} if pace.frozen_at is not None else {"ahead": pace.ahead}),
        **{kind.plural: rows for kind in KINDS.values() if (rows := list(rows_of(store, kind)))},
        "tokens": list(tokens(world)),
        "revoked": sorted(world.access.revoked),
        "numbers": {
            "last": {name: table.last for name, table in store.tables.items() if table.last},
            "counters": [[what, of, number] for (what, of), number in store.counters.items()],
        },
    }


def rows_of(store: Store, kind: Kind) -> Iterator[dict[str, Any]]:
    printer = Printer(store, kind)
    return (file(store, one) if kind.name == "file" else printer.row(one) for one in store.rows(kind.name).values())


def file(store: Store, record: Record) -> dict[str, Any]:
    """A file with its bytes and the record that it hangs on; size and the like follow from them."""
    return {
        "id": store.ids.text("file", record.key),
        **{holder: record.entity_id for holder in HOLDERS if holder == record.entity_type},
        "file_name": record.file_name,
        "mime_type": record.mime_type,
        "created_at": stamp(record.created_at),
        "content_base64": base64.b64encode(store.blobs["file", record.key]).decode(),
    }


def tokens(world: World) -> Iterator[dict[str, Any]]:
    """All but the world's own, which leads to this world alone."""
    for text, token in world.access.tokens.items():
        caller = token.caller
        if text != world.token:
            yield {
                "token": text,
                "user": world.store.ids.text("user", caller.user),
                "integration": caller.slug,
                "scopes": None if caller.scopes is None else sorted(caller.scopes),
                **({} if token.expires_at is None else {"expires_at": stamp(token.expires_at)}),
            }


def written(found: dict[str, Any], form: Form) -> bytes:
    """A document as the bytes of a file."""
    if form == "json":
        return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"
    # Imported here: who exports JSON never pays for it.
    import yaml

    return yaml.dump(found, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=118, encoding="utf-8")

"""Fields of a body: how each kind is read, and what it may not be."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from fake_server.declare.reading import UNSET, Reading
from fake_server.errors import did_you_mean
from fake_server.moment import day_of, read_date, read_instant
from fake_server.urls import is_url

EXAMPLE_URL = "https://example.com/hook"
URL = r"""^https?://[\w.-]+(:[1-9]\d{0,3})?([/?#][^\x00-\x20\x7f\x85\s\\^`{|}<>"]*)?$"""
"""What everybody can ask. The server takes more than this pattern: IPv6, passwords, ports of five digits."""
MENTION = re.compile(r"""<mention\s[^<>]*?data-id\s*=\s*["']([^"'<>]*)["']""", re.IGNORECASE)
SINCE_1000 = "^[1-9]"
"""Earlier years are refused, which no format says. The server takes more than pattern and format: white space around,
and date-times without a zone."""
MOST_ITEMS = 10_000
"""Members that a list may have; each wrong one costs a message."""


Reader = Callable[["BodyField", Reading, str, Any], Any]


@dataclass(frozen=True)
class BodyField:
    """A field of a body: how it is read, its printed type, and its rules."""

    name: str
    read: Reader
    schema: Mapping[str, Any]
    null: bool = False
    required: bool = False
    max: int | None = None
    values: tuple[str, ...] = ()
    to: str = ""
    says: str = ""
    mentions: str = ""
    """The kind of record that the text may mention."""
    absent_null: bool = False
    """Whether null means the same as leaving the field out."""
    example: Any = None
    also: tuple[Mapping[str, Any], ...] = ()
    """Schemas of what is taken, too, and not printed."""

    @cached_property
    def at(self) -> str:
        """The record's field: a reference is `project_id` in a body and `project` in a record."""
        return self.name.removesuffix("_id") if self.to else self.name

    def take(self, reading: Reading, value: Any) -> Any:
        """The value as records hold it, or UNSET where it says nothing or breaks a rule."""
        value = trimmed(value)
        if self.required and value in (None, []):
            return reading.fault(self.name, "required")
        if value is None and self.absent_null:
            return UNSET
        if value is None and self.null:
            return None
        return self.read(self, reading, self.name, value)


def trimmed(value: Any) -> Any:
    """Texts lose the white space around them; an empty one is null."""
    return value.strip() or None if isinstance(value, str) else value


def read_text(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return reading.fault(name, "string")
    if field.max is not None and len(value) > field.max:
        return reading.fault(name, "max", field.max, hint=f"{name} has {len(value)} characters.")
    return value


def read_html(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    """A text as it was sent; a mention of somebody whom nobody knows gets a note."""
    text = read_text(field, reading, name, value)
    for found in dict.fromkeys(MENTION.findall(text)) if text is not UNSET else ():
        if reading.store.get(field.mentions, reading.store.ids.key(field.mentions, found)) is None:
            reading.notes.append(f"The mention of {found[:40]} in {name} is the id of no {field.mentions}.")
    return text


def read_url(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if isinstance(value, str) and not is_url(value):
        hint = f"{name} is an absolute URL such as {EXAMPLE_URL}, with everything odd percent-encoded."
        return reading.fault(name, "url", hint=hint)
    return read_text(field, reading, name, value)


def read_number(_: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = f"{name} is a JSON number, not a text." if isinstance(value, str) else ""
        return reading.fault(name, "number", hint=hint)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def read_flag(_: BodyField, reading: Reading, name: str, value: Any) -> Any:
    hint = f"{name} is the JSON value true or false."
    return value if isinstance(value, bool) else reading.fault(name, "boolean", hint=hint)


def read_choice(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if isinstance(value, str) and value in field.values:
        return value
    near = did_you_mean(value, field.values) if isinstance(value, str) else f"known: {', '.join(field.values)}."
    return reading.fault(name, "exists", hint=f"Unknown {name.replace('_', ' ')}: {near}")


def read_day(_: BodyField, reading: Reading, name: str, value: Any) -> date | Any:
    """A date, or the day of a date-time in the space's time zone."""
    if isinstance(value, str) and (day := read_date(value)):
        return day
    instant = read_instant(value, reading.moment.zone) if isinstance(value, str) else None
    if instant is None:
        return reading.fault(name, "date", hint=f"{name} takes 2026-01-31 or 2026-01-31T10:00:00Z.")
    return day_of(instant, reading.moment.zone)


def read_ref(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return reading.fault(name, "string")
    return reading.reference(name, value, field.to)


def each(read: Reader) -> Reader:
    """Reads a list by its members, each value once."""

    def read_list(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
        if not isinstance(value, list):
            return reading.fault(name, "array")
        if len(value) > MOST_ITEMS:
            return reading.fault(name, "items", MOST_ITEMS)
        found = [read(field, reading, f"{name}.{n}", trimmed(item)) for n, item in enumerate(value)]
        return tuple(dict.fromkeys(one for one in found if one is not UNSET))

    return read_list


def text(
    name: str, *, max: int | None = None, null: bool = False, required: bool = False, says: str = ""
) -> BodyField:
    return BodyField(name, read_text, {"type": "string"}, null, required, max, says=says)


def html(name: str, mentions: str, *, max: int, says: str = "") -> BodyField:
    """A text in which `<mention data-id="ID" />` names a record of the kind `mentions`."""
    return BodyField(name, read_html, {"type": "string"}, max=max, says=says, mentions=mentions)


def url(name: str, *, required: bool = False, says: str = "") -> BodyField:
    schema = {"type": "string", "pattern": URL}
    return BodyField(name, read_url, schema, required=required, max=2048, says=says, example=EXAMPLE_URL)


def number(name: str, *, null: bool = False) -> BodyField:
    return BodyField(name, read_number, {"type": "number"}, null)


def flag(name: str, *, absent_null: bool = False) -> BodyField:
    return BodyField(name, read_flag, {"type": "boolean"}, absent_null, absent_null=absent_null)


def day(name: str, *, null: bool = False) -> BodyField:
    schema = {"type": "string", "format": "date-time", "pattern": SINCE_1000}
    return BodyField(name, read_day, schema, null, also=({**schema, "format": "date"},))


def choice(name: str, values: Iterable[str], schema: str) -> BodyField:
    return BodyField(name, read_choice, {"$ref": f"#/components/schemas/{schema}"}, values=tuple(values))


def choices(name: str, values: Iterable[str], *, required: bool = False, says: str = "") -> BodyField:
    """A list of members of an enum, without repetition."""
    known = tuple(values)
    schema = {"type": "array", "items": {"type": "string", "enum": known}}
    return BodyField(
        name,
        each(read_choice),
        schema,
        required=required,
        values=known,
        says=says,
        example=[known[0]] if known else [],
    )


def ref(name: str, to: str, *, null: bool = False, required: bool = False, says: str = "") -> BodyField:
    return BodyField(name, read_ref, {"type": "string"}, null, required, to=to, says=says)


def refs(name: str, to: str, says: str = "") -> BodyField:
    return BodyField(name, each(read_ref), {"type": "array", "items": {"type": "string"}}, to=to, says=says)

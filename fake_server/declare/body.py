"""Request bodies: what each field may be, the service's texts for what it may not, and the values read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fake_server.errors import Invalid, did_you_mean, ignored
from fake_server.moment import Moment, day_of, read_date, read_instant
from fake_server.store.kind import Record
from fake_server.store.store import Store

TEXTS = {
    "required": "The {} field is required.",
    "string": "The {} field must be a string.",
    "number": "The {} field must be a number.",
    "boolean": "The {} field must be true or false.",
    "url": "The {} field must be a valid URL.",
    "array": "The {} field must be an array.",
    "date": "The {} field must be a valid date.",
    "exists": "The selected {} is invalid.",
    "items": "The {} field must not have more than {} items.",
    "max": "The {} field must not be greater than {} characters.",
    "taken": "The {} has already been taken.",
    "prohibited": "The {} field is prohibited.",
    "file": "The {} field must be a file.",
    "kilobytes": "The {} field must not be greater than {} kilobytes.",
}
"""The backend's own validation texts."""

UNSET: Any = object()
EXAMPLE_URL = "https://example.com/hook"
MENTION = re.compile(r"""<mention\s[^<>]*?data-id\s*=\s*["']([^"'<>]*)["']""", re.IGNORECASE)
UNWRITABLE = re.compile(r"[\x00-\x20\x7f\\^`{|}<>\"]")
"""What no URL may have unescaped."""
MOST_ITEMS = 10_000
"""Members that a list may have; each wrong one costs a message."""


def say(rule: str, name: str, *more: Any) -> str:
    """The service's text for a broken rule; members of lists keep their raw key."""
    return TEXTS[rule].format(name if "." in name else name.replace("_", " "), *more)


class Fault(NamedTuple):
    """One broken rule: field, text, and perhaps a sentence that helps."""

    field: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Reading:
    """One body being read: for whom, on which record (None: a new one), with what faults so far."""

    store: Store
    moment: Moment
    kind: str
    record: Record | None
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Sentences about what is good, but probably not meant."""

    def fault(self, name: str, rule: str, *more: Any, hint: str = "") -> Any:
        """Notes a broken rule, once."""
        fault = Fault(name, say(rule, name, *more), hint)
        self.faults.setdefault(fault[:2], fault)
        return UNSET

    def faulty(self, name: str) -> bool:
        return any(field == name for field, _ in self.faults)

    def visible(self, kind: str, key: int | None) -> Record | None:
        """The record of that key, unless it is kept from the caller."""
        record, seen = self.store.get(kind, key), self.store.seen(kind, self.moment.caller)
        return record if record is None or seen is None or seen(record) else None

    def reference(self, name: str, text: str, kind: str) -> Any:
        """The key behind an id of `kind`; a fault where there is no such record."""
        record = self.visible(kind, self.store.ids.key(kind, text))
        if record is not None:
            return record.key
        other = self.store.ids.kind(text)
        hint = f"{text[:60]} is the id of a {other}, not of a {kind}." if other and other != kind else ""
        return self.fault(name, "exists", hint=hint or f"There is no {kind} with the id {text[:60]}.")


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

    @property
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


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL that can be asked over HTTP."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and not UNWRITABLE.search(text) and not any(map(str.isspace, text))


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


def read_choices(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return reading.fault(name, "array")
    if len(value) > MOST_ITEMS:
        return reading.fault(name, "items", MOST_ITEMS)
    found = [read_choice(field, reading, f"{name}.{n}", trimmed(item)) for n, item in enumerate(value)]
    return tuple(dict.fromkeys(one for one in found if one is not UNSET))


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


def read_refs(field: BodyField, reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return reading.fault(name, "array")
    if len(value) > MOST_ITEMS:
        return reading.fault(name, "items", MOST_ITEMS)
    keys = [read_ref(field, reading, f"{name}.{n}", trimmed(item)) for n, item in enumerate(value)]
    return tuple(dict.fromkeys(key for key in keys if key is not UNSET))


def text(
    name: str, *, max: int | None = None, null: bool = False, required: bool = False, says: str = ""
) -> BodyField:
    return BodyField(name, read_text, {"type": "string"}, null, required, max, says=says)


def html(name: str, mentions: str, *, max: int, says: str = "") -> BodyField:
    """A text in which `<mention data-id="ID" />` names a record of the kind `mentions`."""
    return BodyField(name, read_html, {"type": "string"}, max=max, says=says, mentions=mentions)


def url(name: str, *, required: bool = False, says: str = "") -> BodyField:
    schema = {"type": "string", "format": "uri"}
    return BodyField(name, read_url, schema, required=required, max=2048, says=says, example=EXAMPLE_URL)


def number(name: str, *, null: bool = False) -> BodyField:
    return BodyField(name, read_number, {"type": "number"}, null)


def flag(name: str, *, absent_null: bool = False) -> BodyField:
    return BodyField(name, read_flag, {"type": "boolean"}, absent_null, absent_null=absent_null)


def day(name: str, *, null: bool = False) -> BodyField:
    return BodyField(name, read_day, {"type": "string", "format": "date-time"}, null)


def choice(name: str, values: Iterable[str], schema: str) -> BodyField:
    return BodyField(name, read_choice, {"$ref": f"#/components/schemas/{schema}"}, values=tuple(values))


def choices(name: str, values: Iterable[str], *, required: bool = False, says: str = "") -> BodyField:
    """A list of members of an enum, without repetition."""
    known = tuple(values)
    schema = {"type": "array", "items": {"type": "string", "enum": known}}
    return BodyField(
        name, read_choices, schema, required=required, values=known, says=says, example=[known[0]] if known else []
    )


def ref(name: str, to: str, *, null: bool = False, required: bool = False, says: str = "") -> BodyField:
    return BodyField(name, read_ref, {"type": "string"}, null, required, to=to, says=says)


def refs(name: str, to: str, says: str = "") -> BodyField:
    return BodyField(name, read_refs, {"type": "array", "items": {"type": "string"}}, to=to, says=says)


Rule = Callable[[Reading, dict[str, Any]], None]


@dataclass(frozen=True)
class Body:
    """A JSON body: its fields in printed order, and the section's own rules about several of them."""

    fields: tuple[BodyField, ...]
    rules: tuple[Rule, ...] = ()
    required: bool = True

    def read(self, sent: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The record's fields that were sent, as records hold them; Invalid with every message otherwise."""
        values = dict(self.taken(sent, reading))
        for rule in self.rules:
            rule(reading, values)
        if reading.faults:
            raise refusal(list(reading.faults.values()), [field.name for field in self.fields])
        return {field.at: values[field.name] for field in self.fields if field.name in values}

    def taken(self, sent: Mapping[str, Any], reading: Reading) -> Iterator[tuple[str, Any]]:
        for known in self.fields:
            if known.name in sent or (known.required and reading.record is None):
                value = known.take(reading, sent.get(known.name))
                if value is not UNSET:
                    yield known.name, value

    def ignored(self, sent: Mapping[str, Any]) -> str:
        """A sentence about the keys nobody read, or an empty text."""
        names = [known.name for known in self.fields]
        return ignored("body keys", [key for key in sent if key not in names], names)


class Upload(NamedTuple):
    """A file as it was sent, or the rule that it breaks: `kilobytes` for too large, `file` for none or several."""

    file_name: str
    mime_type: str
    content: bytes
    fault: str = ""


@dataclass(frozen=True)
class FileBody:
    """A multipart body with one file in the part `name`, of at most `max` bytes, kept as a record of `kind`."""

    name: str
    max: int
    kind: str
    says: str = ""
    required: bool = True


def refusal(faults: list[Fault], order: list[str]) -> Invalid:
    """All faults as one refusal, in the order in which the fields are declared."""
    errors: dict[str, list[str]] = {}
    for fault in sorted(faults, key=lambda fault: order.index(fault.field.partition(".")[0])):
        errors.setdefault(fault.field, []).append(fault.text)
    return Invalid(errors, " ".join(dict.fromkeys(fault.hint for fault in faults if fault.hint)) or None)

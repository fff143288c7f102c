"""The values of a record's fields as files and control calls write them, read as records hold them."""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints

from fake_server.errors import did_you_mean
from fake_server.moment import Instant, Moment
from fake_server.resources import EVENTS, KINDS
from fake_server.seeds.rows import brief, word
from fake_server.seeds.times import YEAR, read_day, read_time
from fake_server.seeds.yaml_form import LEAST, MOST
from fake_server.store.kind import Kind
from fake_server.urls import is_url
from fake_server.webhooks.publisher import HOOKS

HEARD = tuple(name for event in EVENTS.values() for name in (event.family, *event.names))
DEEPEST = 40
SIMPLE = frozenset((str, bool))
"""Types of which a field takes every value or none."""

Hint = tuple[Any, ...]
"""The types that a field's value may have."""


class Wrong(Exception):
    """What no record can hold: why, as a clause."""


class Names(Protocol):
    """What records can be called."""

    def ways(self, kind: str) -> tuple[str, ...]:
        """By what a record is named: its id, its unique name, its ref."""

    def key(self, kind: str, name: str) -> int | None: ...

    def missing(self, kind: str, name: str) -> str:
        """Why there is none of that name: a clause with the nearest."""


class Values:
    """Reads values at a moment, from which relative times count; every refusal is a Wrong."""

    def __init__(self, names: Names, moment: Moment) -> None:
        self.names, self.moment = names, moment

    def read(self, kind: Kind, given: Mapping[Any, Any], fields: Iterable[str]) -> dict[str, Any]:
        """Values by field, of which only these are known."""
        hints = types(kind)
        for name in given:
            if name not in fields:
                raise Wrong(f"{kind.name} has no field {word(name)}; {did_you_mean(word(name), fields)}")
        values = {name: self.value(kind, name, value, hints[name]) for name, value in given.items()}
        if kind.name == HOOKS:
            refuse_unheard(values)
        return values

    def value(self, kind: Kind, name: str, value: Any, hint: Hint) -> Any:
        """A value as the record holds it."""
        if value is None and NoneType in hint:
            return None
        if name in kind.refs:
            return self.reference(kind, name, value, hint)
        if type(value) in SIMPLE and type(value) in hint:
            # Most values are such; of a large document there are hundreds of thousands.
            return value
        if value is None:
            raise Wrong(f"{name} cannot be null")
        if Instant in hint:
            return self.instant(value)
        if date in hint:
            return self.day(value)
        if isinstance(value, list | dict):
            value = composed(name, value, hint)
        if not fits(value, hint):
            raise Wrong(f"{name} cannot be {brief(value, 200)}{instead(value, hint)}")
        return value

    def reference(self, kind: Kind, name: str, value: Any, hint: Hint) -> Any:
        target, many = kind.refs[name], listed(hint) is not None
        if many is not isinstance(value, list):
            raise Wrong(f"{name} takes {self.called(target, many)}, not {brief(value)}")
        if not many:
            return self.ref(name, target, value)
        return tuple(dict.fromkeys(self.ref(name, target, item) for item in value))

    def ref(self, field: str, kind: str, ref: Any) -> int:
        if not isinstance(ref, str | int):
            raise Wrong(f"{field} takes {self.called(kind)}, not {brief(ref)}")
        key = self.names.key(kind, str(ref))
        if key is None:
            raise Wrong(self.names.missing(kind, str(ref)))
        return key

    def called(self, kind: str, many: bool = False) -> str:
        """What a reference to a record of the kind is, in words."""
        ways = self.names.ways(kind)
        ending = "," if ways[1:] else ""
        if many:
            return f"a list of {', or '.join(f'{way}s' for way in ways)}{ending} of {KINDS[kind].plural}"
        article = "an" if kind[0] in "aeio" else "a"
        return f"{', or '.join(f'the {way}' for way in ways)}{ending} of {article} {kind}"

    def instant(self, value: Any) -> Instant:
        at = read_time(value, self.moment)
        if at is None:
            raise Wrong(f"{word(value)!r} is no time; write -2d, -2d 09:30, -3h or an ISO date-time")
        return at

    def day(self, value: Any) -> date:
        day = read_day(value, self.moment)
        if day is None:
            raise Wrong(f"{word(value)!r} is no date; write +3d or an ISO date")
        return day


def refuse_unheard(values: Mapping[str, Any]) -> None:
    """A subscription names events that there are, and a URL that can be posted to."""
    for name in values.get("events", ()):
        if name not in HEARD:
            raise Wrong(f"there is no event {name[:80]}; {did_you_mean(name, HEARD)}")
    if "url" in values and not is_url(values["url"]):
        raise Wrong(f"url: {values['url'][:80]} is no absolute URL of http or https")


def is_text(value: Any) -> bool:
    return isinstance(value, str)


@cache
def types(kind: Kind) -> dict[str, Hint]:
    """Field -> the types that its values may have; without the key, which nobody sets."""
    hints = get_type_hints(kind.record)
    return {name: alternatives(hint) for name, hint in hints.items() if name != "key"}


@cache
def origin(hint: Any) -> Any:
    return get_origin(hint)


def alternatives(hint: Any) -> Hint:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def listed(hint: Hint) -> Any:
    """What a list's members are, None where the field takes no list."""
    return next((get_args(one)[0] for one in hint if origin(one) is tuple), None)


def composed(name: str, value: Any, hint: Hint) -> Any:
    """A list or mapping as records hold it, with nothing in it that JSON could not print."""
    member = listed(hint)
    if member is None or not isinstance(value, list):
        return plain(name, value)
    if hasattr(member, "_fields"):
        return tuple(part(name, one, member) for one in value)
    return tuple(value)


def part(name: str, value: Any, member: Any) -> Any:
    """A named tuple from a mapping of its fields."""
    hints = {field: alternatives(hint) for field, hint in get_type_hints(member).items()}
    if not isinstance(value, dict):
        raise Wrong(f"{name} takes mappings of {', '.join(hints)}, not {brief(value)}")
    for field, one in value.items():
        if field not in hints:
            raise Wrong(f"{name} has no field {word(field)}; {did_you_mean(word(field), hints)}")
        if not fits(one, hints[field]) or (isinstance(one, int | float) and not counts(one)):
            raise Wrong(f"{field} cannot be {brief(one, 80)}{instead(one, hints[field])}")
    missing = [field for field in hints if field not in value and field not in member._field_defaults]
    if missing:
        raise Wrong(f"{name} lacks a field: {missing[0]}")
    return member(**value)


def counts(number: float) -> bool:
    """Whole numbers in such a mapping count from 1, others are seconds."""
    return 1 <= number <= MOST if isinstance(number, int) else 0 <= number <= YEAR


def plain(name: str, value: Any, depth: int = 0) -> Any:
    """A copy made of what JSON has."""
    if depth > DEEPEST:
        raise Wrong(f"{name} is nested more than {DEEPEST} times")
    if isinstance(value, dict):
        if not all(map(is_text, value)):
            raise Wrong(f"{name} takes texts as names")
        return {key: plain(name, one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(name, one, depth + 1) for one in value]
    if not (value is None or isinstance(value, str) or is_number(value)):
        raise Wrong(f"{name} cannot be {brief(value, 80)}")
    return value


def instead(value: Any, hint: Hint) -> str:
    """The nearest of the texts that an enum has."""
    names = [name for one in hint if origin(one) is Literal for name in get_args(one)]
    return f"; {did_you_mean(word(value), names)}" if names else ""


def fits(value: Any, hint: Hint) -> bool:
    return any(fits_one(value, one) for one in hint)


def fits_one(value: Any, hint: Any) -> bool:
    """A number is no flag, and a flag no number."""
    if origin(hint) is Literal:
        return value in get_args(hint)
    if origin(hint) is dict:
        members = get_args(hint)[1]
        return isinstance(value, dict) and all(
            is_text(name) and fits_one(one, members) for name, one in value.items()
        )
    if origin(hint) is tuple:
        return isinstance(value, tuple) and all(fits_one(one, get_args(hint)[0]) for one in value)
    return fits_plain(value, get_origin(hint) or hint)


def fits_plain(value: Any, of: Any) -> bool:
    if of is Any:
        return True
    if isinstance(value, bool) or of is bool:
        return isinstance(value, bool) and of is bool
    if of in (int, float):
        return isinstance(value, (int, of)) and is_number(value)
    return isinstance(of, type) and isinstance(value, of)


def is_number(value: Any) -> bool:
    """Whether answers can print it: no infinity, no whole number of more than 64 bits."""
    return LEAST <= value <= MOST if isinstance(value, int) else isinstance(value, float) and math.isfinite(value)

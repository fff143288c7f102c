"""The spellings as data: JSON text, or the nested parameters of a form -> tree."""

from typing import Any

import orjson

from fake_server.errors import BadQuery
from fake_server.query.tree import ABSENT, MAX_DEPTH, MAX_MEMBERS, MAX_TEXT, AllOf, AnyOf, Condition, Node, Scalar

EXAMPLE = '{"field": "title", "op": "contains", "value": "Acme"}'
GROUPS = ("and", "or")


def parse_json(text: str) -> Node:
    """The tree of a filter in JSON; a list means and."""
    refuse_length(len(text.encode()))
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        at = error.pos + 1
        raise BadQuery(
            f"Syntax error in filter at position {at}: it is not valid JSON.",
            f"Expected JSON at position {at}, because the filter starts with {text[0]}: [{EXAMPLE}].",
        ) from None
    return build(data, "filter", 0)


def parse_form(data: Any) -> Node:
    """The tree of nested form parameters, in which lists are mappings from numbers."""
    refuse_length(len(orjson.dumps(data)))
    return build(lists(data), "filter", 0)


def refuse_length(length: int) -> None:
    if length > MAX_TEXT:
        raise BadQuery("The filter is too long.", f"A filter may have {MAX_TEXT} bytes.")


def lists(data: Any) -> Any:
    """Form parameters know no lists: a mapping with only numbers for keys is one. Depth is bounded before."""
    if not isinstance(data, dict):
        return data
    if all(key.isdecimal() for key in data):
        return [lists(item) for item in data.values()]
    return {key: lists(item) for key, item in data.items()}


def build(data: Any, place: str, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise BadQuery("The filter is nested too deeply.", f"Groups may stand {MAX_DEPTH} deep.")
    if isinstance(data, list):
        return AllOf(tuple(build(part, f"{place}[{n}]", depth + 1) for n, part in enumerate(data)))
    if isinstance(data, dict) and len(data) == 1 and (key := next(iter(data))) in GROUPS:
        return group(key, data[key], f"{place}[{key}]", depth)
    return condition(data, place, depth)


def group(key: str, parts: Any, place: str, depth: int) -> Node:
    if not isinstance(parts, list) or not parts:
        raise BadQuery(f"The filter has no list of conditions at {place}.", f'Write {{"{key}": [{EXAMPLE}]}}.')
    built = tuple(build(part, f"{place}[{n}]", depth + 1) for n, part in enumerate(parts))
    return AllOf(built) if key == "and" else AnyOf(built)


def condition(data: Any, place: str, depth: int) -> Condition:
    if not isinstance(data, dict) or not {"field", "op"} <= set(data) <= {"field", "op", "value"}:
        raise BadQuery(f"The filter has no condition at {place}.", f"A condition is {EXAMPLE}, nothing less or more.")
    if not isinstance(data["field"], str) or not isinstance(data["op"], str):
        raise BadQuery(f"The filter has no field and operator at {place}.", "field and op are texts.")
    return Condition(data["field"], data["op"], operand(data.get("value", ABSENT), place, depth), f" at {place}")


def operand(value: Any, place: str, depth: int) -> "Scalar | tuple[Scalar, ...] | Node":
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return build(value, f"{place}[value]", depth + 1)
    if not isinstance(value, list):
        return value  # type: ignore[no-any-return]
    if any(isinstance(item, list) for item in value):
        raise BadQuery(f"The filter has a list in a list at {place}.", "A list holds plain values.")
    if len(value) > MAX_MEMBERS:
        raise BadQuery(f"The filter's list at {place} is too long.", f"A list may have {MAX_MEMBERS} members.")
    return tuple(value)

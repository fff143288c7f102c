"""The three spellings of one condition."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Word(str):
    """A value that stands without quotes in the readable form."""


class Leaf(NamedTuple):
    """One condition; `()` stands for no value, a list of leaves for conditions on members."""

    field: str
    op: str
    value: Any = ()


def as_text(leaf: Leaf) -> str:
    return " ".join(part for part in (leaf.field, leaf.op, text_value(leaf.value)) if part)


def text_value(value: Any) -> str:
    if value == ():
        return ""
    if isinstance(value, list) and value and isinstance(value[0], Leaf):
        return f"({' and '.join(map(as_text, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(text_value, value))}]"
    return str(value) if isinstance(value, Word) else json.dumps(value, ensure_ascii=False)


def as_data(leaf: Leaf) -> dict[str, Any]:
    value = leaf.value
    if isinstance(value, list) and value and isinstance(value[0], Leaf):
        value = list(map(as_data, value))
    return {"field": leaf.field, "op": leaf.op} | ({} if value == () else {"value": value})


def as_pairs(data: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(data, dict):
        return [pair for key, item in data.items() for pair in as_pairs(item, f"{name}[{key}]")]
    if isinstance(data, list):
        plain = not any(isinstance(item, dict | list) for item in data)
        return [pair for n, item in enumerate(data) for pair in as_pairs(item, f"{name}[{'' if plain else n}]")]
    return [(name, data if isinstance(data, str) else json.dumps(data))]


Spelling = Callable[[Leaf], list[tuple[str, str]]]
SPELLINGS: Mapping[str, Spelling] = {
    "text": lambda leaf: [("filter", as_text(leaf))],
    "JSON": lambda leaf: [("filter", json.dumps([as_data(leaf)]))],
    "form": lambda leaf: as_pairs([as_data(leaf)], "filter"),
}

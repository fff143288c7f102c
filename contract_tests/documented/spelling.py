"""The three spellings of a filter: JSON, a form, readable text."""

import json
from collections.abc import Iterator
from typing import Any

Tree = Any
Params = list[tuple[str, str]]
SYMBOLS = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gte": ">="}
"""Those that the filtering guide prints."""
MEMBERS = ("any", "none", "all")
VALUELESS = ("isnull", "isnotnull", "notnull")


class Word(str):
    """A value that stands without quotes in readable text."""


def as_json(tree: Tree) -> Params:
    return [("filter", json.dumps(tree, ensure_ascii=False))]


def as_form(tree: Tree) -> Params:
    return list(form_pairs("filter", [tree] if isinstance(tree, dict) and "field" in tree else tree))


def as_text(tree: Tree) -> Params:
    return [("filter", text(tree))]


def form_pairs(name: str, node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from form_pairs(f"{name}[{key}]", value)
    elif isinstance(node, list):
        plain = not any(isinstance(one, dict) for one in node)
        for n, value in enumerate(node):
            yield from form_pairs(f"{name}[{'' if plain else n}]", value)
    elif node is not None:
        yield name, node if isinstance(node, str) else json.dumps(node)


def text(tree: Tree) -> str:
    if isinstance(tree, list):
        return " and ".join(map(grouped, tree))
    for word in ("and", "or"):
        if word in tree:
            return f" {word} ".join(map(grouped, tree[word]))
    return leaf_text(tree)


def grouped(tree: Tree) -> str:
    return text(tree) if "field" in tree else f"({text(tree)})"


def leaf_text(leaf: Tree) -> str:
    field, op = leaf["field"], leaf["op"]
    if op.lower() in VALUELESS or "value" not in leaf:
        return f"{field} {op}"
    if op.lower() in MEMBERS:
        return f"{field} {op} ({text(leaf['value'])})"
    return f"{field} {op} {value_text(leaf['value'])}"


def value_text(value: Any, quote: str = '"') -> str:
    if isinstance(value, list):
        return f"[{','.join(value_text(one, quote) for one in value)}]"
    if isinstance(value, Word):
        return str(value)
    return f"{quote}{value}{quote}" if isinstance(value, str) else json.dumps(value)


def can_be_text(value: Any) -> bool:
    """Whether the value means the same in every spelling, whatever is read as a quote, an escape or a blank."""
    if isinstance(value, list):
        return all(map(can_be_text, value))
    return not isinstance(value, str) or (value == value.strip() != "" and not set("\"'\\%") & set(value))

"""The three spellings of a filter tree: readable text, JSON, form."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
Tree: TypeAlias = "dict[str, Any] | list[Any]"
Leaf: TypeAlias = dict[str, Any]

NULLS = ("isnull", "isnotnull", "notnull")
MEMBER_TESTS = ("any", "none", "all")
MODE_FIELDS = ("sub_tasks_in_list", "archived")
SYMBOLS = {"eq": "=", "ne": "!=", "neq": "!=", "lt": "<", "lte": "<=", "le": "<=", "gt": ">", "gte": ">="}
SYMBOLS["ge"] = SYMBOLS["gte"]
NULL_WORDS = {"isnull": ("is null", "= null"), "isnotnull": ("is not null", "!= null")}
NULL_WORDS["notnull"] = NULL_WORDS["isnotnull"]
MOST_BYTES = 8 * 1024

# --- JSON ------------------------------------------------------------------------------------------------


def as_json(tree: Tree) -> str:
    return json.dumps(plain(tree), ensure_ascii=False)


def plain(node: Any) -> Any:
    """The tree with its special values as the plain words that JSON and forms have for them."""
    if isinstance(node, list):
        return [plain(child) for child in node]
    if not isinstance(node, dict):
        return node
    return node["special"] if "special" in node else {key: plain(child) for key, child in node.items()}


# --- form ------------------------------------------------------------------------------------------------


def as_form(tree: Tree) -> list[tuple[str, str]]:
    """The decoded pairs of a form or query string; a single condition becomes a list of one."""
    root = [tree] if isinstance(tree, dict) and "field" in tree else tree
    return list(_form_pairs("filter", root))


def can_be_form(tree: Tree) -> bool:
    """Whether the form means the same: texts are trimmed, empty texts are null, empty lists are nothing."""
    return all(_survives_form(value) for value in _values_in(tree)) and _fits_form(tree)


def _form_pairs(name: str, node: Tree) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for i, child in enumerate(node):
            yield from _form_pairs(f"{name}[{i}]", child)
    elif "field" in node:
        yield from _form_leaf(name, node)
    else:
        for word in node:
            yield from _form_pairs(f"{name}[{word}]", node[word])


def _form_leaf(name: str, leaf: Leaf) -> Iterator[tuple[str, str]]:
    yield f"{name}[field]", leaf["field"]
    yield f"{name}[op]", leaf["op"]
    op, value = leaf["op"].lower(), leaf.get("value")
    if value is None and op in NULLS + MEMBER_TESTS:
        return
    if op in MEMBER_TESTS:
        yield from _form_pairs(f"{name}[value]", leaf["value"])
    elif isinstance(value, list):
        yield from ((f"{name}[value][]", _form_text(member)) for member in value)
    else:
        yield f"{name}[value]", _form_text(value)


def _form_text(value: Any) -> str:
    if value is None:
        return ""
    text = plain(value)
    return text if isinstance(text, str) else json.dumps(text)


def _values_in(tree: Any) -> Iterator[Any]:
    """The values of all conditions, those of relations' conditions too."""
    if isinstance(tree, list):
        for child in tree:
            yield from _values_in(child)
    elif "field" not in tree:
        for children in tree.values():
            yield from _values_in(children)
    elif tree["op"].lower() in MEMBER_TESTS:
        yield from _values_in(tree.get("value") or [])
    else:
        yield tree.get("value")


def _survives_form(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(member is not None and _survives_form(member) for member in value)
    return not isinstance(value, str) or (value != "" and _is_visible(value[0]) and _is_visible(value[-1]))


def _is_visible(c: str) -> bool:
    # Trimming takes invisible characters too; the listed ones are blank without being spaces by category.
    return unicodedata.category(c)[0] in "LNPS" and c not in "\u115f\u1160\u2800\u3164\uffa0"


def _fits_form(tree: Tree) -> bool:
    return len(urlencode(as_form(tree))) <= MOST_BYTES


# --- readable text ---------------------------------------------------------------------------------------


def as_dsl(tree: Tree, style: Random | None = None) -> str:
    """The readable text; without a style the plainest one."""
    return _Writer(style).node(tree, "")


class _Writer:
    """Writes one text, asking its style at every free choice; the first choice is the plainest."""

    def __init__(self, style: Random | None) -> None:
        self.style = style

    def node(self, node: Tree, inside: str) -> str:
        """`inside` is the word of the group around the node, which decides about the parentheses."""
        if isinstance(node, dict) and "field" in node:
            return self.leaf(node) if _is_mode(node) else self.maybe_grouped(self.leaf(node))
        word, children = ("and", node) if isinstance(node, list) else next(iter(node.items()))
        if len(children) == 1:
            return self.node(children[0], inside)
        text = self.spaced(word).join(self.node(child, word) for child in children)
        if inside == "and" and word == "or":
            return self.grouped(text)
        return text if any(_is_mode(child) for child in children) else self.maybe_grouped(text)

    def leaf(self, leaf: Leaf) -> str:
        field, op, value = leaf["field"], leaf["op"], leaf.get("value")
        if op.lower() in MEMBER_TESTS:
            return f"{field}{self.gap()}{op}{self.members(value)}"
        if field.endswith(".count"):
            field = self.counted(field)
        if op.lower() in NULLS:
            return f"{field}{self.gap()}{self.null_test(op)}"
        return f"{field}{self.operator(op)}{self.value(value)}"

    def members(self, conditions: Tree | None) -> str:
        return "" if conditions is None else self.maybe_gap(" ") + self.grouped(self.node(conditions, ""))

    def counted(self, field: str) -> str:
        relation = field.removesuffix(".count")
        return self.pick(field, f"{relation}{self.gap()}{self.cased('count')}")

    def null_test(self, op: str) -> str:
        # Only in this direction: a field with `isnull` has `eq` too, but not the other way round.
        words = self.pick(op, op, *NULL_WORDS[op.lower()])
        return self.gap().join(self.cased(word) for word in words.split()) if " " in words else words

    def operator(self, op: str) -> str:
        symbol = SYMBOLS.get(op.lower())
        if symbol and self.pick(False, True):
            return self.maybe_gap(" ") + symbol + self.maybe_gap(" ")
        return self.gap() + op + self.gap()

    def value(self, value: Any) -> str:
        if isinstance(value, list):
            return "[" + ",".join(self.padded(self.value(member)) for member in value) + "]"
        if isinstance(value, dict):
            return self.cased(value["special"])
        return self.quoted(value) if isinstance(value, str) else self.cased(json.dumps(value))

    def quoted(self, text: str) -> str:
        quote = self.pick('"', "'")
        # A backslash before any other character is allowed and means nothing.
        needless = self.pick("", "", "", "nrtuxa0%_é")
        escaped = {"\\", quote, *needless}
        return quote + "".join(f"\\{c}" if c in escaped else c for c in text) + quote

    def maybe_grouped(self, text: str) -> str:
        return self.grouped(text) if self.pick(False, False, False, True) else text

    def grouped(self, text: str) -> str:
        return f"({self.padded(text)})"

    def padded(self, text: str) -> str:
        return self.maybe_gap("") + text + self.maybe_gap("")

    def spaced(self, word: str) -> str:
        return self.gap() + self.cased(word) + self.gap()

    def gap(self) -> str:
        return self.pick(" ", " ", " ", " ", "  ", "\t", "\n")

    def maybe_gap(self, usual: str) -> str:
        return self.pick(usual, usual, "", " ", self.gap())

    def cased(self, word: str) -> str:
        return self.pick(word, word, word.upper(), word.capitalize())

    def pick(self, *choices: T) -> T:
        return self.style.choice(choices) if self.style else choices[0]


def _is_mode(node: Tree) -> bool:
    # A mode stands at the top level only, so neither it nor its group gets parentheses.
    return isinstance(node, dict) and node.get("field") in MODE_FIELDS

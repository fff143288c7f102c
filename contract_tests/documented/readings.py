"""Whether a record passes a filter, as far as the documentation says so."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contract_tests import oracle
from contract_tests.documented import columns
from contract_tests.documented.columns import UNSEEN
from contract_tests.documented.reference import Json

TEXTS = ("contains", "startswith", "endswith", "like")
OPEN_TO_NULL = ("ne", "nin", "lt", "lte", "gt", "gte")
"""Operators of which no page says what they make of null."""
NOWHERE = oracle.Context(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), "")
"""What literal values refer to: nothing but themselves."""
LITERAL: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "contains": lambda value, wanted: wanted in value,
    "startswith": lambda value, wanted: value.startswith(wanted),
    "endswith": lambda value, wanted: value.endswith(wanted),
    "like": lambda value, wanted: value == wanted,
}
"""Texts compared character by character."""

Rows = Mapping[str, Json]


def passes(record: Json, tree: Any, rows: Rows, strict: bool = False) -> bool | None:
    """Yes, no, or None where the documentation leaves it open or the answers do not print what it takes. `strict`
    takes the decisions of this project for what is left open."""
    if isinstance(tree, list):
        return every([passes(record, one, rows, strict) for one in tree])
    if "and" in tree:
        return every([passes(record, one, rows, strict) for one in tree["and"]])
    if "or" in tree:
        return some([passes(record, one, rows, strict) for one in tree["or"]])
    return leaf(record, tree, rows, strict)


def every(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def some(found: list[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False


def leaf(record: Json, tree: Json, rows: Rows, strict: bool) -> bool | None:
    field, op, wanted = tree["field"], oracle.canonical(tree["op"]), tree.get("value")
    row = rows[field.removesuffix(".count")]
    kind = columns.kind_of(row)
    if kind == "relation":
        return related(record, tree, row)
    value = columns.value(record, field)
    if value is UNSEEN:
        return None
    if kind == "mode":
        return oracle.mode_matches(value, str(wanted))
    ours = oracle.value_matches(value, op, wanted, kind, NOWHERE)
    return ours if strict or plain(value, op, wanted, kind, ours) else None


def plain(value: Any, op: str, wanted: Any, kind: str, ours: bool) -> bool:
    """Whether every reading of the pages agrees with ours."""
    if value is None:
        return op not in OPEN_TO_NULL
    if kind != "string" or op not in LITERAL or wanted is None:
        return True
    if op == "like" and not ours:
        # It may be a pattern for the whole text or for a part of it.
        return oracle.collation_key(wanted) not in oracle.collation_key(value)
    return bool(LITERAL[op](value, wanted)) is ours


def related(record: Json, tree: Json, row: Json) -> bool | None:
    """A condition on the members of a relation; their texts are compared as ours are."""
    members = columns.members(record, row)
    if members is UNSEEN:
        return None
    kinds = {row["field"]: "relation", **{f"{row['field']}.{name}": kind for name, kind in row["members"].items()}}
    return oracle.leaf_matches({**record, row["field"]: members}, tree, kinds, NOWHERE)


# ---------------------------------------------------------------- order


def in_order(before: Any, after: Any, kind: str) -> bool:
    """Whether two values may stand in this order, ascending; where readings differ, they may."""
    if None in (before, after) or UNSEEN in (before, after):
        return True
    if kind == "boolean":
        return bool(before <= after)
    ours = oracle.sort_key(before, kind) <= oracle.sort_key(after, kind)
    if kind not in ("string", "enum"):
        return ours
    return ours or before <= after or not (is_simple(before) and is_simple(after))


def is_simple(text: str) -> bool:
    """Whether every collation sorts the text alike: plain letters and digits, without case."""
    return text.isascii() and text.replace(" ", "").isalnum()


def swapped(text: str) -> str:
    """The text in the other case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).swapcase()
